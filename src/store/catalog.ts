import { quotedString } from "@duckdb/node-api";
import type { EngineTable } from "../engine/columns.js";
import { openEngine, type Engine, type SqlValue } from "../engine/engine.js";
import { InterruptedError, SqlError, StoreError, WorkflowError } from "../errors.js";
import { host, type Progress } from "../host/host.js";
import { Activity } from "./activity.js";
import { ArtifactViews } from "./artifact-views.js";
import { CATALOG_TABLES } from "./catalog-tables.js";
import type { StoreEvent } from "./events.js";
import type { Snapshot } from "./export-database.js";
import { fold } from "./fold.js";
import { reason } from "./format.js";
import type { GrownFile, LogPart, LogTail, StoreProblem } from "./log-tail.js";
import { ATTEMPT } from "./patch-kinds.js";
import { findRunning, verdictsOn, type RunningRun } from "./orphans.js";
import { WideColumns } from "./runs-wide.js";
import { Staging } from "./staging.js";
import { checkReadingStatement } from "./statement-guard.js";

export interface SqlOptions {
  /** Stops the statement; default the running cell's or command's; null for what nothing may stop. */
  readonly signal?: AbortSignal | null;
  /** The engine's plan instead of the rows; with `analyze` the statement is run for it. */
  readonly explain?: "plan" | "analyze";
}

/** Part of the machine's memory for the tables of the history. */
const MEMORY_SHARE = 0.25;
/** Events folded at once: enough to be quick, few enough to let an interrupt through. */
const FOLD_EVENTS = 200_000;
const LONG_BACKLOG_BYTES = 20_000_000;

/**
 * The tables over the log, in a DuckDB of their own: locked, without access to files outside the store, so that a user's statement
 * reaches nothing but them.
 */
export class Catalog {
  readonly #engine: Engine;
  readonly #tail: LogTail;
  readonly #append: (events: readonly StoreEvent[]) => void;
  readonly #artifacts: ArtifactViews;
  readonly #activity = new Activity();
  readonly #wide = new WideColumns();
  #wideIsCurrent = false;
  #wideFailure: string | undefined;
  #turn: Promise<void> = Promise.resolve();
  /** Known until an event changes a run. */
  #running: readonly RunningRun[] | undefined;
  #verdictFailure: string | undefined;

  private constructor(engine: Engine, root: string, tail: LogTail, append: (events: readonly StoreEvent[]) => void) {
    this.#engine = engine;
    this.#tail = tail;
    this.#append = append;
    this.#artifacts = new ArtifactViews(engine, root);
  }

  static async open(
    root: string,
    tail: LogTail,
    append: (events: readonly StoreEvent[]) => void,
    memoryLimit?: string,
  ): Promise<Catalog> {
    const engine = await openEngine({ memoryShare: MEMORY_SHARE });
    await engine.withConnection(async (connection) => {
      for (const sql of CATALOG_TABLES) await connection.run(sql);
      for (const sql of [
        ...(memoryLimit === undefined ? [] : [`SET memory_limit = ${quotedString(memoryLimit)}`]),
        `SET allowed_directories = [${quotedString(`${root}/`)}]`,
        "SET enable_external_access = false",
        "SET lock_configuration = true",
      ])
        await connection.run(sql);
    });
    return new Catalog(engine, root, tail, append);
  }

  /** Follows the logs; calls take turns, so that each sees what was logged before it. */
  refresh(): Promise<void> {
    return this.#inTurn(() => this.#refresh(null));
  }

  async sql(
    text: string,
    params: readonly SqlValue[],
    { signal = host.signal, explain }: SqlOptions,
  ): Promise<EngineTable> {
    const asked = explain === undefined ? text : `EXPLAIN ${explain === "analyze" ? "ANALYZE " : ""}${text}`;
    await this.#inTurn(() => this.#prepare(text, signal));
    try {
      await this.#engine.withConnection((connection) => checkReadingStatement(connection, text));
      return await this.#engine.query(asked, params, { signal });
    } catch (error) {
      // A file of an artifact has been deleted since the view was made: once more without it.
      if (!(error instanceof SqlError) || !/IO Error/.test(error.message) || !/artifact/i.test(text))
        throw this.#withArtifactNames(error);
      this.#artifacts.invalidate();
      await this.#inTurn(() => this.#prepare(text, signal));
      return this.#engine.query(asked, params, { signal });
    }
  }

  /** Several answers of one moment: nothing is followed while `work` asks. */
  async snapshot(root: string, work: (snapshot: Snapshot) => Promise<void>): Promise<void> {
    await this.#inTurn(async () => {
      await this.#prepare("", host.signal);
      await work({
        root,
        ask: (text) => this.#engine.query(text),
        artifactNames: () => this.#artifacts.names(),
        artifactFiles: (name) => this.#artifacts.files(name),
      });
    });
  }

  /** Verdicts on running runs whose owner is dead, not written yet: the next question would write them. */
  async orphans(): Promise<StoreEvent[]> {
    let verdicts: StoreEvent[] = [];
    await this.#inTurn(async () => {
      await this.#follow(null);
      verdicts = await this.#verdicts();
    });
    return verdicts;
  }

  problems(): StoreProblem[] {
    const missing = this.#artifacts
      .missing()
      .map(({ name, count }) => ({
        file: `artifact "${name}"`,
        count,
        what: "files that the log names are missing and were left out",
      }));
    const verdicts =
      this.#verdictFailure === undefined
        ? []
        : [{ file: "log", count: 1, what: `runs whose owner died could not be marked: ${this.#verdictFailure}` }];
    const wide =
      this.#wideFailure === undefined
        ? []
        : [{ file: "runs_wide", count: 1, what: `the view lacks the newest keys: ${this.#wideFailure}` }];
    return [...missing, ...verdicts, ...wide];
  }

  close(): void {
    this.#engine.close();
  }

  async #prepare(text: string, signal: AbortSignal | null): Promise<void> {
    await this.#refresh(signal);
    if (!this.#wideIsCurrent) await this.#makeWide();
    await this.#artifacts.prepare(text);
  }

  /** A key that SQL will not take as a column must not take the whole history away. */
  async #makeWide(): Promise<void> {
    this.#wideIsCurrent = true;
    this.#wideFailure = undefined;
    try {
      await this.#engine.run(this.#wide.view(), [], { signal: null });
    } catch (error) {
      this.#wideFailure = reason(error);
    }
  }

  async #refresh(signal: AbortSignal | null): Promise<void> {
    try {
      await this.#follow(signal);
      if (await this.#judgeOrphans()) await this.#follow(signal);
    } catch (error) {
      throw error instanceof WorkflowError
        ? error
        : new StoreError(`Cannot read the store's log: ${reason(error)}`, { cause: error });
    }
  }

  async #follow(signal: AbortSignal | null): Promise<void> {
    const grown = this.#tail.grown();
    const backlog = grown.reduce((sum, { bytes }) => sum + bytes, 0);
    const progress = backlog > LONG_BACKLOG_BYTES ? host.progress("Reading the store's log", backlog) : undefined;
    try {
      await this.#readGrown(grown, signal, progress);
    } finally {
      progress?.end();
    }
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
      const part = this.#tail.read(file);
      done += file.bytes;
      if (!part) continue;
      staging.add(part);
      this.#activity.add(part);
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
    if (staging.size) await fold(this.#engine, staging, this.#activity);
    for (const part of parts) this.#tail.consume(part);
    if (staging.touchedRuns(this.#activity).size || staging.runsOf(ATTEMPT).length) this.#running = undefined;
    if (this.#wide.add(staging)) this.#wideIsCurrent = false;
    this.#artifacts.touch(staging.tableArtifacts());
  }

  /** Writes a verdict for each running run whose owner is dead; true when there was one. */
  async #judgeOrphans(): Promise<boolean> {
    const verdicts = await this.#verdicts();
    if (verdicts.length === 0) return false;
    try {
      this.#append(verdicts);
      this.#verdictFailure = undefined;
    } catch (error) {
      // A store that can only be read is still worth reading.
      this.#verdictFailure = reason(error);
      return false;
    }
    return true;
  }

  async #verdicts(): Promise<StoreEvent[]> {
    this.#running ??= await findRunning(this.#engine);
    return verdictsOn(this.#running, this.#activity, Date.now());
  }

  #inTurn(work: () => Promise<void>): Promise<void> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  #withArtifactNames(error: unknown): unknown {
    if (
      !(error instanceof SqlError) ||
      !/schema "?artifact|artifact\.|not exist/i.test(error.message) ||
      !/artifact/i.test(error.message)
    )
      return error;
    const names = this.#artifacts.names();
    return names.length
      ? new SqlError(`${error.message}\n  table artifacts: ${names.sort().join(", ")}`, { cause: error.cause })
      : error;
  }
}
