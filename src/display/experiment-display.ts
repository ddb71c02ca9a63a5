import { VIEW } from "../panel/view.js";
import type { Experiment } from "../tracking/experiment.js";
import type { DisplayBundle } from "./chart-bundle.js";
import { viewBundle } from "./view-bundle.js";

/** Its newest runs are shown, the others counted. */
const SHOWN_RUNS = 20;

/** An experiment with its newest runs, their metrics and params side by side: showing one reads the store. */
export async function showExperiment(experiment: Experiment): Promise<DisplayBundle> {
  const includeDeleted = experiment.deletedAt !== undefined;
  const runs = await experiment.listRecorders({ limit: SHOWN_RUNS + 1, includeDeleted });
  const isMore = runs.length > SHOWN_RUNS;
  if (isMore) runs.length = SHOWN_RUNS;
  const all = `all: await R.listRecorders({ experimentName: ${JSON.stringify(experiment.name)} })`;
  const remark = isMore ? `The newest ${SHOWN_RUNS} runs; ${all}` : "Newest run first";
  const { title, facts } = experiment[VIEW]();
  const { table, notes = [] } = runs[VIEW]();
  return viewBundle(
    {
      ...(title !== undefined && { title }),
      facts: { ...facts, deleted: experiment.deletedAt },
      ...(runs.length && { table }),
      notes: [runs.length === 0 ? "No runs yet" : remark, ...notes],
    },
    { rows: SHOWN_RUNS },
  );
}
