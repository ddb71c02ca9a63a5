import { existsSync } from "node:fs";
import { quotedString } from "../engine/sql-quote.js";
import { openEngine, type Engine } from "../engine/engine.js";
import { InterruptedError, StoreError } from "../errors.js";
import { host, type Progress } from "../host/host.js";
import { Activity } from "./activity.js";
import { ArtifactViews } from "./artifact-views.js";
import { EMPTY_BASE, liveViews, shownViews, TAIL_TABLES } from "./catalog-tables.js";
import { deltaFilesOf, foldDeltas, noteActivity, noteKeys, noteStoredColumns, textsAt } from "./delta.js";
import { fold } from "./fold.js";
import { LogTail, type GrownFile, type LogPart } from "./log-tail.js";
import { baseFile, type Manifest } from "./manifest.js";
import { findRunning, verdictsOn, type RunningRun } from "./orphans.js";
import { ATTEMPT } from "./patch-kinds.js";
import { WideColumns } from "./runs-wide.js";
import { heardUntil } from "./team/team-state.js";
import { Staging } from "./staging.js";
import type { StoreEvent } from "./events.js";

/** Part of the machine's memory for the tables of the history. */
const MEMORY_SHARE = 0.25;
/** Events folded at once: enough to be quick, few enough to let an interrupt through. */
const FOLD_EVENTS = 200_000;
const LONG_BACKLOG_BYTES = 20_000_000;

export interface GenerationOptions {
  /** Shuts the engine off from everything outside the store's folder, for statements of users. Default true. */
  readonly lock?: boolean;
  /** Such as `2GB`. */
  readonly memoryLimit?: string | undefined;
}

/**
 * One generation of the store in a DuckDB of its own: the base attached for reading, the deltas folded over it, the logs followed
 * from where the deltas end. A newer generation is another object, so that statements under way end on the one they began with.
 */
export class Generation {
  readonly manifest: Manifest;
  readonly engine: Engine;
  readonly tail: LogTail;
  readonly activity = new Activity();
  readonly wide = new WideColumns();
  readonly artifacts: ArtifactViews;
  /** The keys of `wide` are all in the view `runs_wide`. */
  wideIsCurrent = false;
  /** Known until an event changes a run. */
  #running: readonly RunningRun[] | undefined;
  #users = 0;
  #isRetired = false;
  readonly #root: string;

  private constructor(root: string, manifest: Manifest, engine: Engine) {
    this.#root = root;
    this.manifest = manifest;
    this.engine = engine;
    this.tail = new LogTail(root, manifest);
    this.artifacts = new ArtifactViews(engine, root);
  }

  /** @throws StoreError when a file of the manifest is gone (then a newer manifest is there) or cannot be read. */
  static async open(root: string, manifest: Manifest, options: GenerationOptions = {}): Promise<Generation> {
    const engine = await openEngine({ memoryShare: MEMORY_SHARE });
    const generation = new Generation(root, manifest, engine);
    try {
      await generation.#load(root, options);
    } catch (error) {
      engine.close();
      const message = error instanceof Error ? error.message : String(error);
      throw new StoreError(`Cannot read generation ${manifest.generation} of store ${root}: ${message}`, {
        cause: error,
      });
    }
    return generation;
  }

  /** Folds what the logs hold beyond what is folded. */
  async follow(signal: AbortSignal | null): Promise<void> {
    const grown = this.tail.grown();
    const backlog = grown.reduce((sum, { bytes }) => sum + bytes, 0);
    const progress = backlog > LONG_BACKLOG_BYTES ? host.progress("Reading the store's log", backlog) : undefined;
    try {
      await this.#readGrown(grown, signal, progress);
    } finally {
      progress?.end();
    }
  }

  /** Verdicts on running runs whose owner is dead. */
  async verdicts(): Promise<StoreEvent[]> {
    this.#running ??= await findRunning(this.engine);
    return verdictsOn(this.#running, this.activity, heardUntil(this.#root, Date.now()));
  }

  /** Work on the engine; a retired generation goes when the last work ends. */
  async use<T>(work: (engine: Engine) => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await work(this.engine);
    } finally {
      if (--this.#users === 0 && this.#isRetired) this.engine.close();
    }
  }

  retire(): void {
    this.#isRetired = true;
    if (this.#users === 0) this.engine.close();
  }

  async #load(root: string, { lock = true, memoryLimit }: GenerationOptions): Promise<void> {
    const { base, deltas } = this.manifest;
    const points = deltaFilesOf(root, deltas, "metrics");
    for (const file of points) if (!existsSync(file)) throw new Error(`${file} is gone`);
    await this.engine.withConnection(async (connection) => {
      const attach = base === null ? EMPTY_BASE : [`ATTACH ${quotedString(baseFile(root, base))} AS base (READ_ONLY)`];
      const views = [...liveViews(points), ...shownViews("live"), "CREATE SCHEMA artifact"];
      await connection.run([...attach, ...TAIL_TABLES, ...views].join(";\n"));
    });
    const ask = (sql: string) => this.engine.query(sql, [], { signal: null });
    if (base !== null) {
      noteActivity(
        await ask(
          `SELECT run_id, writer, t, heartbeat FROM base.state.activity WHERE run_id IN (SELECT run_id FROM base.state.runs WHERE status = 'RUNNING')`,
        ),
        this.activity,
      );
      for (const table of ["runs_events", "attempts_events"])
        for (const run of textsAt(
          await ask(`SELECT DISTINCT run_id FROM base.state.${table} WHERE by_finder`),
          "run_id",
        ))
          this.activity.noteJudged(run);
      noteKeys(await ask("FROM base.state.keys"), this.wide);
      noteStoredColumns(await ask("FROM base.state.wide_columns"), this.wide);
    }
    if (deltas.length) this.wide.noteContinued();
    await foldDeltas(this.engine, root, this.manifest, this.activity, this.wide);
    this.artifacts.touch(textsAt(await ask("SELECT DISTINCT name FROM live.artifacts"), "name"));
    if (!lock) return;
    await this.engine.withConnection(async (connection) => {
      for (const sql of [
        ...(memoryLimit === undefined ? [] : [`SET memory_limit = ${quotedString(memoryLimit)}`]),
        `SET allowed_directories = [${quotedString(`${root}/`)}]`,
        "SET enable_external_access = false",
        "SET lock_configuration = true",
      ])
        await connection.run(sql);
    });
  }

  async #readGrown(
    grown: readonly GrownFile[],
    signal: AbortSignal | null,
    progress: Progress | undefined,
  ): Promise<void> {
    let staging = new Staging();
    let parts: LogPart[] = [];
    let done = 0;
    for (const file of grown) {
      const part = this.tail.read(file);
      done += file.bytes;
      if (!part) continue;
      staging.add(part);
      this.activity.add(part);
      parts.push(part);
      if (staging.size < FOLD_EVENTS) continue;
      await this.#fold(staging, parts);
      [staging, parts] = [new Staging(), []];
      progress?.update(done);
      if (signal?.aborted) throw new InterruptedError();
    }
    if (parts.length) await this.#fold(staging, parts);
  }

  async #fold(staging: Staging, parts: readonly LogPart[]): Promise<void> {
    if (staging.size) await fold(this.engine, staging, this.activity, this.manifest.base !== null);
    for (const part of parts) this.tail.consume(part);
    if (staging.touchedRuns(this.activity).size || staging.runsOf(ATTEMPT).length || staging.purged.size)
      this.#running = undefined;
    if (this.wide.add(staging)) this.wideIsCurrent = false;
    this.artifacts.touch(staging.tableArtifacts());
  }
}
