import { toFolder } from "../tracking/store-address.js";
import { placed } from "./at-its-place.js";
import { checkComponents } from "./check-components.js";
import { checkData } from "./check-data.js";
import { checkStructure, valueAt } from "./check-structure.js";
import { coverSecrets } from "./cover-secrets.js";
import { fillReferences } from "./fill-references.js";
import { loadWorkflow, type LoadedWorkflow } from "./load-workflow.js";
import { openProvider } from "./open-provider.js";
import { parseOverride, toOverride, type Override } from "./overrides.js";
import { WorkflowPlan } from "./workflow-plan.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";

export interface WorkflowOptions {
  /** Experiment that the run is kept in. Default: `experiment_name` of the workflow, else `workflow`. */
  readonly experimentName?: string;
  /** Name of the run. Default `default_recorder`. */
  readonly recorderName?: string;
  /**
   * Values that win over the file: by path (`{ "task.model.kwargs.num_leaves": 64 }`), or as the command line takes them
   * (`["task.model.kwargs.num_leaves=64"]`). Aliases of an anchor that stands there follow.
   */
  readonly overrides?: Readonly<Record<string, unknown>> | readonly string[];
  /** Folder of the store. Default: that of the workflow's `exp_manager`, else the one in use. */
  readonly storeUri?: string;
  /** Variables of templates. Default: the process's environment. */
  readonly env?: Readonly<Record<string, string | undefined>>;
}

const OPTIONS: readonly (keyof WorkflowOptions)[] = [
  ...(["experimentName", "recorderName", "overrides", "storeUri", "env"] as const),
];

/** See `planWorkflow`, which loads what this needs only when it is called. */
export async function makePlan(
  source: string | Readonly<Record<string, unknown>>,
  options: WorkflowOptions = {},
): Promise<WorkflowPlan> {
  refuseUnknownOptions("Cannot plan a workflow", options, OPTIONS);
  const { env, recorderName } = options;
  const overrides = overridesOf(options.overrides);
  const loaded = await loadWorkflow(source, { overrides, ...(env && { env }) });
  checkStructure(loaded);
  const workflow = fillReferences(loaded);
  const parts = await checkComponents(workflow);
  const market = await openProvider(workflow);
  const found = checkData(workflow, parts, market);
  const storeUri = options.storeUri ?? storeOf(loaded);
  return new WorkflowPlan({
    ...{ workflow: loaded, filled: workflow.config, parts, market, found, overrides },
    config: coverSecrets(loaded.config, loaded.secrets),
    experimentName: options.experimentName ?? (loaded.config.experiment_name as string | undefined) ?? "workflow",
    ...(recorderName !== undefined && { recorderName }),
    ...(storeUri !== undefined && { storeUri }),
  });
}

function overridesOf(given: WorkflowOptions["overrides"] = []): Override[] {
  return Array.isArray(given)
    ? (given as readonly string[]).map(parseOverride)
    : Object.entries(given as Readonly<Record<string, unknown>>).map(([key, value]) => toOverride(key, value));
}

/** The store that `exp_manager` names. */
function storeOf(workflow: LoadedWorkflow): string | undefined {
  const path = ["qlib_init", "exp_manager", "kwargs", "uri"];
  const uri = valueAt(workflow.config, path);
  if (typeof uri !== "string") return undefined;
  try {
    return toFolder(uri);
  } catch (cause) {
    throw placed(workflow, path, cause);
  }
}
