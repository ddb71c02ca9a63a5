import { isPlainObject } from "../config/deepcopy-basic-type.js";
import { fillPlaceholder } from "../config/fill-placeholder.js";
import { ConfigError } from "../errors.js";
import { valueAt } from "./check-structure.js";
import { mistakeIn, type LoadedWorkflow } from "./load-workflow.js";

/**
 * The workflow with the references of its task filled in: `<dataset.kwargs.segments.train.0>`. `<MODEL>`, `<DATASET>` and
 * `<PRED>` stay.
 *
 * @throws ConfigError with the place of a reference to nothing, or to itself.
 */
export function fillReferences(workflow: LoadedWorkflow): LoadedWorkflow {
  const { config } = workflow;
  try {
    return { ...workflow, config: { ...config, task: fillPlaceholder(config.task, {}) } };
  } catch (cause) {
    const [, reference = "", at = "", state = ""] =
      cause instanceof ConfigError ? (/^Cannot fill (\S+) at ([^:]+): ([^\n]*)/.exec(cause.message) ?? []) : [];
    if (reference === "") throw cause;
    const path = ["task", ...at.split(".").map((step) => (/^\d+$/.test(step) ? Number(step) : step))];
    const holder = nearestMapping(config.task, reference.slice(1, -1).split("."));
    throw mistakeIn(workflow, {
      ...{ path, cause },
      state: state.includes("no entry") ? `${reference} refers to nothing` : `${reference} ${state}`,
      ...(holder && state.includes("no entry") ? { known: { what: `there are`, ...holder } } : {}),
      next: ["a reference is a path from task: <dataset.kwargs.segments.train.0>"],
    });
  }
}

/** The keys beside the first step of a path that leads nowhere. */
function nearestMapping(task: unknown, steps: readonly string[]): { names: string[]; given: string } | undefined {
  for (const [i, step] of steps.entries()) {
    const holder = valueAt(task, steps.slice(0, i));
    if (Array.isArray(holder) && !(Number(step) < holder.length)) return { names: Object.keys(holder), given: step };
    if (isPlainObject(holder) && !Object.hasOwn(holder, step)) return { names: Object.keys(holder), given: step };
  }
  return undefined;
}
