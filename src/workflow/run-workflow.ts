import type { Recorder } from "../tracking/recorder.js";
import type { WorkflowOptions } from "./make-plan.js";
import type { WorkflowPlan } from "./workflow-plan.js";

/**
 * Reads a workflow and holds all of it against what there is, without running it: its form, its classes and their options, and
 * the market's universe, days and fields.
 *
 * @param source A YAML file as Qlib's `qrun` takes it, or the same as plain data.
 * @returns What would be done; shows itself as the last value of a cell. `await plan.run()` does it.
 * @throws ConfigError for the first mistake, with file, line, column and path, what there is instead, and the nearest name.
 */
export async function planWorkflow(
  source: string | Readonly<Record<string, unknown>>,
  options: WorkflowOptions = {},
): Promise<WorkflowPlan> {
  const { makePlan } = await import("./make-plan.js");
  return makePlan(source, options);
}

/**
 * Runs a workflow: everything is read and checked first (see {@link planWorkflow}), then the model is trained inside a run, and
 * each record of the task does its work.
 *
 * The run begins with what makes it again: artifacts `config` (merged, secrets covered), `config_raw` and `config_rendered`
 * (the file before and after its template), `workflow` (file, overrides, bases), and the tag `workflow`; then come those of
 * `taskTrain`. The workflow's market is the session's from then on, as after `init`.
 *
 * In Qlib: qlib.cli.run.workflow
 *
 * @param source A YAML file as Qlib's `qrun` takes it, or the same as plain data.
 * @returns The run, `FINISHED`: `await run.report()` shows it. @throws ConfigError for a mistake in the workflow: no run has begun
 *   then; whatever training throws: the run is `FAILED`.
 * @example
 * const run = await runWorkflow("workflow.yaml", { overrides: { "task.model.kwargs.alpha": 0.1 } });
 */
export async function runWorkflow(
  source: string | Readonly<Record<string, unknown>>,
  options: WorkflowOptions = {},
): Promise<Recorder> {
  return (await planWorkflow(source, options)).run();
}
