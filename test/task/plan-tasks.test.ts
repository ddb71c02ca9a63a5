import { describe, expect, it } from "vitest";
import { VIEW, isViewable } from "../../src/panel/view.js";
import { InvalidSegmentError } from "../../src/errors.js";
import { planTasks } from "../../src/task/plan-tasks.js";
import { CAL20 } from "../calendar/cal20.js";

const task = (segments: object, more: object = {}) => ({ ...more, dataset: { kwargs: { segments } } }) as never;
const two = [
  task({ train: ["2024-01-03", "2024-01-09"], test: ["2024-01-15", null] }, { model: { class: "LinearModel" } }),
  task({ valid: [null, "2024-01-04"] }, { model: new Map() }),
];

describe("a plan of tasks", () => {
  it("has a row a task, and a row a segment for a figure", () => {
    expect(planTasks(two, { calendar: CAL20 }).rows).toEqual([
      { task: 1, model: "LinearModel", train: "2024-01-03 … 2024-01-09 (5)", test: "2024-01-15 … (11)", valid: null },
      { task: 2, model: "Map", train: null, test: null, valid: "… 2024-01-04 (3)" },
    ]);
    expect(planTasks(two).segments[1]).toEqual({
      task: 1,
      model: "LinearModel",
      segment: "test",
      start: "2024-01-15",
      end: null,
      days: null,
    });
  });

  it("shows itself as a figure with a table", () => {
    const plan = planTasks(two);
    expect(isViewable(plan) && plan[VIEW]()).toMatchObject({
      kind: "task-plan",
      title: "TaskPlan(2 tasks)",
      table: plan.rows,
    });
    expect(String(planTasks([]))).toBe("TaskPlan(0 tasks)");
  });

  it("names the task whose segment is none", () => {
    expect(() => planTasks([two[0]!, task({ test: ["2024-01-15"] })])).toThrow(
      /segment "test" of task 2: \["2024-01-15"\]/,
    );
    expect(() => planTasks(task({ test: ["2024-01-15", "2024-01-02"] }))).toThrow(InvalidSegmentError);
  });
});
