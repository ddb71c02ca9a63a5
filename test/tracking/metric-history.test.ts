import { describe, expect, it } from "vitest";
import { historyChart } from "../../src/display/history-chart.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { VIEW } from "../../src/panel/view.js";
import { R } from "../../src/tracking/r.js";
import { temporaryFolder } from "../temporary-folder.js";

R.setUri(temporaryFolder());

const train = (recorderName: string, losses: readonly number[]) =>
  R.start({ experimentName: "fit", recorderName }, (run) => {
    losses.forEach((loss, step) => run.logMetrics({ loss, twice: 2 * loss }, { step }));
    return run;
  });
const slow = await train("slow", [4, 3, 2, 1]);
const fast = await train("fast", [4, 1, NaN, -Infinity]);

describe("R.metricHistory", () => {
  it("gives a row for each point of each run", async () => {
    const history = await R.metricHistory([slow, fast], "loss");
    const points = history.toTable();
    expect(points.columnNames()).toEqual(["run", "run_id", "metric", "step", "time", "seconds", "value"]);
    expect(points.array("run")).toEqual(["slow", "slow", "slow", "slow", "fast", "fast", "fast", "fast"]);
    expect([...(points.array("value") as Float64Array)]).toEqual([4, 3, 2, 1, 4, 1, NaN, -Infinity]);
    expect([...(points.array("step") as Float64Array)]).toEqual([0, 1, 2, 3, 0, 1, 2, 3]);
    const seconds = [...(points.array("seconds") as Float64Array)];
    expect(seconds.every((each) => each >= 0 && each < 60)).toBe(true);
    expect((points.get("time", 0) as Date).getTime()).toBeGreaterThanOrEqual(slow.startTime!.getTime());
    expect(String(history)).toBe("MetricHistory(loss of slow, fast: 8 points)");
  });

  it("takes ids, one run, several metrics, and a list of runs", async () => {
    const history = await R.metricHistory(slow.id, ["loss", "twice"]);
    expect(new Set(history.toTable().array("metric") as string[])).toEqual(new Set(["loss", "twice"]));
    const list = await (await R.listRecorders({ experimentName: "fit" })).history("twice");
    expect(list.labels).toEqual(["fast", "slow"]);
    expect(list[VIEW]()).toMatchObject({ kind: "metric-history", title: "twice of 2 runs" });
  });

  it("a metric that no run has is an error that names the nearest", async () => {
    await expect(R.metricHistory([slow, fast], "los")).rejects.toThrow(UnknownNameError);
    await expect(R.metricHistory([slow, fast], "los")).rejects.toThrow(/loss/);
    await expect(R.metricHistory([], "loss")).rejects.toThrow(InvalidArgumentError);
    await expect(R.metricHistory(slow, [])).rejects.toThrow(InvalidArgumentError);
  });

  it("is drawn as a line for each run; infinite values and NaN leave a gap", async () => {
    const { spec, text } = historyChart(await R.metricHistory([slow, fast], "loss"));
    expect(text).toBe("loss: loss by step, run, 8 rows");
    expect(JSON.stringify(spec)).toContain("2,,fast\\n3,,fast");
  });

  it("of several values at one step the newest counts", async () => {
    const run = await R.start({ recorderName: "twice" }, (each) => {
      each.logMetrics({ a: 1 }, { step: 0 });
      each.logMetrics({ a: 2 }, { step: 0 });
      each.logMetrics({ a: 5 }, { step: 1 });
      return each;
    });
    const { spec } = historyChart(await R.metricHistory(run, "a"));
    expect(JSON.stringify(spec)).toMatch(/x,y\\n0,2\\n1,5/);
  });

  it("smooths each run by itself", async () => {
    const { spec } = historyChart(await R.metricHistory([slow, fast], "loss"), { smooth: 0.5 });
    // 4; 4/2 + 3/2; 3.5/2 + 2/2; 2.75/2 + 1/2 — the second run begins anew.
    for (const row of ["0,4,slow", "1,3.5,slow", "2,2.75,slow", "3,1.875,slow", "0,4,fast", "1,2.5,fast"])
      expect(JSON.stringify(spec)).toContain(row);
    const history = await R.metricHistory([slow], "loss");
    for (const smooth of [1, -0.1, NaN]) expect(() => historyChart(history, { smooth })).toThrow(InvalidArgumentError);
    expect(() => historyChart(history, { metric: "other" })).toThrow(UnknownNameError);
    expect(() => historyChart(history, { x: "epoch" as never })).toThrow(UnknownNameError);
  });
});

it("a history of 150,000 points is drawn by those its picture needs", async () => {
  const run = await R.start({ recorderName: "long" }, (each) => {
    for (let step = 0; step < 150_000; step++) each.logMetrics({ wave: Math.sin(step / 1000) }, { step });
    return each;
  });
  const history = await R.metricHistory(run, "wave");
  expect(history.toTable().numRows()).toBe(150_000);
  expect(JSON.stringify(historyChart(history).spec).length).toBeLessThan(150_000);
});
