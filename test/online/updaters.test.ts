import type { ColumnTable } from "arquero";
import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { DataError, InvalidArgumentError, LoadObjectError, UnknownNameError } from "../../src/errors.js";
import { install } from "../../src/install.js";
import { LabelUpdater } from "../../src/online/label-updater.js";
import { OnlineToolR, type OnlineTag } from "../../src/online/online-tool-r.js";
import { PredictionUpdater } from "../../src/online/prediction-updater.js";
import { replaceDateRange } from "../../src/online/replace-date-range.js";
import { Panel } from "../../src/panel/panel.js";
import { R } from "../../src/tracking/r.js";
import { taskTrain } from "../../src/trainer/task-train.js";
import { temporaryFolder } from "../temporary-folder.js";
import { smallTask } from "../trainer/small-tasks.js";
import { rowsOf } from "./small-practice.js";

install();
R.setUri(temporaryFolder());

/** January 2015 has trading days 2, 5–9, 12–16, 19–23, 26–30. */
const MARKET = "synthetic://?instruments=6&days=60&ic=0.1&seed=5&start=2015-01-02";

function run(test: [string, string], experimentName: string) {
  const task = smallTask({ train: ["2015-01-20", "2015-02-13"], test });
  const handler = task.dataset.kwargs.handler as { class: string; kwargs: object };
  const kwargs = { ...task.dataset.kwargs, handler: { ...handler, kwargs: { ...handler.kwargs, market: MARKET } } };
  return taskTrain({ ...task, dataset: { ...task.dataset, kwargs } }, { experimentName });
}

const old = {
  datetime: ["d2", "d2", "d3", "d3", "d4"].map((d) => `2024-01-0${d[1]}`),
  instrument: ["X", "Y", "X", "Y", "Y"],
};

describe("a stretch of dates made anew", () => {
  const before = { ...old, score: [1, 1, 2, 3, 4] };
  const fresh = { datetime: ["2024-01-03"], instrument: ["X"], score: [9] };
  const shown = (panel: Panel) =>
    (rowsOf(panel.toTable()) as { datetime: string; instrument: string; score: number }[]).map(
      ({ datetime, instrument, score }) => `${datetime.slice(-2)}${instrument}${score}`,
    );

  it("loses instruments that are not new on the dates, as in Qlib", () => {
    expect(shown(replaceDateRange(before, fresh))).toEqual(["02X1", "02Y1", "03X9", "04Y4"]);
  });

  it("keeps them when only rows are replaced", () => {
    expect(shown(replaceDateRange(before, fresh, { replace: "rows" }))).toEqual([
      "02X1",
      "02Y1",
      "03X9",
      "03Y3",
      "04Y4",
    ]);
  });

  it("leaves the old table as it is where nothing is new", () => {
    const none = { datetime: [] as string[], instrument: [] as string[], score: [] as number[] };
    expect(replaceDateRange(before, none).numRows).toBe(5);
  });

  it("refuses other columns", () => {
    expect(() => replaceDateRange(before, { ...fresh, extra: [1] })).toThrow(InvalidArgumentError);
  });
});

describe("the prediction of a run, extended", () => {
  it("is what the model would have forecast at once, and is done once", async () => {
    const [short, long] = [await run(["2015-02-16", "2015-02-20"], "p"), await run(["2015-02-16", "2015-03-06"], "p")];
    const update = await new PredictionUpdater(short, { toDate: "2015-03-08" }).update();
    expect(update).toMatchObject({ status: "updated", from: "2015-02-23", to: "2015-03-06", rows: 55, notes: [] });
    expect(rowsOf((await short.loadObject("pred")) as ColumnTable)).toEqual(
      rowsOf((await long.loadObject("pred")) as ColumnTable),
    );
    expect((await new PredictionUpdater(short, { toDate: "2015-03-08" }).update()).status).toBe("up to date");
    expect((await new PredictionUpdater(short, { toDate: "2015-01-10" }).update()).status).toBe("up to date");
  });

  it("stops at the last day with data and says so; a stretch from a day to a day is made anew alone", async () => {
    const recorder = await run(["2015-02-16", "2015-03-06"], "upstream");
    const { calendar } = await openMarket(MARKET);
    const update = await new PredictionUpdater(recorder, { toDate: calendar.last + 10 * 86_400_000 }).update();
    expect(update.notes[0]).toMatch(/the last day with data/);
    const good = Panel.from((await recorder.loadObject("pred")) as ColumnTable);
    const end = good.between(null, "2015-02-27").numRows;
    const spoilt = good.assign({ score: good.get("score").map((_, row) => (row < end ? -1 : -2)) });
    await recorder.saveObjects({ pred: spoilt });
    await new PredictionUpdater(recorder, { fromDate: "2015-02-16", toDate: "2015-02-27" }).update();
    const now = Panel.from((await recorder.loadObject("pred")) as ColumnTable).get("score");
    expect([...now.slice(0, end)]).toEqual([...good.get("score").slice(0, end)]);
    expect(now.slice(end).every((score) => score === -2)).toBe(true);
  });

  it("can begin on the first day of the calendar, with less history than wanted, which it tells", async () => {
    const recorder = await run(["2015-02-16", "2015-02-20"], "first day");
    const update = await new PredictionUpdater(recorder, {
      ...{ fromDate: "2015-01-02", toDate: "2015-01-05", historyDays: 3 },
    }).update();
    expect(update).toMatchObject({ from: "2015-01-02", to: "2015-01-05" });
    expect(update.notes).toEqual(["3 days of history wanted before 2015-01-02, 0 are there"]);
  });

  it("asks for a day where every row misses its score, and for a prediction where there is none", async () => {
    const recorder = await run(["2015-02-16", "2015-02-20"], "missing");
    const pred = Panel.from((await recorder.loadObject("pred")) as ColumnTable);
    await recorder.saveObjects({ pred: pred.assign({ score: pred.get("score").map(() => NaN) }) });
    await expect(new PredictionUpdater(recorder).update()).rejects.toThrow(DataError);
    await expect(
      new LabelUpdater(await R.start({ experimentName: "x" }, async (none) => none)).update(),
    ).rejects.toThrow(LoadObjectError);
  });

  it("uses what processors learnt then, also when the data of then are others now", async () => {
    const recorder = await run(["2015-02-16", "2015-02-20"], "state");
    expect(await recorder.hasArtifact("handler_state")).toBe(true);
    const state = (await recorder.loadObject("handler_state")) as { infer: object[] };
    expect(state.infer).toHaveLength(2);
  });
});

describe("labels of a run", () => {
  it("come as far as predictions do, those of then unknown too", async () => {
    const recorder = await run(["2015-02-16", "2015-03-06"], "labels");
    await new PredictionUpdater(recorder).update();
    const { table } = await new LabelUpdater(recorder).update();
    const label = Panel.from(table!);
    const pred = Panel.from((await recorder.loadObject("pred")) as ColumnTable);
    expect(label.dates.at(-1)).toBe(pred.dates.at(-1));
    const last = label.get("LABEL0").subarray(label.offsets.at(-2)!);
    expect([...last].every(Number.isNaN)).toBe(true);
  });
});

describe("which models are online", () => {
  it("is told by a tag; one reset puts the chosen online and all others offline", async () => {
    const tool = new OnlineToolR({ defaultExpName: "tags" });
    const [a, b] = [await run(["2015-02-16", "2015-02-20"], "tags"), await run(["2015-02-16", "2015-02-20"], "tags")];
    expect(await tool.getOnlineTag(a)).toBe("offline");
    tool.setOnlineTag("online", a);
    await tool.resetOnlineTag(b);
    expect(await tool.getOnlineTag(a)).toBe("offline");
    expect((await tool.onlineModels()).map(({ id }) => id)).toEqual([b.id]);
    expect(() => tool.setOnlineTag("next_online" as OnlineTag, a)).toThrow(UnknownNameError);
    await expect(new OnlineToolR().onlineModels()).rejects.toThrow(/no experiment/);
  });

  it("updates every one of them and says what became of each", async () => {
    const tool = new OnlineToolR({ defaultExpName: "each" });
    const good = await run(["2015-02-16", "2015-02-20"], "each");
    const none = await R.start({ experimentName: "each" }, async (made) => made);
    const bad = await run(["2015-02-16", "2015-02-20"], "each");
    await bad.saveObjects({ params: "no model" });
    tool.setOnlineTag("online", [good, none, bad]);
    const outcomes = await tool.updateOnlinePred({ toDate: "2015-02-25" });
    const of = (id: string) => outcomes.find(({ recorder }) => recorder.id === id)!;
    expect(of(good.id)).toMatchObject({ status: "updated" });
    expect(of(none.id).status).toBe("skipped");
    expect(of(bad.id).status).toBe("failed");
  });
});
