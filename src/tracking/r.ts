import type { ColumnTable } from "arquero";
import type { DeletedToo } from "./live-objects.js";
import { EXPERIMENT_CHOICE, RECORDER_CHOICE, checkOptions } from "./check-options.js";
import { LIST_OPTIONS, type Experiment, type ListOptions } from "./experiment.js";
import { ExpManager, type Active, type StartOptions } from "./exp-manager.js";
import { DEFAULT_EXPERIMENT_NAME, type EndStatus } from "./recorder-info.js";
import { ExpNotFoundError, InvalidArgumentError, NotInitializedError } from "../errors.js";
import type { Store } from "../store/store.js";
import { loadHistory, type MetricHistory } from "./metric-history.js";
import type { Recorder } from "./recorder.js";
import { ExperimentList, RecorderList } from "./recorder-list.js";
import type { SaveOptions } from "./run-artifacts.js";
import { searchRecords, type SearchOptions } from "./search/search-records.js";
import {
  checkChosen,
  deleteExperiment,
  deleteRun,
  newestDeleted,
  restoreExperiment,
  restoreRun,
} from "./soft-deletion.js";

/** Which experiment; without id and name the active one, else `Experiment`. */
export interface ExperimentChoice {
  readonly experimentId?: string;
  readonly experimentName?: string;
}

/** Which experiment, and whether to make or start it. */
export interface GetExpOptions extends ExperimentChoice, DeletedToo {
  /** Make it when there is none. Default true. */
  readonly create?: boolean;
  /** When no run is active, start a new one in it. Default false. */
  readonly start?: boolean;
}

/** Which run. */
export interface RecorderChoice extends ExperimentChoice, DeletedToo {
  /** Enough by itself: ids are unique. */
  readonly recorderId?: string;
  /** The newest of the name. */
  readonly recorderName?: string;
}

/**
 * The recorder of this process: starts runs, logs to the active one, finds those of the past.
 *
 * A run is active from `R.start` to `R.endExp`, over as many cells as it takes; with a body, from its beginning to its
 * end, and only for what the body does. Works without any set-up: the store is `.alphabook` beside the notebook or
 * above it, `ALPHABOOK_STORE`, or what `setUri` names.
 *
 *     const run = await R.start({ experimentName: "first-hour" });
 *     R.logParams({ model: "ridge", alpha: 0.05 });
 *     R.logMetrics({ IC: 0.031 });
 *     await R.endExp();
 *
 * In Qlib: qlib.workflow.R (QlibRecorder).
 */
export class RecorderFacade {
  readonly #manager = new ExpManager();

  /**
   * Starts a run and makes it active.
   *
   * Without `body` the run stays active until `R.endExp()`, or until the notebook or process ends (FINISHED; FAILED
   * after an error nobody caught, a signal, an exit code other than 0, or when a cell threw last). Running the same
   * cell again ends its run first and says so. With `body` it ends FINISHED when the body returns, FAILED when it
   * throws (name, message and stack are kept; the same error is thrown on) or when the cell is interrupted (reason
   * `interrupted`). `await using run = await R.start()` ends it FINISHED at the end of the block, whatever happened in
   * it: use a body where an error has to show.
   *
   * @param options With `resume: true` the run of `recorderId` goes on, else the newest of `recorderName`, else a new
   * one is made.
   * @returns The recorder; with `body` what it returns.
   * @throws AlreadyActiveError when another run is active: nothing is changed. @throws RecorderNotFoundError,
   * ExpNotFoundError for an unknown id.
   */
  start(options?: StartOptions): Promise<Recorder>;
  start<T>(options: StartOptions, body: (run: Recorder, experiment: Experiment) => T | Promise<T>): Promise<T>;
  async start<T>(
    options: StartOptions = {},
    body?: (run: Recorder, experiment: Experiment) => T | Promise<T>,
  ): Promise<Recorder | T> {
    if (typeof options === "function")
      throw new InvalidArgumentError(
        "Cannot start a run: the body stands where the options are expected\n  expected: R.start({}, async (run, experiment) => { … })",
      );
    if (body === undefined) return (await this.#manager.open(options)).recorder;
    if (typeof body !== "function")
      throw new InvalidArgumentError(
        "Cannot start a run: the second argument is no function\n  expected: R.start(options, async (run, experiment) => { … })",
      );
    return this.#manager.scoped(options, body);
  }

  /** As `R.start(options)`, for recipes that want the experiment too. */
  async startExp(options: StartOptions = {}): Promise<{ experiment: Experiment; recorder: Recorder }> {
    const { experiment, recorder } = await this.#manager.open(options);
    return { experiment, recorder };
  }

  /**
   * Ends the active run; nothing happens when none is.
   * @param status `FINISHED`, `FAILED`, or `SCHEDULED` for a run only prepared.
   */
  endExp(status: EndStatus = "FINISHED"): Promise<void> {
    return this.#manager.end(status);
  }

  /** The active run, if there is one. */
  currentRun(): Recorder | undefined {
    return this.#manager.active?.recorder;
  }

  /** The active run, as {@link currentRun}. */
  get activeRecorder(): Recorder | undefined {
    return this.#manager.active?.recorder;
  }

  /** The experiment of the active run. */
  get activeExperiment(): Experiment | undefined {
    return this.#manager.active?.experiment;
  }

  /**
   * An experiment; without id and name the active one, else `Experiment`.
   *
   * @throws ExpNotFoundError for an unknown id, and for an unknown name with `create: false`.
   */
  async getExp(options: GetExpOptions = {}): Promise<Experiment> {
    checkOptions("Cannot find an experiment", options, [...EXPERIMENT_CHOICE, "create", "start", "includeDeleted"]);
    const { experimentId: id, experimentName: name, create = true, start = false, includeDeleted = false } = options;
    const { active, activeHere, live } = this.#manager;
    if (activeHere && id === undefined && name === undefined) return activeHere.experiment;
    const wanted = { id, name: name ?? (id === undefined ? DEFAULT_EXPERIMENT_NAME : undefined) };
    const experiment =
      create && id === undefined
        ? await live.getOrCreateExperiment(wanted.name!)
        : await live.getExperiment(wanted, { includeDeleted });
    if (start && !active) await this.#manager.open({ experimentId: experiment.id });
    return experiment;
  }

  /**
   * Makes an experiment, without starting a run in it.
   *
   * @throws ExpAlreadyExistsError when one has the name. A deleted experiment's name is free.
   */
  async createExp(options: { readonly experimentName: string }): Promise<Experiment> {
    checkOptions("Cannot make an experiment", options, ["experimentName"]);
    if (options.experimentName === undefined)
      throw new InvalidArgumentError(
        'Cannot make an experiment: it has no name\n  expected: R.createExp({ experimentName: "…" })',
      );
    return this.#manager.live.createExperiment(options.experimentName);
  }

  /**
   * Soft-deletes an experiment and its runs: they are left out of listings, lookups and `runs_wide`, and its name is
   * free again. Nothing is removed; see {@link restoreExp}.
   *
   * @throws AlreadyActiveError when one of its runs is running, in whichever process; then nothing is deleted.
   * @throws ExpNotFoundError when there is none. @throws InvalidArgumentError when neither id nor name is given.
   */
  async deleteExp(choice: ExperimentChoice): Promise<void> {
    checkChosen("delete an experiment", choice, "experiment");
    const { experimentId: id, experimentName: name } = choice;
    const { live } = this.#manager;
    await deleteExperiment(live, await live.getExperiment({ id, name }));
  }

  /**
   * Brings a deleted experiment back (of several of a name the newest), with the runs deleted together with it.
   *
   * @throws ExpNotFoundError when no deleted one has the id or name. @throws ExpAlreadyExistsError when another
   * experiment has its name by now.
   */
  async restoreExp(choice: ExperimentChoice): Promise<Experiment> {
    checkChosen("restore an experiment", choice, "experiment");
    const { experimentId: id, experimentName: name } = choice;
    return restoreExperiment(this.#manager.live, { id, name });
  }

  /**
   * A run: by id; else the newest of the name in the experiment; else the active one; else the newest
   * `default_recorder` of the experiment.
   *
   * @throws RecorderNotFoundError when there is none, or when id and experiment disagree. @throws ExpNotFoundError
   */
  async getRecorder(options: RecorderChoice = {}): Promise<Recorder> {
    checkOptions("Cannot find a run", options, RECORDER_CHOICE);
    const { recorderId, recorderName, ...choice } = options;
    const { activeHere, live } = this.#manager;
    const anywhere = choice.experimentId === undefined && choice.experimentName === undefined;
    if (recorderId !== undefined && anywhere) return live.getRecorder(recorderId, choice);
    if (anywhere && recorderName === undefined && activeHere) return activeHere.recorder;
    const experiment = await this.getExp({ ...choice, create: false });
    return experiment.getRecorder({
      includeDeleted: choice.includeDeleted ?? false,
      ...(recorderId !== undefined && { recorderId }),
      ...(recorderName !== undefined && { recorderName }),
    });
  }

  /**
   * Soft-deletes a run: by id, else the newest of the name in the experiment. It is left out of listings, lookups and
   * `runs_wide`; nothing of it is removed.
   *
   * @throws AlreadyActiveError when it is running. @throws RecorderNotFoundError when there is none.
   * @throws InvalidArgumentError when neither id nor name is given.
   */
  async deleteRecorder(choice: RecorderChoice): Promise<void> {
    checkChosen("delete a run", choice, "recorder");
    await deleteRun(this.#manager.live, await this.getRecorder({ ...choice, includeDeleted: false }));
  }

  /**
   * Brings a deleted run back: by id, else the newest deleted one of the name in the experiment.
   *
   * @throws RecorderNotFoundError when there is none, or its experiment is deleted (restore that).
   */
  async restoreRecorder(options: RecorderChoice): Promise<Recorder> {
    checkChosen("restore a run", options, "recorder");
    const { recorderId: id, recorderName: name, ...choice } = options;
    const recorder =
      id === undefined
        ? newestDeleted(await this.getExp({ ...choice, create: false }), name!)
        : this.getRecorder({ ...choice, recorderId: id, includeDeleted: true });
    return restoreRun(this.#manager.live, await recorder);
  }

  /** Experiments, oldest first; deleted ones only when asked for. */
  async listExperiments(options: DeletedToo = {}): Promise<ExperimentList> {
    checkOptions("Cannot list experiments", options, ["includeDeleted"]);
    return ExperimentList.containing(await this.#manager.live.listExperiments(options));
  }

  /**
   * Runs of an experiment, newest start first; deleted ones only when asked for; in a notebook a table of them with their metrics
   * and params.
   *
   * Without a choice: of the active experiment, else of `Experiment` (none yet: an empty list). Listing creates
   * nothing.
   *
   * @throws ExpNotFoundError for an experiment that does not exist.
   */
  async listRecorders(given: ExperimentChoice & ListOptions = {}): Promise<RecorderList> {
    checkOptions("Cannot list runs", given, [...EXPERIMENT_CHOICE, ...LIST_OPTIONS]);
    const { experimentId, experimentName, ...options } = given;
    const choice = {
      ...(experimentId !== undefined && { experimentId }),
      ...(experimentName !== undefined && { experimentName }),
      includeDeleted: options.includeDeleted ?? false,
      create: false,
    };
    try {
      return await (await this.getExp(choice)).listRecorders(options);
    } catch (error) {
      if (error instanceof ExpNotFoundError && experimentId === undefined && experimentName === undefined)
        return new RecorderList();
      throw error;
    }
  }

  /** As {@link listRecorders}, by id. */
  async listRecordersById(options: ExperimentChoice & ListOptions = {}): Promise<Map<string, Recorder>> {
    return new Map((await this.listRecorders(options)).map((recorder) => [recorder.id, recorder]));
  }

  /**
   * Searches runs and gives them as one table: a row per run, newest start first unless ordered otherwise.
   *
   *     await R.searchRecords({ filter: `metrics."Rank IC" > 0.03 and params.model = 'ridge'`, orderBy: "metrics.IC DESC" })
   *     await R.searchRecords({ where: { params: { model: ["ridge", "ols"] }, attributes: { status: "FINISHED" } } })
   *
   *     run_id  experiment_id  experiment  name  status  reason  start_time  end_time  metrics.IC  params.model  tags.…
   *
   * Metrics are the values that count, NaN where a run has none; params and tags are values as they were logged, null
   * where a run has none. A clause on what a run does not have does not hold. Values are bound, never pasted.
   *
   * @throws ExpressionError with a caret under a fault of filter or order. @throws ExpNotFoundError for an experiment
   * that does not exist.
   */
  searchRecords(options: SearchOptions = {}): Promise<ColumnTable> {
    return searchRecords(this.#manager.live, options);
  }

  /**
   * All points of one or more metrics of several runs: as the last value of a cell a chart with a line for each run,
   * and the points below it.
   *
   *     await R.metricHistory(await R.listRecorders({ experimentName: "gbdt" }), "loss")
   *     (await R.metricHistory([run], ["train", "valid"])).chart({ x: "seconds", log: true })
   *
   * @param runs A run or several, as recorders or ids.
   * @throws UnknownNameError for a metric that none of the runs has. @throws RecorderNotFoundError
   */
  async metricHistory(
    runs: Recorder | string | readonly (Recorder | string)[],
    keys: string | readonly string[],
  ): Promise<MetricHistory> {
    const given = typeof runs === "object" && Symbol.iterator in runs ? runs : [runs];
    const recorders: Recorder[] = [];
    for (const run of given)
      recorders.push(typeof run === "string" ? await this.getRecorder({ recorderId: run }) : run);
    return loadHistory(recorders, typeof keys === "string" ? [keys] : keys);
  }

  /**
   * Logs params to the active run; see {@link Recorder.logParams}. Without one, a new run of `Experiment` is started
   * and a line says so.
   */
  logParams(params: Readonly<Record<string, unknown>>): void {
    this.#toWrite().logParams(params);
  }

  /** Logs metrics to the active run; see {@link Recorder.logMetrics}. */
  logMetrics(metrics: Readonly<Record<string, number | boolean>>, options: { readonly step?: number } = {}): void {
    this.#toWrite().logMetrics(metrics, options);
  }

  /** Sets tags of the active run; see {@link Recorder.setTags}. */
  setTags(tags: Readonly<Record<string, unknown>>): void {
    this.#toWrite().setTags(tags);
  }

  /** Saves objects in the active run; see {@link Recorder.saveObjects}. */
  async saveObjects(objects: Readonly<Record<string, unknown>>, options: SaveOptions = {}): Promise<void> {
    await this.#toWrite().saveObjects(objects, options);
  }

  /**
   * An object of the active run; see {@link Recorder.loadObject}.
   * @throws NotInitializedError when no run is active.
   */
  async loadObject(name: string): Promise<unknown> {
    return this.#toRead(`load "${name}"`).recorder.loadObject(name);
  }

  /** Copies a file, or a folder as a folder of its name, into the active run; see {@link Recorder.logArtifact}. */
  async logArtifact(localPath: string, options: SaveOptions = {}): Promise<void> {
    await this.#toWrite().logArtifact(localPath, options);
  }

  /**
   * The file of an artifact of the active run, with `folder` a copy of it there.
   * @returns The file's path.
   * @throws NotInitializedError when no run is active.
   */
  async downloadArtifact(name: string, folder?: string): Promise<string> {
    return this.#toRead(`download "${name}"`).recorder.downloadArtifact(name, folder);
  }

  /** The address of the store: that of `withUri`, else of the active run as it was given, else the default. */
  getUri(): string {
    return this.#manager.uri;
  }

  /**
   * Makes another folder the default store, from the next start on; an active run stays where it is.
   * @param uri A path, `~/…`, or `file:…`.
   */
  setUri(uri: string): void {
    this.#manager.uri = uri;
  }

  /**
   * Runs `body` with another store: lookups, lists, SQL and new runs in it go there; what is active goes on where it
   * is. Only what the body does is affected, also while other code runs at the same time.
   *
   *     const best = await R.withUri("~/team/.alphabook", () => R.getRecorder({ recorderId }));
   *
   * @param uri A path, `~/…`, or `file:…`.
   * @returns What the body returns.
   */
  withUri<T>(uri: string, body: () => T | Promise<T>): Promise<T> {
    if (typeof body !== "function")
      throw new InvalidArgumentError(
        "Cannot use another store: the second argument is no function\n  expected: R.withUri(uri, async () => { … })",
      );
    return this.#manager.within(uri, body);
  }

  /** The store that `getUri` names, for SQL and for what reads many runs at once. */
  get store(): Store {
    return this.#manager.live.store;
  }

  /**
   * Sets the memory for the tables of the history and all questions to them, such as `2GB`; see `sql.options`.
   * @throws InvalidArgumentError for a text that is no size, and when the store has been read already.
   */
  limitMemory(limit: string): void {
    this.#manager.memoryLimit = limit;
  }

  /** What {@link limitMemory} set; undefined for the default. */
  get memoryLimit(): string | undefined {
    return this.#manager.memoryLimit;
  }

  toString(): string {
    const run = this.currentRun();
    return `R(${run ? `active: ${run.name}` : "no active run"})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #toWrite(): Recorder {
    return this.#manager.activeForWriting().recorder;
  }

  #toRead(action: string): Active {
    const { active } = this.#manager;
    if (active) return active;
    throw new NotInitializedError(
      `Cannot ${action}: no run is active\n  of an earlier run: (await R.getRecorder({ recorderId })).loadObject(…)\n  of a new one: await R.start({ experimentName: "…" })`,
    );
  }
}

/** The recorder of this process. */
export const R = new RecorderFacade();
