import type { EngineTable } from "../engine/columns.js";
import type { SqlValue } from "../engine/engine.js";
import { SqlError, StoreError, WorkflowError } from "../errors.js";
import { host } from "../host/host.js";
import type { StoreEvent } from "./events.js";
import type { Snapshot } from "./export-database.js";
import { reason } from "./format.js";
import { Generation, type GenerationOptions } from "./generation.js";
import type { StoreProblem } from "./log-tail.js";
import { newestGeneration, readNewestManifest } from "./manifest.js";
import { checkReadingStatement } from "./statement-guard.js";

export interface SqlOptions {
  /** Stops the statement; default the running cell's or command's; null for what nothing may stop. */
  readonly signal?: AbortSignal | null;
  /** The engine's plan instead of the rows; with `analyze` the statement is run for it. */
  readonly explain?: "plan" | "analyze";
}

/**
 * The tables over base, deltas and logs, in a DuckDB of their own: locked, without access to files outside the store, so that a
 * user's statement reaches nothing but them.
 */
export class Catalog {
  readonly #root: string;
  readonly #append: (events: readonly StoreEvent[]) => void;
  readonly #memoryLimit: string | undefined;
  #now: Generation;
  #wideFailure: string | undefined;
  #turn: Promise<void> = Promise.resolve();
  #verdictFailure: string | undefined;

  private constructor(
    root: string,
    now: Generation,
    append: (events: readonly StoreEvent[]) => void,
    memoryLimit: string | undefined,
  ) {
    this.#root = root;
    this.#memoryLimit = memoryLimit;
    this.#now = now;
    this.#append = append;
  }

  static async open(
    root: string,
    append: (events: readonly StoreEvent[]) => void,
    memoryLimit?: string,
  ): Promise<Catalog> {
    return new Catalog(root, await openNewest(root, { memoryLimit }), append, memoryLimit);
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
    const now = this.#now;
    try {
      return await now.use((engine) =>
        engine.queryPrepared(
          asked,
          params,
          async (connection) => {
            const prepared = await checkReadingStatement(connection, text);
            if (explain === undefined) return prepared;
            prepared?.destroySync();
            return undefined;
          },
          { signal },
        ),
      );
    } catch (error) {
      // A file of an artifact has been deleted since the view was made: once more without it.
      if (!(error instanceof SqlError) || !/IO Error/.test(error.message) || !/artifact/i.test(text))
        throw this.#withArtifactNames(error);
      now.artifacts.invalidate();
      await this.#inTurn(() => this.#prepare(text, signal));
      return this.#now.use((engine) => engine.query(asked, params, { signal }));
    }
  }

  /** Several answers of one moment: nothing is followed while `work` asks. */
  async snapshot(root: string, work: (snapshot: Snapshot) => Promise<void>): Promise<void> {
    await this.#inTurn(async () => {
      await this.#prepare("", host.signal);
      const { engine, artifacts } = this.#now;
      await work({
        root,
        ask: (text) => engine.query(text),
        artifactNames: () => artifacts.names(),
        artifactFiles: (name) => artifacts.files(name),
      });
    });
  }

  /** Verdicts on running runs whose owner is dead, not written yet: the next question would write them. */
  async orphans(): Promise<StoreEvent[]> {
    let verdicts: StoreEvent[] = [];
    await this.#inTurn(async () => {
      await this.#follow(null);
      verdicts = await this.#now.verdicts();
    });
    return verdicts;
  }

  problems(): StoreProblem[] {
    const missing = this.#now.artifacts
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
    return [...this.#now.tail.problems(), ...missing, ...verdicts, ...wide];
  }

  close(): void {
    this.#now.retire();
  }

  async #prepare(text: string, signal: AbortSignal | null): Promise<void> {
    await this.#refresh(signal);
    if (!this.#now.wideIsCurrent) await this.#makeWide(this.#now);
    await this.#now.artifacts.prepare(text);
  }

  /** A key that SQL will not take as a column must not take the whole history away. */
  async #makeWide(now: Generation): Promise<void> {
    now.wideIsCurrent = true;
    this.#wideFailure = undefined;
    try {
      await now.engine.run(now.wide.view(), [], { signal: null });
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

  /** A log that went away while it was to be read is part of a newer generation, so the newest must be the one that followed. */
  async #follow(signal: AbortSignal | null): Promise<void> {
    for (let isNewest = false; !isNewest; isNewest = newestGeneration(this.#root) <= this.#now.manifest.generation) {
      if (newestGeneration(this.#root) > this.#now.manifest.generation) {
        const before = this.#now;
        this.#now = await openNewest(this.#root, { memoryLimit: this.#memoryLimit });
        before.retire();
      }
      await this.#now.follow(signal);
    }
  }

  /** Writes a verdict for each running run whose owner is dead; true when there was one. */
  async #judgeOrphans(): Promise<boolean> {
    const verdicts = await this.#now.verdicts();
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
    const names = this.#now.artifacts.names();
    return names.length
      ? new SqlError(`${error.message}\n  table artifacts: ${names.sort().join(", ")}`, { cause: error.cause })
      : error;
  }
}

/** The newest generation; files of an older one may go while it is opened. */
export async function openNewest(root: string, options: GenerationOptions = {}): Promise<Generation> {
  for (;;) {
    const manifest = readNewestManifest(root);
    try {
      return await Generation.open(root, manifest, options);
    } catch (error) {
      if (newestGeneration(root) === manifest.generation) throw error;
    }
  }
}
