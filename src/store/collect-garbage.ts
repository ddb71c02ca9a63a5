import { readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import type { EngineTable } from "../engine/columns.js";
import { InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { ArtifactFolder } from "./artifact-folder.js";
import { textsAt } from "./delta.js";
import { FETCHED, sharingOf } from "./artifacts/artifact-sharing.js";
import type { PurgeEvent } from "./events.js";

export interface GcOptions {
  /** Only what was deleted at least so many days ago; default 30, 0 for everything deleted. */
  readonly olderThanDays?: number;
  /** Delete for good; default only say what would go. */
  readonly apply?: boolean;
}

/** What garbage collection takes, or would take. */
export interface GcReport {
  /** Ids of soft-deleted runs, and of all runs of soft-deleted experiments. */
  readonly runs: readonly string[];
  readonly experiments: readonly string[];
  /** Files of these runs. */
  readonly files: number;
  readonly bytes: number;
  readonly applied: boolean;
}

/** What garbage collection needs of a store. */
export interface GarbageSource {
  readonly root: string;
  ask(sql: string, params: readonly (string | Date)[]): Promise<EngineTable>;
  append(events: readonly PurgeEvent[]): void;
  flush(): void;
  compact(): Promise<unknown>;
}

const DAY_MS = 86_400_000;

/** Deletes for good what was deleted softly; see `Store.gc`. */
export async function collectGarbage(source: GarbageSource, options: GcOptions, now: number): Promise<GcReport> {
  const { olderThanDays = 30, apply = false } = options;
  if (!(olderThanDays >= 0))
    throw new InvalidArgumentError(`Cannot collect garbage: olderThanDays ${olderThanDays} is no number of at least 0`);
  const before = new Date(now - olderThanDays * DAY_MS);
  const experiments = textsAt(
    await source.ask("SELECT experiment_id FROM experiments WHERE deleted_at <= $1 ORDER BY experiment_id", [before]),
    "experiment_id",
  );
  const runs = textsAt(
    await source.ask(
      `SELECT r.run_id FROM runs r LEFT JOIN experiments e USING (experiment_id)
       WHERE r.status <> 'RUNNING' AND (r.deleted_at <= $1 OR e.deleted_at <= $1) ORDER BY r.run_id`,
      [before],
    ),
    "run_id",
  );
  // An experiment with a run at work stays until that has ended.
  const busy = new Set(
    textsAt(await source.ask("SELECT DISTINCT experiment_id FROM runs WHERE status = 'RUNNING'", []), "experiment_id"),
  );
  const gone = experiments.filter((id) => !busy.has(id));
  const report = { runs, experiments: gone, ...(await sizeOf(source.root, runs)), applied: apply };
  if (!apply || (runs.length === 0 && gone.length === 0)) return report;
  source.append([...runs, ...gone].map((id) => ({ e: "purge", id })));
  // Said before it is done: a crash in between leaves files without a run, which the doctor finds.
  source.flush();
  sharingOf(source.root).removeRuns(runs);
  for (const run of runs) {
    await host.breathe();
    for (const each of [source.root, path.join(source.root, FETCHED)])
      rmSync(folderOf(each, run), { recursive: true, force: true });
  }
  await source.compact();
  return report;
}

const folderOf = (root: string, run: string) => new ArtifactFolder(root, run).folder;

async function sizeOf(root: string, runs: readonly string[]): Promise<{ files: number; bytes: number }> {
  let [files, bytes] = [0, 0];
  for (const run of runs) {
    await host.breathe();
    for (const entry of entriesOf(folderOf(root, run))) {
      files++;
      bytes += statSync(entry, { throwIfNoEntry: false })?.size ?? 0;
    }
  }
  return { files, bytes };
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true, recursive: true }).flatMap((entry) =>
      entry.isFile() ? [path.join(entry.parentPath, entry.name)] : [],
    );
  } catch {
    return [];
  }
}
