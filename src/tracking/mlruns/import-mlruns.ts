import { createHash } from "node:crypto";
import { statSync } from "node:fs";
import path from "node:path";
import { stringify } from "uuid";
import { InvalidArgumentError, StoreError } from "../../errors.js";
import { host } from "../../host/host.js";
import type { StoreEvent } from "../../store/events.js";
import { readPoints, type MetricPoint } from "../../store/known-points.js";
import { findRuns, readArtifacts, readParams, readTags } from "../../store/run-queries.js";
import type { Store } from "../../store/store.js";
import { R } from "../r.js";
import { findMlruns, findMlrunsExperiments, type MlrunsExperiment } from "./find-experiments.js";
import { ImportSummary, type ImportCounts } from "./import-summary.js";
import { readRun, UNFINISHED, type MlrunsRun, type SkippedFile } from "./read-run.js";

/**
 * Brings the runs of an MLflow file store, such as Qlib writes, into the history: params, metrics with every point,
 * tags, status, times, who ran them, and artifacts as files.
 *
 *     await importMlruns("examples/mlruns")
 *
 * Runs keep their ids, names and times; experiments are found or made by name, deleted ones come as deleted. Values of
 * params and tags stay the texts that MLflow keeps. Pickled artifacts are kept as files and listed; nothing in them is
 * run. A second import brings only what is new; a run that had no end (it was `RUNNING`, and is `FAILED`, "imported
 * while running") goes on where it stood. What cannot be read is skipped, counted and named.
 *
 * @param folder The store's folder (`mlruns`), or the one it lies in. It is only read.
 * @throws InvalidArgumentError when it is no such folder.
 */
export async function importMlruns(folder: string): Promise<ImportSummary> {
  const mlruns = findMlruns(folder);
  const skipped: SkippedFile[] = [];
  const skip = (file: string, reason: string) =>
    void skipped.push({ path: path.relative(mlruns, file).split(path.sep).join("/"), reason });
  const experiments = findMlrunsExperiments(mlruns, skip);
  const store = R.store;
  const ids = experiments.flatMap(({ runFolders }) => runFolders.map((each) => path.basename(each)));
  const before = await lookAt(store, ids);
  const importer = new Importer(store, before, skip);
  const progress = host.progress("Importing runs", ids.length);
  let done = 0;
  try {
    for (const experiment of experiments) {
      if (importer.isPresent(experiment)) continue;
      const experimentId = await importer.experiment(experiment);
      for (const runFolder of experiment.runFolders) {
        await host.breathe();
        await importer.run(runFolder, experimentId, experiment.deletedAt);
        progress.update(++done);
      }
    }
  } finally {
    progress.end();
  }
  store.flush();
  return new ImportSummary(mlruns, importer.counts, { pickles: importer.pickles, skipped });
}

/** Events of one line of the log. */
const EVENTS_AT_ONCE = 5_000;

interface KnownRuns {
  /** Runs that are here whole. */
  readonly complete: ReadonlySet<string>;
  /** Runs that had no end when they came. */
  readonly unfinished: ReadonlySet<string>;
  /** Points of all others that are here, of an import that was broken off too. */
  readonly points: ReadonlyMap<string, readonly MetricPoint[]>;
}

async function lookAt(store: Store, ids: readonly string[]): Promise<KnownRuns> {
  const rows = ids.length ? await findRuns(store, { ids, includeDeleted: true }) : [];
  const unfinished = new Set(rows.filter(({ reason }) => reason === UNFINISHED).map(({ id }) => id));
  const complete = new Set(rows.filter(({ id, attempts }) => attempts > 0 && !unfinished.has(id)).map(({ id }) => id));
  const open = ids.filter((id) => !complete.has(id));
  return { complete, unfinished, points: open.length ? await readPoints(store, open) : new Map() };
}

class Importer {
  readonly counts: { -readonly [key in keyof ImportCounts]: number } = {
    experiments: 0,
    runs: 0,
    continued: 0,
    present: 0,
    params: 0,
    points: 0,
    tags: 0,
    artifacts: 0,
    bytes: 0,
  };
  readonly pickles: string[] = [];
  readonly #store: Store;
  readonly #known: KnownRuns;
  readonly #skip: (file: string, reason: string) => void;
  readonly #seen = new Set<string>();

  constructor(store: Store, known: KnownRuns, skip: (file: string, reason: string) => void) {
    this.#store = store;
    this.#known = known;
    this.#skip = skip;
  }

  /** Whether an earlier import has brought all of its runs: then it is here, under whatever name by now. */
  isPresent({ runFolders }: MlrunsExperiment): boolean {
    const here = runFolders.every((folder) => this.#known.complete.has(path.basename(folder)));
    if (runFolders.length === 0 || !here) return false;
    this.counts.present += runFolders.length;
    return true;
  }

  /** Found by its name; a deleted one by what it was. */
  async experiment({ id, name, createdAt, deletedAt }: MlrunsExperiment): Promise<string> {
    const all = await R.listExperiments({ includeDeleted: true });
    if (deletedAt === undefined) {
      const known = all.find((each) => each.name === name && each.deletedAt === undefined);
      if (known) return known.id;
      const made = await R.createExp({ experimentName: name });
      if (createdAt !== undefined) this.#store.append({ e: "experiment", experiment: made.id, createdAt });
      this.counts.experiments++;
      return made.id;
    }
    const own = deletedExperimentId(id, name, createdAt);
    if (!all.some((each) => each.id === own)) {
      this.#store.append({ e: "experiment", experiment: own, name, createdAt: createdAt ?? deletedAt, deletedAt });
      this.counts.experiments++;
    }
    return own;
  }

  /** Files first, the run's own row last: an import that is broken off leaves no run that seems whole. */
  async run(folder: string, experimentId: string, experimentDeletedAt: number | undefined): Promise<void> {
    const id = path.basename(folder);
    if (this.#seen.has(id)) return this.#skip(folder, "another run of this store has the same id");
    this.#seen.add(id);
    if (this.#known.complete.has(id)) return void this.counts.present++;
    const run = readRun(folder, this.#skip);
    if (run === undefined) return;
    const wentOn = this.#known.unfinished.has(id);
    const changes = [...(await this.#files(run, folder)), ...this.#points(run), ...(await this.#texts(run, wentOn))];
    if (wentOn && changes.length === 0 && run.reason === UNFINISHED) return void this.counts.present++;
    if (wentOn) this.counts.continued++;
    else this.counts.runs++;
    const events: StoreEvent[] = [...changes, ...rowEvents(run, experimentId, experimentDeletedAt)];
    for (let from = 0; from < events.length; from += EVENTS_AT_ONCE) {
      await host.breathe();
      this.#store.append(events.slice(from, from + EVENTS_AT_ONCE));
    }
  }

  async #files(run: MlrunsRun, folder: string): Promise<StoreEvent[]> {
    const files = this.#artifactsOf(run, folder);
    if (files === undefined) return [];
    const rows = this.#known.unfinished.has(run.id) ? await readArtifacts(this.#store, run.id) : [];
    const sizes = new Map(rows.map(({ name, bytes }) => [name, bytes]));
    const events: StoreEvent[] = [];
    for (const { name, file, isPickle } of run.artifacts) {
      await host.breathe();
      try {
        if (sizes.has(name) && sizes.get(name) === statSync(file).size) continue;
        const written = await files.copyIn(name, file);
        events.push({ e: "a", r: run.id, name, kind: "file", ...written });
        this.counts.artifacts++;
        this.counts.bytes += written.bytes;
        if (isPickle) this.pickles.push(`${run.id}/${name}`);
      } catch (error) {
        if (!(error instanceof InvalidArgumentError || error instanceof StoreError)) throw error;
        this.#skip(file, error.message.split("\n")[0]!);
      }
    }
    return events;
  }

  #artifactsOf(run: MlrunsRun, folder: string) {
    if (run.artifacts.length === 0) return undefined;
    try {
      return this.#store.artifacts(run.id);
    } catch (error) {
      this.#skip(folder, (error as Error).message.split("\n")[0]!);
      return undefined;
    }
  }

  /** Points that are not here yet; the same point twice is two. */
  #points(run: MlrunsRun): StoreEvent[] {
    const here = new Map<string, number>();
    for (const point of this.#known.points.get(run.id) ?? []) here.set(keyOf(point), (here.get(keyOf(point)) ?? 0) + 1);
    const fresh = run.points.filter((point) => {
      const left = here.get(keyOf(point)) ?? 0;
      if (left > 0) here.set(keyOf(point), left - 1);
      return left === 0;
    });
    this.counts.points += fresh.length;
    return fresh.map(({ key, step, time, value }) => ({ e: "m", r: run.id, k: key, s: step, v: value, at: time }));
  }

  async #texts(run: MlrunsRun, wentOn: boolean): Promise<StoreEvent[]> {
    const none = new Map<string, unknown>();
    const params = (wentOn && (await readParams(this.#store, [run.id])).get(run.id)) || none;
    const tags = (wentOn && (await readTags(this.#store, [run.id])).get(run.id)) || none;
    const newParams = [...run.params].filter(([key]) => !params.has(key));
    const newTags = [...run.tags].filter(([key]) => !tags.has(key));
    this.counts.params += newParams.length;
    this.counts.tags += newTags.length;
    return [
      ...newParams.map(([k, v]): StoreEvent => ({ e: "p", r: run.id, k, v })),
      ...newTags.map(([k, v]): StoreEvent => ({ e: "g", r: run.id, k, v })),
    ];
  }
}

function rowEvents(run: MlrunsRun, experimentId: string, experimentDeletedAt: number | undefined): StoreEvent[] {
  const { id, name, status, reason, startTime, endTime, userName, tags } = run;
  const deletedAt = run.deletedAt ?? experimentDeletedAt;
  const [commit, branch, parent] = ["source.git.commit", "source.git.branch", "parentRunId"].map((tag) =>
    tags.get(`mlflow.${tag}`),
  );
  const times = { ...(startTime !== undefined && { startTime }), ...(endTime !== undefined && { endTime }) };
  return [
    { e: "attempt", r: id, attempt: 1, status, reason, ...times },
    {
      e: "run",
      r: id,
      experiment: experimentId,
      name,
      status,
      reason,
      ...times,
      ...(userName && { userName }),
      ...(commit && { gitCommit: commit }),
      ...(branch && { gitBranch: branch }),
      ...(parent && { parentRun: parent }),
      ...(deletedAt !== undefined && { deletedAt }),
    },
  ];
}

const keyOf = ({ key, step, time, value }: MetricPoint) => `${step} ${time} ${value} ${key}`;

/** The same for the same experiment of the same store, and no other's. */
function deletedExperimentId(id: string, name: string, createdAt: number | undefined): string {
  const bytes = createHash("sha256")
    .update(`mlruns\0${id}\0${createdAt ?? ""}\0${name}`)
    .digest()
    .subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return stringify(bytes);
}
