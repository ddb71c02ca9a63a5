import { statSync } from "node:fs";
import path from "node:path";
import type { ColumnTable } from "arquero";
import { toArquero } from "../engine/arquero.js";
import { host } from "../host/host.js";
import { VIEW, type View } from "../panel/view.js";
import type { StoreEvent } from "../store/events.js";
import { readHistory, readLatest, readParams, readTags, type LatestValue, type RunRow } from "../store/run-queries.js";
import type { Store } from "../store/store.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import {
  AlreadyActiveError,
  InvalidArgumentError,
  NotInitializedError,
  ParamConflictError,
  RecorderNotFoundError,
} from "../errors.js";
import {
  attemptName,
  beginAttempt,
  codeEvent,
  codeTexts,
  finishAttempt,
  noteError,
  type EndReason,
} from "./attempt.js";
import { readCodeState, type CodeState } from "./code-state.js";
import {
  canonicalText,
  checkName,
  isPlainObject,
  toLoggedJson,
  toLoggedMetric,
  toStep,
  type JsonValue,
} from "./logged-value.js";
import { checkOptions } from "./check-options.js";
import { checkEndStatus, type EndStatus, type RecorderInfo, type RecorderStatus } from "./recorder-info.js";
import { editedNotice } from "./code-cells.js";
import { RunCells } from "./run-cells.js";
import { loadSource, type RunSource } from "./run-source.js";
import { sourceFolder } from "./source-facts.js";
import { RunArtifacts, type ListArtifactsOptions, type SaveOptions } from "./run-artifacts.js";

/** What a recorder knows of its run without asking the store; filled by the manager for runs that exist already. */
export interface KnownValues {
  readonly params: Map<string, JsonValue>;
  readonly metrics: Map<string, LatestValue>;
}

/** Whom a recorder belongs to. */
export interface RecorderHome {
  readonly store: Store;
  started(recorder: Recorder): void;
  ended(recorder: Recorder): void;
  /** Of these runs, those that this process holds learn what the store says of them. */
  refreshHeld(ids: readonly string[]): Promise<void>;
}

/** How long the end of a run waits for git. */
const CODE_WAIT_MS = 1_000;

/**
 * One run: its params, metrics, tags, artifacts, status and times.
 *
 * `logParams`, `logMetrics` and `setTags` are written when they return and throw at the call; everything that reads or
 * moves files is asynchronous. All of them also work on a run that has ended, without changing its status or times. The
 * same id always gives the same object.
 *
 * In Qlib: qlib.workflow.recorder.MLflowRecorder.
 */
export class Recorder {
  readonly id: string;
  readonly #home: RecorderHome;
  readonly #artifacts: RunArtifacts;
  #row: RunRow;
  #known: KnownValues;
  #code: Promise<void> = Promise.resolve();
  #cells: RunCells | undefined;
  #noted: unknown;
  /** Ends the heartbeat; there while this process runs the run. */
  #beating: (() => void) | undefined;

  /** Made by experiments and by `R`, not by hand. */
  constructor(home: RecorderHome, row: RunRow, known: KnownValues = { params: new Map(), metrics: new Map() }) {
    this.#home = home;
    this.#row = row;
    this.#known = known;
    this.id = row.id;
    this.#artifacts = new RunArtifacts(home.store, row.id);
  }

  /** The history it is kept in, for what reads many runs at once. */
  get store(): Store {
    return this.#home.store;
  }
  get name(): string {
    return this.#row.name;
  }
  get experimentId(): string {
    return this.#row.experimentId;
  }
  get status(): RecorderStatus {
    return this.#row.status;
  }
  get startTime(): Date | undefined {
    return toDate(this.#row.startTime);
  }
  /** Undefined while it runs. */
  get endTime(): Date | undefined {
    return toDate(this.#row.endTime);
  }
  /** When it was soft-deleted; undefined while it is not, as far as this process has looked. */
  get deletedAt(): Date | undefined {
    return toDate(this.#row.deletedAt);
  }
  /** The error that a cell threw while this run was open, if one did and has not been run again since. */
  get notedError(): unknown {
    return this.#noted;
  }
  /** Who runs it, for messages: `process 4711 on rig`. */
  get owner(): string {
    return `process ${this.#row.pid ?? "?"} on ${this.#row.host ?? "?"}`;
  }
  /** What the recorder says about itself; plain data, no I/O. */
  get info(): RecorderInfo {
    const { id, name, experimentId, experimentName, status, reason, attempts } = this.#row;
    return {
      id,
      name,
      experimentId,
      experimentName,
      status,
      reason: reason ?? undefined,
      startTime: this.startTime,
      endTime: this.endTime,
      attempts,
    };
  }

  /** Params without asking the store: those of this process, and what the store had when the recorder was fetched. */
  get params(): Record<string, JsonValue> {
    return Object.fromEntries(this.#known.params);
  }
  /** The value of each metric without asking the store, as {@link params}. */
  get metrics(): Record<string, number> {
    return valuesOf(this.#known.metrics);
  }

  /** Gives the run another name, which is kept. */
  setRecorderName(name: string): void {
    checkName("run", name);
    if (this.#row.attempts > 0) this.#home.store.append({ e: "run", r: this.id, name });
    this.#row = { ...this.#row, name };
  }

  /**
   * Starts the run, or resumes it: one more attempt, the first start time kept. It does not become `R`'s active run;
   * `R.start` does that.
   *
   * @throws AlreadyActiveError when it is running. @throws RecorderNotFoundError when it is deleted.
   */
  startRun(before: readonly StoreEvent[] = []): void {
    if (this.#row.status === "RUNNING")
      throw new AlreadyActiveError(
        `Cannot start run "${this.name}" (${this.id}): it is running\n  end it first: await recorder.endRun()`,
      );
    if (this.#row.deletedAt !== null)
      throw new RecorderNotFoundError(
        `Cannot start run "${this.name}" (${this.id}): it is deleted\n  to have it back: await R.restoreRecorder({ recorderId: "${this.id}" })`,
      );
    const { row, events } = beginAttempt(this.#row, host.cell);
    this.#home.store.append([...before, ...events]);
    this.#row = row;
    this.#noted = undefined;
    this.#beating = this.#home.store.keepAlive(this.id);
    this.#home.started(this);
    const folder = sourceFolder(host.cell);
    // Git comes after the caller had its turn: the run's row must not wait for it.
    const read = new Promise<CodeState | undefined>((resolve) => setImmediate(() => resolve(readCodeState(folder))));
    this.#code = read.then((state) => this.#writeCode(state)).catch(() => undefined);
    if (!host.cell) return;
    const name = attemptName("code_cells", row.attempts);
    this.#cells = new RunCells((text) => this.#artifacts.saveSharedText(name, text));
    // What is known so far, should the kernel be killed.
    setImmediate(() => void this.writeCells());
  }

  /**
   * Ends the run; objects still being saved are waited for, git's answer at most a second.
   *
   * @param status `FINISHED`, `FAILED`, or `SCHEDULED` for a run that was only prepared.
   * @throws InvalidArgumentError for another status, or when the run is not running.
   */
  async endRun(status: EndStatus = "FINISHED", reason: EndReason = {}): Promise<void> {
    checkEndStatus(status);
    this.#checkRunning();
    await Promise.all([this.#artifacts.settled(), within(CODE_WAIT_MS, this.#code)]);
    await this.writeCells({ tell: true });
    if (this.#row.status === "RUNNING") this.endRunNow(status, reason);
  }

  /** Ends the run without waiting for anything: for the end of the process. */
  endRunNow(status: EndStatus, reason: EndReason = {}): void {
    this.#checkRunning();
    const { row, events } = finishAttempt(this.#row, checkEndStatus(status), reason);
    this.#home.store.append(events);
    this.#row = row;
    this.#beating?.();
    this.#beating = undefined;
    this.#home.ended(this);
  }

  /**
   * Keeps what a cell threw while this run was open: the run goes on, but ends `FAILED` unless it is ended explicitly.
   * undefined takes it back.
   */
  noteError(error: unknown): void {
    this.#noted = error;
    if (error !== undefined) this.#home.store.append(noteError(this.#row, error));
  }

  /**
   * Saves which cells have been run up to now; the manager calls it when a cell ends. Does nothing outside a notebook.
   * @param options.tell Say so when cells were edited and not run again.
   */
  async writeCells({ tell = false }: { readonly tell?: boolean } = {}): Promise<void> {
    if (this.#cells === undefined || this.#row.status !== "RUNNING") return;
    try {
      const notice = editedNotice(this.name, await this.#cells.write());
      if (tell && notice !== undefined) host.notice(notice);
    } catch (error) {
      host.notice(
        `Cannot keep the cells of run "${this.name}": ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }

  /**
   * Logs params. Values keep their JSON type; nested plain objects are kept. A param is written once: the same value
   * again is fine.
   *
   * All values are checked before the first is written.
   *
   * @throws ParamConflictError when a param has another value already. @throws InvalidArgumentError naming key and
   * value.
   */
  logParams(params: Readonly<Record<string, unknown>>): void {
    const book = this.#known.params;
    const fresh: [string, JsonValue][] = [];
    for (const [key, given] of this.#entries("params", params)) {
      const value = toLoggedJson("param", checkName("param", key), given);
      const before = book.get(key);
      if (before === undefined) fresh.push([key, value]);
      else if (canonicalText(before) !== canonicalText(value)) throw this.#conflict(key, before, value);
    }
    if (fresh.length === 0) return;
    this.#home.store.append(fresh.map(([k, v]) => ({ e: "p", r: this.id, k, v })));
    for (const [key, value] of fresh) book.set(key, value);
  }

  /**
   * Logs metrics, one point each. NaN and ±Infinity are kept, booleans are 1 and 0.
   *
   * @param options.step Whole number, default 0. The value of a metric is the one with the largest step, of these the
   * latest, of those of one millisecond the largest.
   * @throws InvalidArgumentError naming key and value when something is no number; then nothing is written.
   */
  logMetrics(metrics: Readonly<Record<string, number | boolean>>, options: { readonly step?: number } = {}): void {
    checkOptions("Cannot log metrics", options, ["step"]);
    const s = toStep(options.step);
    const points: { e: "m"; r: string; k: string; s: number; v: number }[] = [];
    for (const [key, value] of this.#entries("metrics", metrics))
      points.push({ e: "m", r: this.id, k: checkName("metric", key), s, v: toLoggedMetric(key, value) });
    if (points.length === 0) return;
    const time = this.#home.store.append(points)!;
    for (const { k, v } of points) {
      const point = { step: s, time, value: v };
      if (!isAfter(this.#known.metrics.get(k), point)) this.#known.metrics.set(k, point);
    }
  }

  /** Sets tags; a tag set again has the new value. @throws InvalidArgumentError naming key and value. */
  setTags(tags: Readonly<Record<string, unknown>>): void {
    const events: StoreEvent[] = [];
    for (const [key, given] of this.#entries("tags", tags)) {
      const v = toLoggedJson("tag", checkName("tag", key), given);
      if (v === null)
        throw new InvalidArgumentError(`Cannot set tag "${key}": it is null\n  to delete it: deleteTags("${key}")`);
      events.push({ e: "g", r: this.id, k: key, v });
    }
    if (events.length) this.#home.store.append(events);
  }

  /** Deletes tags; a tag that is not there stays so. */
  deleteTags(...keys: string[]): void {
    this.#checkStored("delete tags");
    const events = keys.map((key): StoreEvent => ({ e: "g", r: this.id, k: checkName("tag", key), v: null }));
    if (events.length) this.#home.store.append(events);
  }

  /** Every param with its value as it was logged. */
  async listParams(): Promise<Record<string, JsonValue>> {
    const params = (await readParams(this.#home.store, [this.id])).get(this.id) ?? new Map<string, JsonValue>();
    for (const [key, value] of params) this.#known.params.set(key, value);
    return Object.fromEntries(params);
  }

  /**
   * The value of each metric: that of the largest step, of these the latest. NaN and ±Infinity are given as they are.
   */
  async listMetrics(): Promise<Record<string, number>> {
    const latest = (await readLatest(this.#home.store, [this.id])).get(this.id) ?? new Map<string, LatestValue>();
    for (const [key, value] of latest) this.#known.metrics.set(key, value);
    return valuesOf(latest);
  }

  /** Every tag with its value, those that alphabook sets itself (`source.…`) included. */
  async listTags(): Promise<Record<string, JsonValue>> {
    return Object.fromEntries((await readTags(this.#home.store, [this.id])).get(this.id) ?? []);
  }

  /**
   * All points of a metric, by step, then time; no rows when it was never logged.
   *
   * @returns An arquero table: `step`, `time` (Date), `value` (NaN and ±Infinity as they were logged).
   */
  async getMetricHistory(key: string): Promise<ColumnTable> {
    return toArquero(await readHistory(this.#home.store, this.id, checkName("metric", key)));
  }

  /**
   * Saves objects under their names: tables and panels as Parquet, plain values as JSON, text and bytes as they are,
   * models by their codec. The same name again replaces it. All values are encoded before the first is written.
   *
   * @param options.artifactPath Folder inside the run: `saveObjects({ ic }, { artifactPath: "sig_analysis" })` makes
   * `sig_analysis/ic`.
   * @throws InvalidArgumentError for a name with `..` or a leading `/`, and for a value nothing knows how to write.
   */
  async saveObjects(objects: Readonly<Record<string, unknown>>, options: SaveOptions = {}): Promise<void> {
    checkOptions("Cannot save objects", options, ["artifactPath"]);
    const entries = this.#entries("objects", objects);
    await this.#artifacts.saveObjects(entries, options);
  }

  /**
   * The object saved as `name`; a table as an arquero table. `.pkl` and `.parquet` after the name are accepted.
   *
   * @throws MissingArtifactError naming the nearest and listing those there are. @throws LoadObjectError when it cannot
   * be read; `cause` says why.
   */
  loadObject(name: string): Promise<unknown> {
    return this.#artifacts.loadObject(name);
  }

  /** Copies a file, or a folder's contents, into the run under its own name. */
  async saveFiles(localPath: string, options: SaveOptions = {}): Promise<void> {
    this.#checkStored("save files");
    checkOptions("Cannot save files", options, ["artifactPath"]);
    if (typeof localPath !== "string" || localPath === "")
      throw new InvalidArgumentError(`Cannot save files: ${String(localPath)} is no path of a file or folder`);
    await this.#artifacts.saveFiles(localPath, options);
  }

  /** As {@link saveFiles}, but a folder lands in a folder of its name. */
  async logArtifact(localPath: string, options: SaveOptions = {}): Promise<void> {
    refuseUnknownOptions("Cannot log an artifact", options, ["artifactPath"]);
    const { artifactPath = "" } = options;
    const folder = statSync(localPath, { throwIfNoEntry: false })?.isDirectory()
      ? path.basename(path.resolve(localPath))
      : "";
    await this.saveFiles(localPath, { artifactPath: [artifactPath, folder].filter(Boolean).join("/") });
  }

  hasArtifact(name: string): Promise<boolean> {
    return this.#artifacts.has(name);
  }

  /**
   * Names in a folder of the run (default: the root), folders included, sorted; with `recursive` all names below it.
   */
  listArtifacts(folder?: string, options: ListArtifactsOptions = {}): Promise<string[]> {
    return this.#artifacts.list(folder, options);
  }

  /** The file of an artifact; with `folder` a copy of it there. */
  downloadArtifact(name: string, folder?: string): Promise<string> {
    return this.#artifacts.download(name, folder);
  }

  /** The folder that holds the run's artifacts; it need not exist yet. */
  getLocalDir(): string {
    this.#checkStored("tell a folder");
    return this.#artifacts.folder;
  }

  /** The artifacts' folder as `file:` address. */
  getArtifactUri(): string {
    this.#checkStored("tell an address");
    return this.#artifacts.uri;
  }

  /**
   * The code that made the run: the notebook's cells in the order in which they were run, with the code that was run;
   * commit, uncommitted changes and command line.
   *
   * As the last value of a cell it shows all of them. Cells that were edited after being run are marked, as far as the
   * notebook's file tells.
   */
  source(): Promise<RunSource> {
    return loadSource(this);
  }

  /** Waits for objects being saved and makes everything logged safe against power loss. */
  async flush(): Promise<void> {
    await this.#artifacts.settled();
    this.#home.store.flush();
  }

  /** Whether this process runs it. */
  get isOwn(): boolean {
    return this.#beating !== undefined;
  }

  /** Asks the store for what other processes have logged to the run: status, times, params and metrics. */
  async reload(): Promise<this> {
    await this.#home.refreshHeld([this.id]);
    return this;
  }

  /** Takes over what the store says of the run; the manager calls it. A run of this process knows better. */
  refresh(row: RunRow, known: KnownValues): this {
    if (this.#beating === undefined) {
      this.#row = row;
      this.#known = known;
    }
    return this;
  }

  /**
   * The same run in another experiment; the manager calls it for a run that was started before its experiment could be
   * looked up.
   */
  moveTo(experimentId: string): void {
    this.#home.store.append({ e: "run", r: this.id, experiment: experimentId });
    this.#row = { ...this.#row, experimentId };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.status === "RUNNING")
      await this.endRun(this.#noted === undefined ? "FINISHED" : "FAILED", { error: this.#noted });
  }

  [VIEW](): View {
    const { name, id, experimentName, status, reason, startTime, endTime } = this.info;
    const state = reason === undefined ? status : `${status} (${reason})`;
    const values = [
      ...Object.entries(this.metrics).map(([key, value]) => ({ kind: "metric", name: key, value })),
      ...Object.entries(this.params).map(([key, value]) => ({
        kind: "param",
        name: key,
        value: typeof value === "string" ? value : JSON.stringify(value),
      })),
    ];
    return {
      kind: "run",
      title: name,
      facts: { experiment: experimentName, status: state, started: startTime, ended: endTime, id },
      ...(values.length ? { table: values } : {}),
      ref: this,
    };
  }

  toString(): string {
    return `Recorder(${this.name}, ${this.status}, ${this.id})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #entries(what: string, given: Readonly<Record<string, unknown>>): [string, unknown][] {
    this.#checkStored(`log ${what}`);
    if (isPlainObject(given)) return Object.entries(given);
    throw new InvalidArgumentError(
      `Cannot log ${what}: ${String(given)} is no plain object\n  expected: { name: value, … }`,
    );
  }

  #checkStored(action: string): void {
    if (this.#row.status === "SCHEDULED" && this.#row.attempts === 0) {
      throw new NotInitializedError(
        `Cannot ${action}: run "${this.name}" has not been started\n  start it first: recorder.startRun()`,
      );
    }
  }

  #checkRunning(): void {
    if (this.#row.status !== "RUNNING")
      throw new InvalidArgumentError(
        `Cannot end run "${this.name}" (${this.id}): it is not running but ${this.#row.status}`,
      );
  }

  #conflict(key: string, before: JsonValue, value: JsonValue): ParamConflictError {
    return new ParamConflictError(
      `Cannot log param "${key}" of run "${this.name}": it has another value already\n  logged: ${JSON.stringify(before)}\n  now: ${JSON.stringify(value)}\n  a param is written once; what changes is a metric or a tag`,
    );
  }

  async #writeCode(state: CodeState | undefined): Promise<void> {
    if (!state) return;
    this.#home.store.append([codeEvent(this.id, state)]);
    for (const [name, text] of codeTexts(state, this.#row.attempts)) await this.#artifacts.saveSharedText(name, text);
  }
}

/** As the store orders the points of a metric: by step, time, value; NaN is the greatest value. */
function isAfter(known: LatestValue | undefined, point: LatestValue): boolean {
  if (known === undefined) return false;
  if (known.step !== point.step) return known.step > point.step;
  if (known.time !== point.time) return known.time > point.time;
  return !Number.isNaN(point.value) && (Number.isNaN(known.value) || known.value > point.value);
}

function valuesOf(latest: ReadonlyMap<string, LatestValue>): Record<string, number> {
  return Object.fromEntries([...latest].map(([key, { value }]) => [key, value]));
}

function toDate(ms: number | null): Date | undefined {
  return ms === null ? undefined : new Date(ms);
}

/** Resolves when `work` is done or `ms` have passed. */
async function within(ms: number, work: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  await Promise.race([work, new Promise<void>((resolve) => void (timer = setTimeout(resolve, ms)))]);
  clearTimeout(timer);
}
