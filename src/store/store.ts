import path from "node:path";
import type { EngineTable } from "../engine/columns.js";
import type { SqlValue } from "../engine/engine.js";
import { InvalidArgumentError, StoreError } from "../errors.js";
import { ArtifactFolder } from "./artifact-folder.js";
import { sharingOf, type ArtifactSharing, type LocalArtifact, type UploadState } from "./artifacts/artifact-sharing.js";
import type { ArtifactRef } from "./artifacts/artifact-store.js";
import type { MoveReport, RemoveOldReport } from "./artifacts/move-artifacts.js";
import { BackgroundCompaction } from "./background-compaction.js";
import type { Catalog, SqlOptions } from "./catalog.js";
import type { CompactionOptions, CompactionReport } from "./compaction.js";
import type { GcOptions, GcReport } from "./collect-garbage.js";
import type { DoctorFinding } from "./doctor.js";
import type { StoreEvent } from "./events.js";
import type { ExportOptions } from "./export-database.js";
import { checkFormat } from "./format.js";
import type { MergeReport } from "./merge-stores.js";
import { Heartbeat } from "./heartbeat.js";
import type { StoreProblem } from "./log-tail.js";
import { LogWriter } from "./log-writer.js";
import { findTeam } from "./team/team-address.js";
import { TeamLink } from "./team/team-link.js";

export type { DoctorFinding } from "./doctor.js";
export type { CompactionOptions, CompactionReport } from "./compaction.js";
export type { GcOptions, GcReport } from "./collect-garbage.js";
export type { MergeReport } from "./merge-stores.js";
export type { StoreProblem } from "./log-tail.js";
export type { LocalArtifact, UploadState } from "./artifacts/artifact-sharing.js";
export type { ArtifactRef } from "./artifacts/artifact-store.js";
export type { MoveReport, RemoveOldReport } from "./artifacts/move-artifacts.js";

/**
 * The history of all runs: a folder that any number of processes write and read at the same time, without a server or a lock.
 *
 * What is logged goes to this process's own log file at once; what is asked is answered by an in-memory DuckDB that follows the logs
 * of all processes. Tables (times TIMESTAMP, UTC): `experiments`, `runs`, `attempts`, `params` and `tags` (`value` is JSON text,
 * `params.num` the number or NULL), `metrics` (every point; NaN and ±∞ kept), `latest` (by greatest step, time, value; NaN as NULL),
 * `artifacts`; view `runs_wide`: one row per run that is not deleted, with columns `"p.<param>"`, `"m.<metric>"`, `"t.<tag>"`; schema
 * `artifact`: one view per table artifact over all runs, `run_id` first (`artifact.pred`, `artifact."sig_analysis/ic"`).
 *
 * With `ALPHABOOK_TEAM`, or a file `team.json` in the folder, stores on several hosts share one history by a PostgreSQL server: each
 * keeps all of it, answers alone, and records on while the server is away.
 */
export class Store {
  /** Absolute path of the store's folder. */
  readonly root: string;
  readonly #writer: LogWriter;
  readonly #background: BackgroundCompaction;
  readonly #heartbeat: Heartbeat;
  readonly #team: TeamLink | undefined;
  #catalog: Promise<Catalog> | undefined;
  #openCatalog: Catalog | undefined;
  #memoryLimit: string | undefined;
  #closed = false;

  private constructor(root: string) {
    this.root = root;
    this.#background = new BackgroundCompaction(root);
    this.#writer = new LogWriter(root, () => {
      this.#background.renewSnapshotAtEnd(this.#writer.writer);
      this.#background.consider();
    });
    this.#heartbeat = new Heartbeat(root, this.#writer.writer);
    const team = findTeam(root);
    this.#team = team === undefined ? undefined : new TeamLink(root, team);
  }

  /**
   * A store in a folder that may not exist yet; nothing is created before the first write.
   * @throws StoreError when the folder holds a newer format than this version reads.
   */
  static open(root: string): Store {
    const absolute = path.resolve(root);
    checkFormat(absolute);
    const store = new Store(absolute);
    store.sharing.resume();
    return store;
  }

  /**
   * Logs events, synchronously and all or none of them: when the call returns they survive `kill -9`, and within a second a power cut.
   * @returns The time that the log gives them, epoch ms; undefined when there are none.
   * @throws StoreError when they could not be written (disk full, no permission); earlier data are intact and the call may be repeated.
   */
  append(events: StoreEvent | readonly StoreEvent[]): number | undefined {
    if (Array.isArray(events) && events.length === 0) return undefined;
    this.sharing.note(events);
    const time = this.#writer.append(events);
    this.#team?.begin();
    return time;
  }

  /** Puts what was logged on the disk now: after it a power cut loses nothing. */
  flush(): void {
    this.#writer.flush();
  }

  /** Brings the tables up to what all processes have logged; runs whose owner died become FAILED, reason `orphaned`. */
  async refresh(): Promise<void> {
    await (await this.#getCatalog()).refresh();
  }

  /**
   * Answers a reading statement from everything logged up to now, by any process. Only reading statements run; a refused one says why.
   *
   * @param params Values of `$1`, `$2` …: a `Date` is a TIMESTAMP, an array a list.
   * @param signal Stops the statement; default the running cell's or command's.
   * @throws SqlError with DuckDB's message (candidate names included) and the statement.
   * @example
   * (await Store.open("/no/such/folder/yet").sql("SELECT count(*) + $1 AS n FROM runs", [2])).columns.get("n").values[0] // -> 2
   */
  async sql(text: string, params: readonly SqlValue[] = [], options: SqlOptions = {}): Promise<EngineTable> {
    const catalog = await this.#getCatalog();
    this.#background.consider();
    return catalog.sql(text, params, options);
  }

  /**
   * Sets the memory for the tables of the history and all questions to them, such as `2GB`; undefined for the default.
   * @throws InvalidArgumentError for a text that is no size, and when the store has been read already.
   */
  limitMemory(limit: string | undefined): void {
    if (limit === this.#memoryLimit) return;
    if (limit !== undefined && !/^\d+(\.\d+)? ?([KMGT]i?)?B$/i.test(limit))
      throw new InvalidArgumentError(`Cannot limit memory to "${limit}"\n  expected: a size such as 512MB or 2GB`);
    if (this.#catalog)
      throw new InvalidArgumentError(
        `Cannot limit memory to ${limit ?? "the default"}: store ${this.root} has been read already, and its limit is fixed\n  set it before the first run or question: in the notebook's first cell, or as ALPHABOOK_MEMORY_LIMIT`,
      );
    this.#memoryLimit = limit;
  }

  /** The files of one run. */
  artifacts(runId: string): ArtifactFolder {
    return new ArtifactFolder(this.root, runId);
  }

  /** Where the artifacts are kept, and what of them is still to go there. */
  get sharing(): ArtifactSharing {
    return sharingOf(this.root);
  }

  /**
   * The local file of an artifact; fetched first where artifacts are kept in a bucket and it is not here. See `ArtifactSharing.find`.
   * @throws MissingArtifactError, LoadObjectError, StoreError: it is nowhere, it is not what was saved, its place is not reached.
   */
  async artifactFile(artifact: ArtifactRef): Promise<LocalArtifact> {
    return this.sharing.find(artifact);
  }

  /**
   * Uploads the artifacts that wait for it, where artifacts are kept in a bucket; uploads go on by themselves anyway, this waits
   * for them.
   * @returns What is left, and why.
   * @example
   * (await Store.open("/no/such/folder/yet").uploads()).waiting // -> 0
   */
  async uploads(): Promise<UploadState> {
    return this.sharing.deliver();
  }

  /**
   * Moves the artifacts of all runs: to a bucket, to another, or back into the store's folder. Everything is copied, read there and
   * compared by its sha256; only then the store's processes are told. Ended in the middle, it is simply done again. The old
   * place keeps its files, so that moving back is quick, until {@link removeOldArtifacts}.
   *
   * @param to `s3://bucket/prefix?endpoint=…&region=…`, or `local`.
   * @throws StoreError for a bucket that is not reached, refuses, or holds the artifacts of another history.
   * @throws LoadObjectError for a file that is not what was saved.
   * @example
   * (await Store.open("/no/such/folder/yet").moveArtifacts("local")).artifacts // -> 0
   */
  async moveArtifacts(to: string): Promise<MoveReport> {
    const { moveArtifacts } = await import("./artifacts/move-artifacts.js");
    return moveArtifacts({ root: this.root, ask: (sql) => this.sql(sql, [], { signal: null }) }, to);
  }

  /**
   * Deletes the files that the last move left in the old place, of runs that are ended and complete in the present one. Cannot be
   * taken back, so it only says what would go unless `apply` is set.
   * @example
   * (await Store.open("/no/such/folder/yet").removeOldArtifacts()).files // -> 0
   */
  async removeOldArtifacts({ apply = false }: { readonly apply?: boolean } = {}): Promise<RemoveOldReport> {
    const { removeOldArtifacts } = await import("./artifacts/move-artifacts.js");
    return removeOldArtifacts({ root: this.root, ask: (sql) => this.sql(sql, [], { signal: null }) }, apply);
  }

  /** From now on a thread of its own writes a heartbeat for the run every 10 s, also while the main thread computes; returns what ends it. */
  keepAlive(runId: string): () => void {
    return this.#heartbeat.add(runId);
  }

  /** What was skipped while reading; empty for a healthy store. */
  problems(): StoreProblem[] {
    const away = this.#team?.problem;
    const team = away === undefined ? [] : [{ file: "team", count: 1, what: `others' runs are not followed: ${away}` }];
    return [...(this.#openCatalog?.problems() ?? []), ...team, ...uploadProblems(this.sharing.state())];
  }

  /**
   * Looks for what is not as it should be: dead runs that say they are running, torn ends of logs, lines that are no
   * events, artifacts without a file, files without an artifact. Data that were acknowledged are never touched; what a
   * repair takes away is moved to the folder `aside`. Files younger than an hour may belong to a run at work and are
   * left alone.
   *
   * @param options.repair Do what the findings' `repair` says; default only say it. (A dead run is marked in any case:
   * every question to the store does.)
   * @returns Nothing for a healthy store.
   */
  async doctor({ repair = false, now = Date.now() }: { repair?: boolean; now?: number } = {}): Promise<
    DoctorFinding[]
  > {
    const { examine } = await import("./doctor.js");
    return examine(
      {
        root: this.root,
        ask: (sql) => this.sql(sql),
        orphans: async () => {
          const verdicts = await (await this.#getCatalog()).orphans();
          return verdicts.flatMap((event) => (event.e === "run" ? [event.r] : []));
        },
      },
      { repair, now },
    );
  }

  /**
   * Writes the history as one DuckDB database for any other client: all tables and `runs_wide` (as a table), of one
   * moment, and table artifacts as tables of schema `artifact` when asked for. The file appears complete or not at all.
   *
   * @param file Such as `history.duckdb`.
   * @throws InvalidArgumentError when the file is there and `overwrite` is not set.
   * @throws UnknownNameError for a table artifact that no run has.
   */
  async exportDatabase(file: string, options: ExportOptions = {}): Promise<void> {
    const { exportDatabase } = await import("./export-database.js");
    await (await this.#getCatalog()).snapshot(this.root, (snapshot) => exportDatabase(snapshot, file, options));
  }

  /**
   * Turns what the logs hold into files that are read faster: small Parquet deltas, and, when these have grown to a quarter of it,
   * a new base. A process of its own does that by itself at 8 MB of logs, or 64; any number may, at any time.
   *
   * @param options.to `due` (the default): only when logs have grown long or many; `delta`; `base`.
   * @param options.graceMs How long superseded files stay for those who still read them; default 15 minutes.
   * @example
   * (await Store.open("/no/such/folder/yet").compact()).made // -> "none"
   */
  async compact(options: CompactionOptions = {}): Promise<CompactionReport> {
    const { compact } = await import("./compaction.js");
    return compact(this.root, options);
  }

  /**
   * Renews `runs.duckdb`, the database for other DuckDB clients, so that it holds everything logged up to now. It is a copy:
   * whatever a client does with it, no process of ours notices.
   * @returns Its path.
   */
  async refreshSnapshot(): Promise<string> {
    const { refreshSnapshot } = await import("./compaction.js");
    return refreshSnapshot(this.root);
  }

  /**
   * Deletes for good what was deleted softly a while ago: rows and artifacts of runs, and experiments. Cannot be taken back, so it
   * only says what would go unless `apply` is set. Whatever is logged to such a run later is not shown. Old logs and
   * generations that still hold the rows go after their grace time.
   *
   * @param options.olderThanDays Days since the deletion; default 30.
   * @example
   * (await Store.open("/no/such/folder/yet").gc()).runs.length // -> 0
   */
  async gc(options: GcOptions = {}): Promise<GcReport> {
    const { collectGarbage } = await import("./collect-garbage.js");
    return collectGarbage(
      {
        root: this.root,
        ask: (sql, params) => this.sql(sql, params, { signal: null }),
        append: (events) => this.append(events),
        flush: () => this.flush(),
        compact: () => this.compact({ to: "base" }),
      },
      options,
      Date.now(),
    );
  }

  /**
   * Takes in what another store has and this one has not: runs, points, later values, artifacts. Merging again adds nothing, and
   * a run that both have (one folder was copied) becomes the union of both. The other store is only read.
   *
   * @param other Folder of the other store.
   * @throws InvalidArgumentError when there is no store, or it is this one.
   */
  async merge(other: string): Promise<MergeReport> {
    const { mergeStores } = await import("./merge-stores.js");
    return mergeStores(this.root, path.resolve(other));
  }

  /** Ends the heartbeat and gives memory and files back; whatever was logged stays. */
  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    this.#heartbeat.close();
    this.#writer.close();
    await this.#team?.close();
    (await this.#catalog)?.close();
  }

  #getCatalog(): Promise<Catalog> {
    if (this.#closed)
      throw new StoreError(`Cannot read store ${this.root}: it was closed; open it again with Store.open`);
    // A failed attempt (no memory, a broken installation) may be repeated.
    return (this.#catalog ??= this.#open().catch((error: unknown) => {
      this.#catalog = undefined;
      throw error;
    }));
  }

  async #open(): Promise<Catalog> {
    // DuckDB is loaded when the first question is asked, not when the first line is logged.
    const [{ Catalog }] = await Promise.all([import("./catalog.js"), this.#team?.ready()]);
    return (this.#openCatalog = await Catalog.open(this.root, (events) => this.append(events), this.#memoryLimit));
  }
}

function uploadProblems({ waiting, problem, givenUp }: UploadState): StoreProblem[] {
  const lost = givenUp.map((what) => ({ file: "uploads", count: 1, what: `an artifact is not uploaded: ${what}` }));
  return problem === undefined
    ? lost
    : [...lost, { file: "uploads", count: waiting, what: `artifacts wait: ${problem}` }];
}
