import type { ColumnTable } from "arquero";
import { expect } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { install } from "../../src/install.js";
import { LabelUpdater } from "../../src/online/label-updater.js";
import { OnlineToolR } from "../../src/online/online-tool-r.js";
import { PredictionUpdater } from "../../src/online/prediction-updater.js";
import { Panel } from "../../src/panel/panel.js";
import type { Task } from "../../src/task/task.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { R } from "../../src/tracking/r.js";
import { taskTrain } from "../../src/trainer/task-train.js";
import { itData, sharedPath } from "../shared.js";
import { temporaryFolder } from "../temporary-folder.js";
import { smallTask } from "../trainer/small-tasks.js";

// What Qlib's own two tests of updates check, on real prices.
install();
R.setUri(temporaryFolder());
const ADDRESS = sharedPath("data", "us_etf_daily.parquet");
const DAY_MS = 86_400_000;

/** Trained on a year, tested from one of the calendar's last days to another, counted from its end. */
async function train(experimentName: string, firstFromEnd: number, lastFromEnd: number): Promise<Recorder> {
  const { present: calendar } = (await openMarket(ADDRESS)).calendar;
  const fromEnd = (days: number) => formatDatetime(calendar.at(calendar.length - 1 - days));
  const task = smallTask({
    train: [fromEnd(300), fromEnd(50)],
    test: [fromEnd(firstFromEnd), fromEnd(lastFromEnd)],
  });
  const handler = task.dataset.kwargs.handler as { class: string; kwargs: object };
  const kwargs = { ...task.dataset.kwargs, handler: { ...handler, kwargs: { ...handler.kwargs, market: ADDRESS } } };
  return taskTrain({ ...task, dataset: { ...task.dataset, kwargs } } as Task, { experimentName });
}

const artifact = async (run: Recorder, name: string) => Panel.from((await run.loadObject(name)) as ColumnTable);

itData(
  "predictions: a day after the last one is moved back to it, and only the stretch asked for is made anew",
  async () => {
    const run = await train("update prediction", 19, 0);
    const tool = new OnlineToolR({ defaultExpName: "update prediction" });
    await tool.resetOnlineTag(run);
    const { calendar } = await openMarket(ADDRESS);
    const latest = calendar.last;
    const [outcome] = await tool.updateOnlinePred({ toDate: latest + 10 * DAY_MS });
    expect(outcome!.status).not.toBe("failed");

    const good = await artifact(run, "pred");
    expect(good.dates).toHaveLength(20);
    expect(good.dates.at(-1)).toBe(latest);
    const day = (back: number) => latest - back * DAY_MS;
    const valueOf = (date: number, score: number) =>
      date >= day(20) && date <= day(10) ? -1 : date >= day(9) && date <= day(2) ? -2 : score;
    const dateOf = (panel: Panel) =>
      Array.from({ length: panel.numDates }, (_, d) => {
        const [from, to] = panel.rowsOf(d);
        return Array<number>(to - from).fill(panel.dates[d]!);
      }).flat();
    const dates = dateOf(good);
    await run.saveObjects({
      pred: good.assign({ score: good.get("score").map((score, row) => valueOf(dates[row]!, score)) }),
    });
    await new PredictionUpdater(run, { fromDate: day(20), toDate: day(10) }).update();

    const now = await artifact(run, "pred");
    expect(dateOf(now)).toEqual(dates);
    const [before, after] = [good.get("score"), now.get("score")];
    const rows = dates.map((date, row) => ({ date, row }));
    const first = rows.filter(({ date }) => date >= day(20) && date <= day(10));
    const second = rows.filter(({ date }) => date >= day(9) && date <= day(2));
    expect(Math.min(first.length, second.length)).toBeGreaterThan(100);
    for (const { row } of first) expect(after[row]!).toBeCloseTo(before[row]!, 12);
    expect(second.every(({ row }) => after[row] === -2)).toBe(true);
  },
  120_000,
);

itData(
  "labels: they follow the predictions to the last day, known or not",
  async () => {
    const run = await train("update label", 30, 10);
    const tool = new OnlineToolR({ defaultExpName: "update label" });
    await tool.resetOnlineTag(run);
    const [outcome] = await tool.updateOnlinePred();
    expect(outcome!.status).toBe("updated");
    const lastPrediction = (await artifact(run, "pred")).dates.at(-1);
    expect(lastPrediction).toBe((await openMarket(ADDRESS)).calendar.last);
    const label = await artifact(run, "label");
    const known = Array.from({ length: label.numDates }, (_, d) => label.rowsOf(d)).findLastIndex(([from, to]) =>
      label.get("LABEL0").subarray(from, to).some(Number.isFinite),
    );
    expect(label.dates[known]!).toBeLessThan(lastPrediction!);
    await new LabelUpdater(run).update();
    expect((await artifact(run, "label")).dates.at(-1)).toBe(lastPrediction);
  },
  120_000,
);
