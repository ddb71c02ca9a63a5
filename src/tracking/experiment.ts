import type { ColumnTable } from "arquero";
import { v7 as uuidv7 } from "uuid";
import {
  AlreadyActiveError,
  ExpNotFoundError,
  InvalidArgumentError,
  RecorderNotFoundError,
  UnknownNameError,
} from "../errors.js";
import { VIEW, type View } from "../panel/view.js";
import type { RunFilter } from "../store/run-queries.js";
import type { Store } from "../store/store.js";
import { scheduledRow } from "./attempt.js";
import { RECORDER_CHOICE, checkOptions } from "./check-options.js";
import type { DeletedToo, LiveObjects } from "./live-objects.js";
import { checkName } from "./logged-value.js";
import type { Recorder } from "./recorder.js";
import { DEFAULT_RECORDER_NAME, type EndStatus, type RecorderStatus } from "./recorder-info.js";
import { RecorderList } from "./recorder-list.js";
import { parseFilter } from "./search/parse-filter.js";
import { toConditions, type RunPredicate } from "./search/run-predicate.js";
import { searchRecords, type SearchOptions } from "./search/search-records.js";
import { checkChosen, deleteRun } from "./soft-deletion.js";

/** Which run to start or to resume. */
export interface RunChoice {
  /** Only with `resume`: the run must exist. */
  readonly recorderId?: string;
  /** Default `default_recorder`. */
  readonly recorderName?: string;
  /**
   * Go on with the run of the id, else with the newest of the name; without one of the name a new run is made. Default
   * false.
   */
  readonly resume?: boolean;
}

export interface ListOptions extends DeletedToo {
  readonly status?: RecorderStatus;
  /** Clauses joined by `and`, as `R.searchRecords` takes them: `metrics.IC > 0.03`. */
  readonly filter?: string;
  /** The same as data. Both must hold; the store answers both, runs left out are not read. */
  readonly where?: RunPredicate;
  /** At most so many, the newest; default all. */
  readonly limit?: number;
}

/** The names of {@link ListOptions}. */
export const LIST_OPTIONS = ["status", "filter", "where", "limit", "includeDeleted"];

const STATUSES: readonly RecorderStatus[] = ["SCHEDULED", "RUNNING", "FINISHED", "FAILED"];

/**
 * A named group of runs. The same id always gives the same object.
 *
 * In Qlib: qlib.workflow.exp.MLflowExperiment.
 */
export class Experiment {
  readonly id: string;
  readonly name: string;
  readonly #live: LiveObjects;
  #deletedAt: Date | undefined;

  /** Made by `R`, not by hand. */
  constructor(live: LiveObjects, { id, name }: { id: string; name: string }) {
    this.#live = live;
    this.id = id;
    this.name = name;
  }

  /** The history it is kept in, for what reads many runs at once. */
  get store(): Store {
    return this.#live.store;
  }

  /** The newest of its runs that this process is running. */
  get activeRecorder(): Recorder | undefined {
    return [...this.#live.running].filter((recorder) => recorder.experimentId === this.id).at(-1);
  }

  /** When it was soft-deleted; undefined while it is not, as far as this process has looked. */
  get deletedAt(): Date | undefined {
    return this.#deletedAt;
  }

  /** What the experiment says about itself; plain data, no I/O. */
  get info(): { readonly id: string; readonly name: string; readonly activeRecorder: string | undefined } {
    return { id: this.id, name: this.name, activeRecorder: this.activeRecorder?.id };
  }

  /** Starts or resumes a run here. It does not become `R`'s active run; `R.start` does that. */
  async start(choice: RunChoice = {}): Promise<Recorder> {
    const recorder = await this.chooseRecorder(choice);
    recorder.startRun();
    return recorder;
  }

  /** Ends the active recorder, if there is one. */
  async end(status: EndStatus = "FINISHED"): Promise<void> {
    await this.activeRecorder?.endRun(status);
  }

  /** A run that is not started and not stored yet. */
  createRecorder(name = DEFAULT_RECORDER_NAME): Recorder {
    return this.#live.newRecorder(
      scheduledRow({ id: uuidv7(), name: checkName("run", name), experimentId: this.id, experimentName: this.name }),
    );
  }

  /**
   * The run that `choice` means, ready to be started.
   *
   * @throws RecorderNotFoundError for an unknown id, or one of another experiment. @throws AlreadyActiveError when that
   * run is running.
   */
  async chooseRecorder({ recorderId, recorderName, resume = false }: RunChoice): Promise<Recorder> {
    if (recorderId !== undefined && !resume) {
      throw new InvalidArgumentError(
        `Cannot start a run: recorderId "${recorderId}" is given without resume\n  to go on with that run: { recorderId, resume: true }; a new run gets an id of its own`,
      );
    }
    if (this.#deletedAt !== undefined)
      throw new ExpNotFoundError(
        `Cannot start a run in experiment "${this.name}": it is deleted\n  to have it back: await R.restoreExp({ experimentId: "${this.id}" })`,
      );
    if (!resume) return this.createRecorder(recorderName);
    const found =
      recorderId === undefined
        ? await this.#newest(recorderName ?? DEFAULT_RECORDER_NAME)
        : await this.#own(recorderId);
    if (found?.status === "RUNNING")
      throw new AlreadyActiveError(
        `Cannot resume run "${found.name}" (${found.id}): it is running, in ${found.owner}\n  end it there first`,
      );
    return found ?? this.createRecorder(recorderName);
  }

  /**
   * A stored run of this experiment: by id, else the newest of the name, else the active one, else the newest of the
   * default name.
   *
   * @throws RecorderNotFoundError when there is none, or the id is of another experiment.
   */
  async getRecorder(choice: Omit<RunChoice, "resume"> & DeletedToo = {}): Promise<Recorder> {
    checkOptions("Cannot find a run", choice, RECORDER_CHOICE);
    const { recorderId, recorderName, includeDeleted = false } = choice;
    if (recorderId !== undefined) return this.#own(recorderId, { includeDeleted });
    if (recorderName === undefined && this.activeRecorder) return this.activeRecorder;
    const name = recorderName ?? DEFAULT_RECORDER_NAME;
    const found = await this.#newest(name, { includeDeleted });
    if (found) return found;
    throw new RecorderNotFoundError(
      `Cannot find a run named "${name}" in experiment "${this.name}"\n  to see what there is: await R.listRecorders({ experimentName: "${this.name}" })`,
    );
  }

  /** Its runs, newest start first. */
  async listRecorders(options: ListOptions = {}): Promise<RecorderList> {
    checkOptions("Cannot list runs", options, LIST_OPTIONS);
    const { status, limit, filter = "", where = {}, includeDeleted = false } = options;
    if (status != null && !STATUSES.includes(status))
      throw new UnknownNameError("status", String(status), STATUSES, { context: "Cannot list runs" });
    if (limit != null && !(Number.isSafeInteger(limit) && limit >= 0))
      throw new InvalidArgumentError(`Cannot list runs: limit ${String(limit)} is no whole number of at least 0`);
    const conditions = [...parseFilter(filter), ...toConditions(where)];
    return RecorderList.containing(
      await this.#live.findRecorders(
        this.#filter({ conditions, includeDeleted, ...(status && { status }), ...(limit !== undefined && { limit }) }),
      ),
    );
  }

  /** Its runs as one table; see `R.searchRecords`. */
  searchRecords(options: Omit<SearchOptions, "experimentIds" | "experimentNames"> = {}): Promise<ColumnTable> {
    return searchRecords(this.#live, { ...options, experimentIds: [this.id] });
  }

  /**
   * Soft-deletes a run: by id, else the newest of the name. It is left out of listings until it is restored; nothing
   * of it is removed.
   *
   * @throws AlreadyActiveError when it is running. @throws RecorderNotFoundError when there is none.
   */
  async deleteRecorder(choice: { readonly recorderId?: string; readonly recorderName?: string }): Promise<void> {
    checkChosen("delete a run", choice, "recorder");
    await deleteRun(this.#live, await this.getRecorder(choice));
  }

  /** Takes over what the store says of the experiment; the manager calls it. */
  refresh({ deletedAt }: { readonly deletedAt: number | null }): this {
    this.#deletedAt = deletedAt === null ? undefined : new Date(deletedAt);
    return this;
  }

  [VIEW](): View {
    const active = this.activeRecorder;
    return { kind: "experiment", title: this.name, facts: { "active run": active?.name, id: this.id }, ref: this };
  }

  toString(): string {
    return `Experiment(${this.name}, ${this.id})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** One that is not deleted, where there is one. */
  async #newest(name: string, { includeDeleted = false }: DeletedToo = {}): Promise<Recorder | undefined> {
    const [found] = await this.#live.findRecorders(this.#filter({ name, limit: 1 }));
    if (found || !includeDeleted) return found;
    return (await this.#live.findRecorders(this.#filter({ name, limit: 1, includeDeleted })))[0];
  }

  async #own(id: string, options: DeletedToo = {}): Promise<Recorder> {
    const recorder = await this.#live.getRecorder(id, options);
    if (recorder.experimentId === this.id) return recorder;
    throw new RecorderNotFoundError(
      `Cannot find run "${id}" in experiment "${this.name}": it is one of experiment "${recorder.info.experimentName}"\n  leave the experiment out: an id is enough`,
    );
  }

  #filter(more: Omit<RunFilter, "experimentId">): RunFilter {
    return { experimentId: this.id, ...more };
  }
}
