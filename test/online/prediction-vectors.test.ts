import { writeFileSync } from "node:fs";
import path from "node:path";
import { table, type ColumnTable } from "arquero";
import { describe, expect, it } from "vitest";
import { formatDatetime } from "../../src/engine/datetime.js";
import { openMarket } from "../../src/data/open-market.js";
import { InvalidArgumentError } from "../../src/errors.js";
import { install } from "../../src/install.js";
import { DatasetUpdater } from "../../src/online/dataset-updater.js";
import { RMDLoader, type GetDatasetOptions } from "../../src/online/rmd-loader.js";
import { Panel } from "../../src/panel/panel.js";
import type { Task } from "../../src/task/task.js";
import { R } from "../../src/tracking/r.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { taskTrain } from "../../src/trainer/task-train.js";
import { temporaryFolder } from "../temporary-folder.js";
import { smallTask } from "../trainer/small-tasks.js";
import { rowsOf } from "./small-practice.js";

install();
R.setUri(temporaryFolder());

// The twenty weekdays from Tuesday, 2 January 2024: 2–5, 8–12, 15–19, 22–26, 29.
const MARKET = temporaryFolder();
const weekdays = Array.from({ length: 28 }, (_, i) => new Date(Date.UTC(2024, 0, 2 + i))).filter(
  (date) => date.getUTCDay() % 6 !== 0,
);
const bars = weekdays.flatMap((date, day) =>
  ["X", "Y", "Z"].map((name, i) => {
    const close = 10 + i + Math.sin(day * (i + 1));
    return [name, formatDatetime(date.getTime()), close, close, close, close, 1000].join(",");
  }),
);
writeFileSync(
  path.join(MARKET, "bars.csv"),
  `${["instrument,datetime,open,high,low,close,volume", ...bars].join("\n")}\n`,
);
const { calendar } = await openMarket(MARKET);
const dayOf = (index: number) => formatDatetime(calendar.at(index));

/** A run whose prediction is X, Y = 1, 2, 3 … for 01-12 to 01-18. */
async function oldRun(window?: number): Promise<Recorder> {
  const task = smallTask({ train: ["2024-01-09", "2024-01-11"], test: ["2024-01-12", "2024-01-18"] });
  const handler = task.dataset.kwargs.handler as { class: string; kwargs: object };
  const kwargs = { ...task.dataset.kwargs, handler: { ...handler, kwargs: { ...handler.kwargs, market: MARKET } } };
  const run = await taskTrain({ ...task, dataset: { ...task.dataset, kwargs } } as Task, { experimentName: "vectors" });
  const first = calendar.indexOf("2024-01-12");
  const keys = [0, 1, 2, 3, 4].flatMap((day) => ["X", "Y"].map((name) => [calendar.at(first + day), name] as const));
  await run.saveObjects({
    pred: table({
      datetime: keys.map(([ms]) => new Date(ms)),
      instrument: keys.map(([, name]) => name),
      score: keys.map((_, row) => row + 1),
    }),
    ...(window !== undefined && {
      dataset: { class: "TSDatasetH", kwargs: { ...kwargs, stepLen: window } },
    }),
  });
  return run;
}

/** The example's model: X = 100, 101, … from the first day asked for, whatever the data. */
class ExampleUpdater extends DatasetUpdater {
  #asked: GetDatasetOptions | undefined;

  constructor(recorder: Recorder, options: ConstructorParameters<typeof DatasetUpdater>[2]) {
    super(recorder, "pred", options);
    const get = (given: GetDatasetOptions) => RMDLoader.prototype.getDataset.call(this.loader, given);
    this.loader.getDataset = (given) => get((this.#asked = given));
  }

  get asked() {
    return this.#asked && { start: this.#asked.start, test: this.#asked.segments!.test };
  }

  protected override makeRows(): Promise<Panel> {
    const [from, to] = this.#asked!.segments!.test as [string, string];
    const { datetimes } = calendar.slice({ start: from, end: to });
    return Promise.resolve(
      Panel.from({
        datetime: Array.from(datetimes, (ms) => formatDatetime(ms)),
        instrument: Array.from(datetimes, () => "X"),
        score: Array.from(datetimes, (_, i) => 100 + i),
      }),
    );
  }
}

async function updated(options: ConstructorParameters<typeof DatasetUpdater>[2], window?: number) {
  const run = await oldRun(window);
  const updater = new ExampleUpdater(run, options);
  const result = await updater.update();
  const rows = rowsOf((await run.loadObject("pred")) as ColumnTable) as {
    datetime: string;
    instrument: string;
    score: number;
  }[];
  return {
    ...{ result, asked: updater.asked },
    rows: rows.map(({ datetime, instrument, score }) => `${datetime.slice(-2)}${instrument}${score}`),
  };
}

describe("a prediction of X and Y for 12 to 18 January, and a model that gives X alone", () => {
  it("goes on to the last day with data: ten old rows and seven new", async () => {
    expect(calendar.length).toBe(20);
    expect(dayOf(19)).toBe("2024-01-29");
    const { asked, rows, result } = await updated({});
    expect(asked).toEqual({ start: "2024-01-19", test: ["2024-01-19", "2024-01-29"] });
    expect(rows).toHaveLength(17);
    expect(rows.slice(10)).toEqual(["19X100", "22X101", "23X102", "24X103", "25X104", "26X105", "29X106"]);
    expect(result.notes).toEqual([]);
  });

  it.each([
    ["three days of history", { historyDays: 3 }, undefined, "2024-01-16"],
    ["a window of five days", {}, 5, "2024-01-15"],
  ])("to 23 January loads %s before: thirteen rows", async (_, options, window, start) => {
    const { asked, rows } = await updated({ toDate: "2024-01-23", ...options }, window);
    expect(asked).toEqual({ start, test: ["2024-01-19", "2024-01-23"] });
    expect(rows).toHaveLength(13);
  });

  it.each(["2024-01-15", "2024-01-13"])("from %s to the 17th loses Y on those days alone: seven rows", async (from) => {
    const { asked, rows } = await updated({ fromDate: from, toDate: "2024-01-17" });
    expect(asked).toEqual({ start: "2024-01-15", test: ["2024-01-15", "2024-01-17"] });
    expect(rows).toEqual(["12X1", "12Y2", "15X100", "16X101", "17X102", "18X9", "18Y10"]);
  });

  it("keeps Y when rows are replaced instead of dates", async () => {
    const { rows } = await updated({ fromDate: "2024-01-15", toDate: "2024-01-17", replace: "rows" });
    expect(rows).toHaveLength(10);
    expect(rows.slice(2, 4)).toEqual(["15X100", "15Y4"]);
  });

  it("has nothing to do up to a day it has, nor up to the weekend after its last", async () => {
    for (const toDate of ["2024-01-10", "2024-01-18"]) {
      const { result, asked, rows } = await updated({ toDate });
      expect([result.status, asked, rows.length]).toEqual(["up to date", undefined, 10]);
    }
    const run = await oldRun();
    await new ExampleUpdater(run, { toDate: "2024-01-19" }).update();
    expect((await new ExampleUpdater(run, { toDate: "2024-01-21" }).update()).status).toBe("up to date");
  });

  it("can make the first day of the calendar anew, and tells of history that is not there", async () => {
    const { asked, result, rows } = await updated({ fromDate: "2024-01-02", toDate: "2024-01-03", historyDays: 3 });
    expect(asked).toEqual({ start: "2024-01-02", test: ["2024-01-02", "2024-01-03"] });
    expect(rows.slice(0, 2)).toEqual(["02X100", "03X101"]);
    expect(result.notes).toEqual(["3 days of history wanted before 2024-01-02, 0 are there"]);
  });

  it("tells of a day moved back only when it was", async () => {
    expect((await updated({ toDate: "2024-01-29" })).result.notes).toEqual([]);
    expect((await updated({ toDate: "2024-02-05" })).result.notes).toEqual([
      "updated to 2024-01-29, the last day with data, not to 2024-02-05",
    ]);
  });

  it("writes nothing unless told, and gives the merged table", async () => {
    const run = await oldRun();
    const { table: merged } = await new ExampleUpdater(run, {}).update({ write: false });
    expect(merged!.numRows()).toBe(17);
    expect(((await run.loadObject("pred")) as ColumnTable).numRows()).toBe(10);
  });

  it("refuses history that is no number of days", async () => {
    const run = await oldRun();
    expect(() => new ExampleUpdater(run, { historyDays: -1 })).toThrow(InvalidArgumentError);
  });
});
