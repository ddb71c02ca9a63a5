import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import type { GroupedPanel } from "../../src/dataset/grouped-panel.js";
import { makeProcessor, PROCESSORS } from "../../src/dataset/make-processor.js";
import { median } from "../../src/dataset/median.js";
import type { Processor, ProcessorInput } from "../../src/dataset/processor.js";
import { runProcessors } from "../../src/dataset/run-processors.js";
import { UnknownNameError } from "../../src/errors.js";
import { host } from "../../src/host/host.js";
import { Panel, type PanelColumn } from "../../src/panel/panel.js";

const [NA, INF] = [NaN, Infinity];
/** Three dates of A B C D; the fit window is the first two. */
const F = [1, 2, 2, 5, 2, NA, 6, 4, 9, 4, INF, -INF];
const G = Array<number>(12).fill(1);
const L = [0.01, 0.02, 0.03, NA, 0, 0, 0, 0, 0.05, -0.05, 0.01, 0.02];
const panel = Panel.from({
  datetime: ["2020-01-02", "2020-01-03", "2020-01-06"].flatMap((date) => Array<string>(4).fill(date)),
  instrument: Array.from({ length: 12 }, (_, i) => "ABCD"[i % 4]!),
  F,
  G,
  L,
});
const data: GroupedPanel = { panel, feature: ["F", "G"], label: ["L"] };

async function run(input: ProcessorInput, source = data): Promise<GroupedPanel> {
  const processor = makeProcessor(input);
  const window = { ...source, panel: source.panel.between("2020-01-02", "2020-01-03") };
  // What was learnt must survive JSON.
  const state = processor.fit
    ? (JSON.parse(JSON.stringify(await processor.fit(window))) as Record<string, unknown>)
    : {};
  return processor.apply(source, state);
}

describe("processors beside the reference's numbers", () => {
  it.each<[string, ProcessorInput, string, number[]]>([
    [
      "ZScoreNorm",
      { class: "ZScoreNorm", kwargs: { fields_group: "feature" } },
      "F",
      [
        -1.24140883,
        -0.66208471,
        -0.66208471,
        1.07588766,
        -0.66208471,
        NA,
        1.65521178,
        0.49656353,
        3.39318414,
        0.49656353,
        INF,
        -INF,
      ],
    ],
    ["ZScoreNorm of a constant column", { class: "ZScoreNorm", kwargs: { fields_group: "feature" } }, "G", G],
    [
      "RobustZScoreNorm",
      "RobustZScoreNorm",
      "F",
      [-0.67449076, 0, 0, 2.02347228, 0, NA, 2.69796304, 1.34898152, 3, 1.34898152, 3, -3],
    ],
    ["RobustZScoreNorm of a constant column", "RobustZScoreNorm", "G", Array<number>(12).fill(0)],
    ["MinMaxNorm", "MinMaxNorm", "F", [0, 0.2, 0.2, 0.8, 0.2, NA, 1, 0.6, 1.6, 0.6, INF, -INF]],
    [
      "CSZScoreNorm",
      { class: "CSZScoreNorm", kwargs: { fields_group: "label" } },
      "L",
      [-1, 0, 1, NA, NA, NA, NA, NA, 1.01353401, -1.37125189, 0.05961965, 0.29809824],
    ],
    [
      "CSZScoreNorm, robust",
      { class: "CSZScoreNorm", kwargs: { fields_group: "label", method: "robust" } },
      "L",
      [-0.67449076, 0, 0.67449076, NA, NA, NA, NA, NA, 1.18035883, -2.19209497, -0.16862269, 0.16862269],
    ],
    [
      "CSRankNorm of the label",
      "CSRankNorm",
      "L",
      [-0.57666667, 0.57666667, 1.73, NA, 0.4325, 0.4325, 0.4325, 0.4325, 1.73, -0.865, 0, 0.865],
    ],
    [
      "CSRankNorm of a feature",
      "CSRankNorm",
      "F",
      [-0.865, 0.4325, 0.4325, 1.73, -0.57666667, NA, 1.73, 0.57666667, 0.865, 0, 1.73, -0.865],
    ],
    ["CSZFillna", "CSZFillna", "F", [1, 2, 2, 5, 2, 4, 6, 4, 9, 4, INF, -INF]],
    ["ProcessInf", "ProcessInf", "F", [1, 2, 2, 5, 2, NA, 6, 4, 9, 4, 6.5, 6.5]],
    ["Fillna", { class: "Fillna", kwargs: { fill_value: 7 } }, "F", [1, 2, 2, 5, 2, 7, 6, 4, 9, 4, INF, -INF]],
  ])("%s", async (_, input, column, expected) => {
    const actual = (await run(input)).panel.get(column);
    for (const [row, value] of expected.entries())
      expect([row, actual[row]! === value ? value : Number(actual[row]!.toFixed(8))]).toEqual([row, value]);
  });

  it("DropnaLabel drops the row without a label, DropnaProcessor every row with a gap", async () => {
    const keys = async (input: ProcessorInput) =>
      (await run(input)).panel
        .toTable()
        .objects()
        .map((row) =>
          Object.values(row as object)
            .slice(0, 2)
            .map((cell) => (cell instanceof Date ? cell.getUTCDate() : cell))
            .join(""),
        );
    expect(await keys("DropnaLabel")).toEqual(["2A", "2B", "2C", "3A", "3B", "3C", "3D", "6A", "6B", "6C", "6D"]);
    expect(await keys("DropnaProcessor")).toEqual(["2A", "2B", "2C", "3A", "3C", "3D", "6A", "6B", "6C", "6D"]);
  });

  it("DropnaProcessor with how: all drops the rows without any feature, and tells how many", async () => {
    const told = vi.spyOn(host, "notice").mockImplementation(() => undefined);
    const suspended = panel.assign({
      F: Float64Array.of(1, NA, NA, 4, ...F.slice(4)),
      G: Float64Array.of(1, NA, 1, NA, ...G.slice(4)),
    });
    const config = { class: "DropnaProcessor", kwargs: { fields_group: "feature", how: "all" } };
    const { panel: left } = await run(config, { ...data, panel: suspended });
    const { calls } = told.mock;
    told.mockRestore();
    expect([...left.get("F")].slice(0, 4)).toEqual([1, NA, 4, 2]);
    expect(left.numRows).toBe(11);
    expect(calls).toEqual([["DropnaProcessor: 1 of 12 rows (8.3 %) left out, all missing"]]);
    expect(() => makeProcessor({ class: "DropnaProcessor", kwargs: { how: "al" } })).toThrow(UnknownNameError);
    expect(makeProcessor(config).config().kwargs).toEqual({ fieldsGroup: "feature", how: "all" });
    expect(
      (await run({ class: "DropnaProcessor", kwargs: { fields_group: "label", how: "all" } }, { ...data, label: [] }))
        .panel.numRows,
    ).toBe(12);
  });
});

describe("every processor", () => {
  /** Processors that choose columns need their names. */
  const plain = (name: string): ProcessorInput =>
    ["DropCol", "FilterCol"].includes(name)
      ? { class: name, kwargs: { col_list: name === "DropCol" ? ["G"] : ["F"] } }
      : name;

  it.each([...PROCESSORS.keys()])("%s leaves its input alone and says how to make it again", async (name) => {
    const before = [...panel.columns.values()].map((column) => column.slice());
    const processor = makeProcessor(plain(name));
    const once = await run(processor);
    expect([...panel.columns.values()]).toEqual(before);
    const again = await run(JSON.parse(JSON.stringify(processor.config())) as { class: string });
    expect([...again.panel.columns]).toEqual([...once.panel.columns]);
  });

  it.each([...PROCESSORS.keys()])("%s keeps single precision", async (name) => {
    const single = { ...data, panel: panel.assign({ F: Float32Array.from(F) }) };
    expect((await run(plain(name), single)).panel.get("F")).toBeInstanceOf(Float32Array);
  });

  it("works only on its group", async () => {
    const scaled = await run({ class: "CSRankNorm", kwargs: { fieldsGroup: "feature" } });
    expect(scaled.panel.get("L")).toBe(panel.get("L"));
    const both = await run({ class: "CSRankNorm", kwargs: { fieldsGroup: ["feature", "label"] } });
    expect(both.panel.get("L")).not.toBe(panel.get("L"));
  });

  it("names a wrong class, group, method and column", async () => {
    expect(() => makeProcessor("RobustZscoreNorm")).toThrow(UnknownNameError);
    expect(() => makeProcessor("RobustZscoreNorm")).toThrow('did you mean "RobustZScoreNorm"?');
    expect(() => makeProcessor({ class: "CSZScoreNorm", kwargs: { method: "mad" } })).toThrow('method is "mad"');
    await expect(run({ class: "Fillna", kwargs: { fields_group: "labels" } })).rejects.toThrow(
      'fieldsGroup is "labels"',
    );
    const processor = makeProcessor("ZScoreNorm");
    await expect(Promise.resolve(processor.apply(data, { center: { F: 1 }, scale: { F: 1 } }))).rejects.toThrow(
      'it was not fitted on column "G"',
    );
  });

  it("a column without a value in the fit window becomes missing", async () => {
    const hollow = {
      ...data,
      panel: panel.assign({ F: Float64Array.from(F, (value, row) => (row < 8 ? NA : value)) }),
    };
    expect([...(await run("RobustZScoreNorm", hollow)).panel.get("F")]).toEqual(Array<number>(12).fill(NA));
  });
});

describe("median", () => {
  it("is that of the sorted values, however many there are", () => {
    const value = fc.oneof(
      fc.float({ noNaN: true, noDefaultInfinity: true, min: -1, max: 1 }),
      fc.constantFrom(NA, 0, -0, 1e-30, -7, 7),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 30 }), fc.constantFrom(1, 2500), (list, copies) => {
        const many = Float64Array.from(
          { length: list.length * copies },
          (_, i) => list[i % list.length]! * (1 + (i % 3) * 1e-9),
        );
        const sorted = many.filter((v) => v === v).sort();
        const [a, b] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
        expect(median(many) + 0).toBe(sorted.length ? (a === b ? a! : (a! + b!) / 2) + 0 : NaN);
      }),
    );
  });

  it("leaves out NaN of either sign, in single precision too", () => {
    const many = Float32Array.from({ length: 20_001 }, (_, i) => Math.sin(i));
    const expected = many.slice().sort()[10_000]!;
    const bits = new Uint32Array(40_002);
    const mixed = new Float32Array(bits.buffer);
    for (let i = 0; i < 20_001; i++) {
      mixed[2 * i] = many[i]!;
      bits[2 * i + 1] = i % 3 ? 0xffc00000 : 0x7fc00000;
    }
    expect(median(mixed)).toBe(expected);
  });

  it("does not trust a sample that misleads", () => {
    // Every place that is sampled holds a large value.
    const values = Float64Array.from({ length: 40_960 }, (_, i) => (i % 10 === 0 ? 1000 + i : i / 1e6));
    const sorted = values.slice().sort();
    expect(median(values)).toBe((sorted[20_479]! + sorted[20_480]!) / 2);
  });
});

describe("a chain of processors", () => {
  it("fills in place what an earlier step made, and never the data it was given", async () => {
    const before = [...panel.get("F")];
    const fill = { class: "Fillna", kwargs: { fields_group: "feature", fill_value: 7 } };
    const window = { start: null, end: null };
    const alone = await runProcessors(data, [makeProcessor(fill)], window);
    expect([...panel.get("F")]).toEqual(before);
    expect(alone.data.panel.get("F")[5]).toBe(7);

    let scaled: PanelColumn | undefined;
    const watch: Processor = {
      inferSafe: true,
      apply: (given) => {
        scaled = given.panel.get("F");
        return given;
      },
      config: () => ({ class: "Watch" }),
    };
    const chain = await runProcessors(data, [makeProcessor("ZScoreNorm"), watch, makeProcessor(fill)], window);
    expect(chain.data.panel.get("F")).toBe(scaled);
    expect(chain.data.panel.get("F")[5]).toBe(7);
    expect([...panel.get("F")]).toEqual(before);
  });
});

describe("processors that choose columns", () => {
  const named: GroupedPanel = {
    panel: Panel.from({ datetime: ["2020-01-02"], instrument: ["A"], F: [1], G: [2], LABEL0: [3] }),
    feature: ["F", "G"],
    label: ["LABEL0"],
  };

  it("DropCol leaves columns of any group out", async () => {
    const { panel, feature, label } = await run(
      { class: "DropCol", kwargs: { col_list: ["G", "LABEL0", "X"] } },
      named,
    );
    expect([panel.columnNames, feature, label]).toEqual([["F"], ["F"], []]);
    expect(panel.get("F")).toBe(named.panel.get("F"));
  });

  it("FilterCol keeps the columns named and those of other groups", async () => {
    const { feature, label } = await run({ class: "FilterCol", kwargs: { col_list: ["G"] } }, named);
    expect([feature, label]).toEqual([["G"], ["LABEL0"]]);
    const all = await run({ class: "FilterCol", kwargs: { fields_group: null, col_list: ["F"] } }, named);
    expect([all.feature, all.label]).toEqual([["F"], []]);
    expect(named.panel.columnNames).toEqual(["F", "G", "LABEL0"]);
  });

  it("need a list of names", () => {
    expect(() => makeProcessor("DropCol")).toThrow("Cannot make DropCol: colList is undefined");
    expect(() => makeProcessor({ class: "FilterCol", kwargs: { col_list: "F" } })).toThrow('colList is "F"');
  });

  it("are made again from their configuration", () => {
    for (const name of ["DropCol", "FilterCol"]) {
      const config = makeProcessor({ class: name, kwargs: { col_list: ["G"] } }).config();
      expect(makeProcessor(config).config()).toEqual({ class: name, kwargs: { colList: ["G"] } });
    }
  });

  it("TanhProcess takes x to tanh(x − 1), labels excepted", async () => {
    const { panel } = await run("TanhProcess", named);
    expect([panel.get("F")[0], panel.get("LABEL0")[0]]).toEqual([0, 3]);
    expect(panel.get("G")[0]).toBeCloseTo(0.7615941559557649, 15);
    const wild = (await run("TanhProcess")).panel.get("F");
    expect([wild[5], wild[10], wild[11]]).toEqual([NaN, 1, -1]);
  });
});
