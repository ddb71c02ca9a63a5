import { AsyncLocalStorage } from "node:async_hooks";
import { AlreadyActiveError, InterruptedError } from "../errors.js";
import { checkOptions } from "./check-options.js";
import { host, type CellEnd, type CellInfo, type Shutdown } from "../host/host.js";
import { watchCells } from "../host/executed-cells.js";
import { findStore } from "../store/find-store.js";
import { Store } from "../store/store.js";
import { readCodeState } from "./code-state.js";
import type { Experiment, RunChoice } from "./experiment.js";
import { LiveObjects } from "./live-objects.js";
import type { Recorder } from "./recorder.js";
import { DEFAULT_EXPERIMENT_NAME, checkEndStatus, type EndStatus } from "./recorder-info.js";
import { endBefore, endBy, endQuietly } from "./run-end.js";
import { describeCell, isSameCell, sourceFolder } from "./source-facts.js";
import { toFolder } from "./store-address.js";

/** Which run to start, where. */
export interface StartOptions extends RunChoice {
  /** Must exist. */
  readonly experimentId?: string;
  /** Made when there is none. Default `Experiment`. */
  readonly experimentName?: string;
  /** A store's folder (a path or a `file:` address) for this run; default that of `R.getUri()`. */
  readonly uri?: string;
}

const START_OPTIONS = [
  "experimentId",
  "experimentName",
  "recorderId",
  "recorderName",
  "uri",
  "resume",
] satisfies (keyof StartOptions)[];

/** An active run. */
export interface Active {
  readonly recorder: Recorder;
  readonly experiment: Experiment;
  /** The cell that started it. */
  readonly cell: CellInfo | undefined;
  /** The store's address, word for word as it was given. */
  readonly uri: string;
}

/** What one `R.start(options, body)` or `R.withUri(uri, body)` knows; found again in everything its body awaits. */
interface Scope {
  /** Undefined in `withUri` outside a scoped run. */
  readonly active: Active | undefined;
  /** Of the innermost `withUri` inside that run. */
  readonly uri?: string;
}

/** Which run is active, and what ends it. One per process; {@link R} is its face. */
export class ExpManager {
  readonly #scopes = new AsyncLocalStorage<Scope>();
  readonly #stores = new Map<string, LiveObjects>();
  #defaultUri: string | undefined;
  /** The run of `R.start(options)` without a body, or of a first write without a run. */
  #open: Active | undefined;
  #opening = false;
  #memoryLimit: string | undefined;
  #failedCell: CellInfo | undefined;
  #listening = false;

  /** The active run: of the scope this code runs in, else the open one. */
  get active(): Active | undefined {
    const scoped = this.#scopes.getStore()?.active;
    if (scoped?.recorder.status === "RUNNING") return scoped;
    return this.#open?.recorder.status === "RUNNING" ? this.#open : undefined;
  }

  /** The active run, when it is one of the store that lookups go to. */
  get activeHere(): Active | undefined {
    const { active } = this;
    return active && toFolder(active.uri) === toFolder(this.uri) ? active : undefined;
  }

  /** Of the innermost of `withUri`, the active run, and the default. */
  get uri(): string {
    return (
      this.#scopes.getStore()?.uri ?? this.active?.uri ?? this.#defaultUri ?? findStore({ from: host.cell?.notebook })
    );
  }
  set uri(uri: string) {
    toFolder(uri);
    this.#defaultUri = uri;
  }

  /** Runs `body` with another store for lookups and new runs. */
  async within<T>(uri: string, body: () => T | Promise<T>): Promise<T> {
    toFolder(uri);
    const active = this.#scopes.getStore()?.active;
    return this.#scopes.run({ active, uri }, async () => body());
  }

  /** For stores that have not been read. */
  get memoryLimit(): string | undefined {
    return this.#memoryLimit;
  }
  set memoryLimit(limit: string | undefined) {
    for (const { store } of this.#stores.values()) store.limitMemory(limit);
    this.#memoryLimit = limit;
  }

  /** The live objects of the store that `uri` names. */
  get live(): LiveObjects {
    return this.#liveAt(this.uri);
  }

  /** Starts a run that stays active until it is ended: in later cells too. */
  async open(options: StartOptions): Promise<Active> {
    checkOptions("Cannot start a run", options, START_OPTIONS);
    const cell = host.cell;
    const before = this.#inTheWay(cell);
    this.#opening = true;
    try {
      await endBefore(before);
      return this.#setOpen(await this.#start(options, cell));
    } finally {
      this.#opening = false;
    }
  }

  /** Starts a run, hands it to `body`, and ends it by what becomes of that. */
  async scoped<T>(
    options: StartOptions,
    body: (recorder: Recorder, experiment: Experiment) => T | Promise<T>,
  ): Promise<T> {
    checkOptions("Cannot start a run", options, START_OPTIONS);
    const cell = host.cell;
    await endBefore(this.#inTheWay(cell));
    const active = await this.#start(options, cell);
    const { recorder, experiment } = active;
    const signal = host.signal;
    const stop = () => void (recorder.status === "RUNNING" && recorder.endRunNow("FAILED", { reason: "interrupted" }));
    // In a plain process the signal tells of its end, and the shutdown says why.
    if (cell) signal.addEventListener("abort", stop, { once: true });
    try {
      const result = await this.#scopes.run({ active }, async () => body(recorder, experiment));
      if (recorder.status === "RUNNING") await recorder.endRun("FINISHED");
      return result;
    } catch (error) {
      const reason = signal.aborted || error instanceof InterruptedError ? "interrupted" : "exception";
      await endQuietly(recorder, { error, reason });
      throw error;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }

  /**
   * The active run; without one a new run of the default experiment, which a line tells of. Synchronous, as logging is.
   */
  activeForWriting(): Active {
    const { active } = this;
    if (active) return active;
    const { live, uri } = this;
    const known = live.knownExperiment(DEFAULT_EXPERIMENT_NAME);
    const experiment = known ?? live.assumeExperiment(DEFAULT_EXPERIMENT_NAME);
    const recorder = experiment.createRecorder();
    this.#listen(host.cell);
    recorder.startRun();
    if (!known) void this.#settle(live, experiment, recorder);
    host.notice(
      `No run was active: started "${recorder.name}" in experiment "${experiment.name}"; it ends with await R.endExp()`,
    );
    return this.#setOpen({ recorder, experiment, cell: host.cell, uri });
  }

  /** Ends the active run; nothing active is fine. */
  async end(status: EndStatus): Promise<void> {
    checkEndStatus(status);
    await this.active?.recorder.endRun(status);
  }

  async #start(options: StartOptions, cell: CellInfo | undefined): Promise<Active> {
    this.#listen(cell);
    const uri = options.uri ?? this.uri;
    const live = this.#liveAt(uri);
    const { experimentId: id, experimentName: name = id === undefined ? DEFAULT_EXPERIMENT_NAME : undefined } = options;
    const experiment =
      id === undefined ? await live.getOrCreateExperiment(name!) : await live.getExperiment({ id, name });
    const recorder = await experiment.chooseRecorder(options);
    recorder.startRun();
    return { recorder, experiment, cell, uri };
  }

  /**
   * The run that has to be ended first: the active one, if this very cell opened it.
   * @throws AlreadyActiveError when it was opened elsewhere.
   */
  #inTheWay(cell: CellInfo | undefined): Recorder | undefined {
    if (this.#opening)
      throw new AlreadyActiveError("Cannot start a run: another is being started\n  await R.start(…) before the next");
    const { active } = this;
    if (!active) return undefined;
    if (active !== this.#open || !isSameCell(active.cell, cell)) throw alreadyActive(active);
    return active.recorder;
  }

  #setOpen(active: Active): Active {
    this.#failedCell = undefined;
    return (this.#open = active);
  }

  async #settle(live: LiveObjects, assumed: Experiment, recorder: Recorder): Promise<void> {
    try {
      const experiment = await live.settleExperiment(assumed);
      if (experiment.id === recorder.experimentId) return;
      recorder.moveTo(experiment.id);
      if (this.#open?.recorder === recorder) this.#open = { ...this.#open, experiment };
    } catch (error) {
      host.notice(
        `Cannot look up experiment "${assumed.name}": ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  #liveAt(uri: string): LiveObjects {
    const folder = toFolder(uri);
    let live = this.#stores.get(folder);
    if (!live) {
      const store = Store.open(folder);
      store.limitMemory(this.#memoryLimit);
      this.#stores.set(folder, (live = new LiveObjects(store)));
    }
    return live;
  }

  /**
   * Once, at the first run: hooks into the end of cells and of the process, and asks git while the store is being
   * opened.
   */
  #listen(cell: CellInfo | undefined): void {
    if (this.#listening) return;
    this.#listening = true;
    watchCells();
    void readCodeState(sourceFolder(cell));
    host.on("cellEnd", (end) => this.#onCellEnd(end));
    host.on("shutdown", (shutdown) => this.#onShutdown(shutdown));
  }

  /**
   * An open run goes on when a cell throws, for a second try; it remembers the error until that cell has run through.
   */
  #onCellEnd(end: CellEnd): void {
    const recorder = this.#open?.recorder;
    if (recorder?.status !== "RUNNING") return;
    if (end.error !== undefined) {
      this.#failedCell = end;
      recorder.noteError(end.error);
    } else if (isSameCell(this.#failedCell, end)) {
      this.#failedCell = undefined;
      recorder.noteError(undefined);
    }
    void recorder.writeCells();
  }

  #onShutdown(shutdown: Shutdown): void {
    const failures: unknown[] = [];
    for (const recorder of [...this.#stores.values()].flatMap(({ running }) => [...running])) {
      try {
        recorder.endRunNow(...endBy(shutdown, recorder.notedError));
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length) throw failures[0];
  }
}

function alreadyActive({ recorder, experiment, cell }: Active): AlreadyActiveError {
  const place = cell ? `, started by ${describeCell(cell)}` : "";
  return new AlreadyActiveError(
    `Cannot start a run: "${recorder.name}" of experiment "${experiment.name}" is active${place}\n  run: ${recorder.id}\n  end it first: await R.endExp()`,
  );
}
