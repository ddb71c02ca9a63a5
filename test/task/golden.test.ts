import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import type { RollMode } from "../../src/calendar/segment.js";
import { MultiHorizonGenerator } from "../../src/task/multi-horizon-generator.js";
import { RollingGenerator } from "../../src/task/rolling-generator.js";
import type { Task } from "../../src/task/task.js";
import { goldenCalendar } from "../calendar/golden-calendar.js";
import { itGolden, sharedPath } from "../shared.js";

interface Shape {
  readonly segments: Record<string, readonly [string | null, string | null]>;
  readonly handler_end: string | null;
}

const golden = () => JSON.parse(readFileSync(sharedPath("golden", "tasks.json"), "utf8"));

function taskOf({ segments, handler_end }: Shape): Task {
  return { dataset: { kwargs: { handler: { class: "Alpha158", kwargs: { end_time: handler_end } }, segments } } };
}

function shapeOf(task: Task): Shape {
  const { segments, handler } = task.dataset.kwargs;
  return {
    segments: segments as Shape["segments"],
    handler_end: (handler as { kwargs: { end_time: string | null } }).kwargs.end_time,
  };
}

/** Qlib 0.9.7 leaves the handler's end where the test's end is open; the rule, and ours, opens it too. */
function ruled(shape: Shape): Shape {
  return shape.segments.test![1] === null ? { ...shape, handler_end: null } : shape;
}

describe("Qlib's generated tasks on real days", () => {
  itGolden("RollingGenerator gives the same segments in all 11 cases, two of which crash there", async () => {
    const source = { calendar: await goldenCalendar() };
    const { template, cases } = golden().rolling;
    expect(cases).toHaveLength(11);
    const counts = [];
    for (const { given, result } of cases) {
      const {
        step,
        rtype,
        trunc_days: truncDays = null,
      } = given as { step: number; rtype: RollMode; trunc_days?: number };
      const task = taskOf({
        ...template,
        ...(given.segments && { segments: given.segments }),
        ...(given.handler_end && { handler_end: given.handler_end }),
      });
      const made = new RollingGenerator({ step, rtype, truncDays }).generate(task, source).map(shapeOf);
      counts.push(made.length);
      if (result) expect(made, JSON.stringify(given)).toEqual(result.map(ruled));
      else expect(made.at(-1)!.segments.test![1], JSON.stringify(given)).toBe("2017-11-10");
    }
    expect(counts).toEqual([12, 12, 8, 8, 4, 1, 5, 2, 1, 5, 8]);
  });

  itGolden("following tasks are the same", async () => {
    const source = { calendar: await goldenCalendar() };
    for (const { from, step, rtype, test_end, result } of golden().following) {
      const made = [...new RollingGenerator({ step, rtype }).genFollowingTasks(taskOf(from), test_end, source)];
      expect(made.map(shapeOf)).toEqual(result.map(ruled));
    }
  });

  itGolden("horizons are the same", async () => {
    const source = { calendar: await goldenCalendar() };
    const { multi_horizon, rolling } = golden();
    for (const { given, result } of multi_horizon) {
      const generator = new MultiHorizonGenerator({
        horizon: given.horizons,
        labelLeakDays: given.leak,
        setHorizon: (task, horizon) => ({ ...task, horizon }),
      });
      const made = generator.generate(taskOf(rolling.template), source);
      expect(made.map((task) => ({ horizon: task.horizon, ...shapeOf(task) }))).toEqual(result);
    }
  });

  itGolden("a real rolling run was made of the same tasks", async () => {
    const source = { calendar: await goldenCalendar() };
    const { rolling_run, rolling } = golden();
    const { step, rtype, tasks } = rolling_run;
    const made = new RollingGenerator({ step, rtype }).generate(taskOf(rolling.template), source).map(shapeOf);
    for (const model of ["LinearModel", "LGBModel"]) {
      const of = tasks.filter((task: { model: string }) => task.model === model);
      expect(made).toEqual(of.map(({ segments, handler_end }: Shape) => ruled({ segments, handler_end })));
    }
  });
});
