import {
  AlreadyActiveError,
  ExpAlreadyExistsError,
  ExpNotFoundError,
  InvalidArgumentError,
  RecorderNotFoundError,
} from "../errors.js";
import { findRuns, type RunRow } from "../store/run-queries.js";
import { EXPERIMENT_CHOICE, RECORDER_CHOICE, checkOptions } from "./check-options.js";
import type { Experiment } from "./experiment.js";
import type { LiveObjects } from "./live-objects.js";
import type { Recorder } from "./recorder.js";

/**
 * Deletion is an event: what is deleted is left out of listings and lookups, keeps all its data, and comes back by
 * another event.
 */

/** @throws InvalidArgumentError when neither an id nor a name says which one is meant. */
export function checkChosen(action: string, choice: unknown, what: "experiment" | "recorder"): void {
  const known = what === "experiment" ? EXPERIMENT_CHOICE : RECORDER_CHOICE;
  checkOptions(`Cannot ${action}`, choice, known);
  const { [`${what}Id`]: id, [`${what}Name`]: name } = choice as Record<string, string | undefined>;
  if (id === undefined && name === undefined)
    throw new InvalidArgumentError(
      `Cannot ${action}: neither ${what}Id nor ${what}Name is given\n  expected: { ${what}Id: "…" } or { ${what}Name: "…" }`,
    );
}

/**
 * Deletes an experiment and those of its runs that are not deleted yet, all or none.
 *
 * @throws AlreadyActiveError when one of its runs is running, in whichever process.
 */
export async function deleteExperiment(live: LiveObjects, experiment: Experiment): Promise<void> {
  const runs = await findRuns(live.store, { experimentId: experiment.id, includeDeleted: true });
  const running = runs.filter((run) => run.status === "RUNNING" && run.deletedAt === null);
  if (running.length > 0)
    throw new AlreadyActiveError(
      `Cannot delete experiment "${experiment.name}": ${running.length === 1 ? "a run of it is" : `${running.length} of its runs are`} running\n${running.slice(0, 3).map(describeRunning).join("\n")}\n  end ${running.length === 1 ? "it" : "them"} first: await R.endExp()`,
    );
  // Later than any single deletion before it: restoring brings back just what was deleted together.
  const deletedAt = Math.max(Date.now(), ...runs.map((run) => (run.deletedAt ?? 0) + 1));
  const alive = runs.filter((run) => run.deletedAt === null);
  live.store.append([
    { e: "experiment", experiment: experiment.id, deletedAt },
    ...alive.map(({ id: r }) => ({ e: "run", r, deletedAt }) as const),
  ]);
  await lookAgain(live, runs);
}

/**
 * Brings a deleted experiment back, with the runs that were deleted together with it.
 *
 * @throws ExpNotFoundError when no deleted experiment has the id or name. @throws ExpAlreadyExistsError when its name is
 * another one's by now.
 */
export async function restoreExperiment(
  live: LiveObjects,
  { id, name }: { id: string | undefined; name: string | undefined },
): Promise<Experiment> {
  const all = await live.listExperiments({ includeDeleted: true });
  const deleted = all.filter(({ row }) => row.deletedAt !== null);
  const found = deleted.filter(({ row }) => (id === undefined ? row.name === name : row.id === id)).at(-1);
  if (found === undefined)
    throw new ExpNotFoundError(
      `Cannot restore experiment "${id ?? name}": no deleted experiment has this ${id === undefined ? "name" : "id"}\n  deleted: ${[...new Set(deleted.map(({ row }) => row.name))].join(", ") || "none"}`,
    );
  const { row, experiment } = found;
  const other = all.find((each) => each.row.deletedAt === null && each.row.name === row.name);
  if (other)
    throw new ExpAlreadyExistsError(
      `Cannot restore experiment "${row.name}": another experiment has this name by now\n  id: ${other.row.id}\n  delete that one first, or leave this one deleted and list its runs with { experimentId: "${row.id}", includeDeleted: true }`,
    );
  const runs = await findRuns(live.store, { experimentId: row.id, includeDeleted: true });
  const together = runs.filter((run) => run.deletedAt === row.deletedAt);
  live.store.append([
    { e: "experiment", experiment: row.id, deletedAt: null },
    ...together.map(({ id: r }) => ({ e: "run", r, deletedAt: null }) as const),
  ]);
  await lookAgain(live, runs);
  return experiment;
}

/** @throws AlreadyActiveError when it is running, in whichever process. */
export async function deleteRun(live: LiveObjects, recorder: Recorder): Promise<void> {
  const [row] = await findRuns(live.store, { ids: [recorder.id] });
  if (row?.status === "RUNNING")
    throw new AlreadyActiveError(
      `Cannot delete run "${row.name}": it is running\n${describeRunning(row)}\n  end it first: await R.endExp()`,
    );
  live.store.append({ e: "run", r: recorder.id, deletedAt: Date.now() });
  await live.findRecorders({ ids: [recorder.id] });
}

/** @throws RecorderNotFoundError when no run of the name is deleted. */
export async function newestDeleted(experiment: Experiment, name: string): Promise<Recorder> {
  const runs = await experiment.listRecorders({ includeDeleted: true });
  const found = runs.find((run) => run.name === name && run.deletedAt !== undefined);
  if (found) return found;
  throw new RecorderNotFoundError(
    `Cannot restore run "${name}": no deleted run of experiment "${experiment.name}" has this name\n  to see all: await R.listRecorders({ experimentName: "${experiment.name}", includeDeleted: true })`,
  );
}

/** @throws RecorderNotFoundError when it is not deleted, or its whole experiment is. */
export async function restoreRun(live: LiveObjects, recorder: Recorder): Promise<Recorder> {
  if (recorder.deletedAt === undefined)
    throw new RecorderNotFoundError(`Cannot restore run "${recorder.name}" (${recorder.id}): it is not deleted`);
  const experiment = await live.findExperiment({ id: recorder.experimentId }, { includeDeleted: true });
  if (experiment?.deletedAt !== undefined)
    throw new RecorderNotFoundError(
      `Cannot restore run "${recorder.name}" (${recorder.id}): its experiment "${experiment.name}" is deleted\n  restore that: await R.restoreExp({ experimentId: "${experiment.id}" })`,
    );
  live.store.append({ e: "run", r: recorder.id, deletedAt: null });
  return (await live.findRecorders({ ids: [recorder.id] }))[0]!;
}

/** Experiments and recorders that this process holds learn of the change. */
async function lookAgain(live: LiveObjects, runs: readonly RunRow[]): Promise<void> {
  await live.listExperiments();
  await live.refreshHeld(runs.map(({ id }) => id));
}

const describeRunning = ({ name, id, pid, host }: RunRow) =>
  `  running: "${name}" (${id}), in process ${pid ?? "?"} on ${host ?? "?"}`;
