import { beforeAll, describe, expect, it } from "vitest";
import { camelKeys } from "../../src/config/component-config.js";
import { registry } from "../../src/config/registry.js";
import { Alpha158 } from "../../src/dataset/alpha158.js";
import { synthetic } from "../../src/data/synthetic/synthetic.js";
import { DataHandlerLP } from "../../src/dataset/data-handler-lp.js";
import { Panel } from "../../src/panel/panel.js";

/** The running maximum of a column from an instrument's first day on. */
class HighWater {
  readonly #column: string;
  constructor({ columnName = "x" }: { columnName?: string } = {}) {
    this.#column = columnName;
  }
  apply(series: Panel): Panel {
    let highest = -Infinity;
    const column = series.get(this.#column).map((value) => (highest = Math.max(highest, value)));
    return series.assign({ [this.#column]: column });
  }
  config() {
    return { class: "HighWater", kwargs: { columnName: this.#column } };
  }
}

const table = () =>
  Panel.from({
    datetime: ["2020-01-02", "2020-01-02", "2020-01-03", "2020-01-03", "2020-01-06"],
    instrument: ["A", "B", "A", "B", "A"],
    x: [3, 1, 2, 5, 4],
    y: [0.1, 0.2, 0.3, 0.4, 0.5],
  });
const rowsOf = (panel: Panel) =>
  panel
    .toTable()
    .objects()
    .map(Object.values)
    .map(([, ...row]) => row);

describe("processors of instruments", () => {
  beforeAll(() => void registry.add("HighWater", HighWater));

  it("see one instrument's days in order, and the raw view has what they made", async () => {
    const handler = DataHandlerLP.fromDf(table(), { label: ["y"], instProcessors: [new HighWater()] });
    const { panel, feature, label } = await handler.fetch("raw");
    expect([feature, label]).toEqual([["x"], ["y"]]);
    expect(rowsOf(panel)).toEqual([
      ["A", 3, 0.1],
      ["B", 1, 0.2],
      ["A", 3, 0.3],
      ["B", 5, 0.4],
      ["A", 4, 0.5],
    ]);
  });

  it("come before the others, in their order, by name or configuration, and stand in the handler's own", async () => {
    const own = {
      apply: (series: Panel) => series.assign({ x: series.get("x").map((v) => -v) }),
      config: () => ({ class: "Own" }),
    };
    const options = camelKeys({
      inst_processors: [own, { class: "HighWater", kwargs: { column_name: "x" } }],
      infer_processors: [{ class: "Fillna" }],
    });
    const handler = DataHandlerLP.fromDf(table(), options);
    const { panel } = await handler.fetch("infer");
    expect(
      rowsOf(panel)
        .filter(([name]) => name === "A")
        .map(([, x]) => x),
    ).toEqual([-3, -2, -2]);
    expect(
      rowsOf(panel)
        .filter(([name]) => name === "B")
        .map(([, x]) => x),
    ).toEqual([-1, -1]);
    expect(handler.config().kwargs!["instProcessors"]).toEqual([
      { class: "Own" },
      { class: "HighWater", kwargs: { columnName: "x" } },
    ]);
    const later = await handler.extended({});
    expect([...(await later.fetch("infer")).panel.get("x")]).toEqual([...panel.get("x")]);
  });

  it("may leave out days and whole instruments", async () => {
    const drop = {
      apply: (series: Panel, name: string) =>
        name === "B" ? series.filter(new Uint8Array(2)) : series.between("2020-01-03"),
      config: () => ({ class: "Drop" }),
    };
    const { panel } = await DataHandlerLP.fromDf(table(), { instProcessors: [drop] }).fetch("raw");
    expect(rowsOf(panel)).toEqual([
      ["A", 2, 0.3],
      ["A", 4, 0.5],
    ]);
    expect(panel.instruments).toEqual(["A"]);
    expect(panel.numDates).toBe(2);
  });

  it("work on ready-made handlers, and do nothing where they change nothing", async () => {
    const market = synthetic({ instruments: 4, days: 70, seed: 2 });
    const same = { apply: (series: Panel) => series, config: () => ({ class: "Same" }) };
    const [plain, processed] = await Promise.all(
      [[], [same]].map((instProcessors) =>
        new Alpha158({ market, inferProcessors: [], learnProcessors: [], instProcessors }).fetch("raw"),
      ),
    );
    expect(processed!.panel.codes).toEqual(plain!.panel.codes);
    expect(processed!.panel.columns).toEqual(plain!.panel.columns);
  });

  it("are refused by name, or when they give other columns back", async () => {
    expect(() => DataHandlerLP.fromDf(table(), { instProcessors: ["HighWatr"] })).toThrow("HighWater");
    expect(() => DataHandlerLP.fromDf(table(), { instProcessors: [{ apply: 3 } as never] })).toThrow("no apply()");
    const fewer = { apply: (series: Panel) => series.select(["x"]), config: () => ({ class: "Fewer" }) };
    await expect(DataHandlerLP.fromDf(table(), { instProcessors: [fewer] }).fetch("raw")).rejects.toThrow(
      "Cannot process A: Fewer gave the columns x back",
    );
  });
});
