import { expect, it } from "vitest";
import { compile, type TopLevelSpec } from "vega-lite";
import { renderPng } from "../../../src/display/render.js";
import { openReport } from "../../../src/report/open-report.js";
import { planFigure } from "../../../src/report/task/plan-figure.js";
import { VIEW, type View } from "../../../src/panel/view.js";
import { planTasks } from "../../../src/task/plan-tasks.js";

const tasks = [1, 2].map((i) => ({
  model: { class: "LinearModel" },
  dataset: { kwargs: { segments: { train: ["2024-01-02", `2024-0${i}-20`], test: [`2024-0${i}-22`, i === 2 ? null : "2024-02-09"] } } },
})) as Parameters<typeof planTasks>[0];
const plan = planTasks(tasks);

it("draws one bar a segment, to the day after its last; an open end to the plan's last day", () => {
  const spec = planFigure(plan.segments) as unknown as { data: { values: string } };
  expect(spec.data.values.split("\n").slice(1)).toEqual([
    "1,LinearModel,train,2024-01-02,2024-01-21,2024-01-02,2024-01-20",
    "1,LinearModel,test,2024-01-22,2024-02-10,2024-01-22,2024-02-09",
    "2,LinearModel,train,2024-01-02,2024-02-21,2024-01-02,2024-02-20",
    "2,LinearModel,test,2024-02-22,2024-02-23,2024-02-22,open",
  ]);
  expect(compile(spec as unknown as TopLevelSpec).spec.marks!.length).toBeGreaterThan(0);
});

it("is what a plan shows, beside one row a task", async () => {
  const report = (await openReport((plan as unknown as { [VIEW](): View })[VIEW]()))!;
  expect(report.facts).toEqual({ tasks: 2, models: 1, "test segments": 2, first: "2024-01-02", last: "2024-02-22" });
  expect(report.table("segments").numRows()).toBe(2);
  const { png } = await renderPng(report.spec("segments"));
  expect(png.length).toBeGreaterThan(3000);
});

it("names some of many tasks and keeps its height", () => {
  const many = Array.from({ length: 300 }, (_, i) => ({ ...plan.segments[0]!, task: i + 1 }));
  const spec = planFigure(many) as unknown as { height: { step: number }; encoding: { y: { axis: { values: number[] } } } };
  expect(spec.encoding.y.axis.values.length).toBeLessThanOrEqual(40);
  expect(spec.height.step * 300).toBeLessThanOrEqual(900);
});
