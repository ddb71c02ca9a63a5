import { createHash } from "node:crypto";
import { stringify } from "uuid";
import {
  ExpAlreadyExistsError,
  ExpNotFoundError,
  InvalidArgumentError,
  RecorderNotFoundError,
  nearest,
} from "../errors.js";
import type { ExperimentEvent } from "../store/events.js";
import {
  findExperiments,
  findRuns,
  readLatest,
  readParams,
  type ExperimentRow,
  type RunFilter,
  type RunRow,
} from "../store/run-queries.js";
import type { Store } from "../store/store.js";
import { Experiment } from "./experiment.js";
import { Recorder, type RecorderHome } from "./recorder.js";

const MAX_EXPERIMENT_NAME = 500;

/** Whether soft-deleted ones count; default no. */
export interface DeletedToo {
  readonly includeDeleted?: boolean;
}

export interface WantedExperiment {
  readonly id?: string | undefined;
  readonly name?: string | undefined;
}

/** The recorders and experiments of one store that this process holds: the same id gives the same object. */
export class LiveObjects implements RecorderHome {
  readonly store: Store;
  /** Runs that this process has started and not ended. */
  readonly running = new Set<Recorder>();
  readonly #recorders = new Map<string, WeakRef<Recorder>>();
  readonly #experiments = new Map<string, Experiment>();
  readonly #forget = new FinalizationRegistry<string>((id) => {
    if (this.#recorders.get(id)?.deref() === undefined) this.#recorders.delete(id);
  });

  constructor(store: Store) {
    this.store = store;
  }

  started(recorder: Recorder): void {
    this.running.add(recorder);
  }

  ended(recorder: Recorder): void {
    this.running.delete(recorder);
  }

  /** A recorder for a run that is not stored yet. */
  newRecorder(row: RunRow): Recorder {
    return this.#keep(new Recorder(this, row));
  }

  /** Runs as recorders, newest start first. */
  async findRecorders(filter: RunFilter): Promise<Recorder[]> {
    const rows = await findRuns(this.store, filter);
    const ids = rows.map(({ id }) => id);
    const [params, metrics] =
      ids.length === 0
        ? [new Map(), new Map()]
        : await Promise.all([readParams(this.store, ids), readLatest(this.store, ids)]);
    return rows.map((row) => {
      const known = { params: params.get(row.id) ?? new Map(), metrics: metrics.get(row.id) ?? new Map() };
      const live = this.#recorders.get(row.id)?.deref();
      return live ? live.refresh(row, known) : this.#keep(new Recorder(this, row, known));
    });
  }

  /** Of these runs, those that this process holds learn what the store says of them. */
  async refreshHeld(ids: readonly string[]): Promise<void> {
    const held = ids.filter((id) => this.#recorders.get(id)?.deref() !== undefined);
    if (held.length > 0) await this.findRecorders({ ids: held });
  }

  /** @throws RecorderNotFoundError when there is no run of this id, or it is deleted and those are not asked for. */
  async getRecorder(id: string, { includeDeleted = false }: DeletedToo = {}): Promise<Recorder> {
    const [row] = await findRuns(this.store, { ids: [id] });
    if (row === undefined || (row.deletedAt !== null && !includeDeleted)) {
      const advice = row
        ? `to have it back: await R.restoreRecorder({ recorderId: "${id}" })`
        : "to see what there is: await R.listRecorders()";
      throw new RecorderNotFoundError(
        `Cannot find run "${id}" in ${this.store.root}: ${row ? "it is deleted" : "there is no run of this id"}\n  ${advice}`,
      );
    }
    return (await this.findRecorders({ ids: [id] }))[0]!;
  }

  /** Experiments, oldest first. */
  async listExperiments({ includeDeleted = false }: DeletedToo = {}): Promise<
    { experiment: Experiment; row: ExperimentRow }[]
  > {
    const rows = (await this.#lookAtExperiments()).filter((row) => includeDeleted || row.deletedAt === null);
    return rows.map((row) => ({ row, experiment: this.#experiment(row) }));
  }

  /** The experiment of this id or name; the id wins. Of deleted ones of a name the newest. Undefined when there is none. */
  async findExperiment({ id, name }: WantedExperiment, options: DeletedToo = {}): Promise<Experiment | undefined> {
    const all = await this.listExperiments(options);
    const fitting = all.filter(({ row }) => (id === undefined ? row.name === name : row.id === id));
    return (fitting.find(({ row }) => row.deletedAt === null) ?? fitting.at(-1))?.experiment;
  }

  /**
   * @throws ExpNotFoundError naming the nearest.
   * @throws InvalidArgumentError when id and name are of two experiments.
   */
  async getExperiment(wanted: WantedExperiment, options: DeletedToo = {}): Promise<Experiment> {
    const found = await this.findExperiment(wanted, options);
    const { id, name } = wanted;
    if (found === undefined) {
      const all = (await this.listExperiments(options)).map(({ experiment }) => experiment);
      const names = all.map((each) => (id === undefined ? each.name : each.id));
      const near = nearest(id ?? name ?? "", names);
      throw new ExpNotFoundError(
        `Cannot find experiment "${id ?? name}" in ${this.store.root}\n  there are: ${all.map((each) => each.name).join(", ") || "none"}${near === undefined ? "" : `\n  did you mean "${near}"?`}`,
      );
    }
    if (id !== undefined && name !== undefined && found.name !== name) {
      throw new InvalidArgumentError(
        `Cannot choose an experiment: id "${id}" is of "${found.name}", not of "${name}"\n  give one of the two`,
      );
    }
    return found;
  }

  /** The experiment of this name, made when there is none. Several processes that make it at once make the same one. */
  async getOrCreateExperiment(name: string): Promise<Experiment> {
    const known = this.knownExperiment(name);
    if (known) return known;
    return (await this.findExperiment({ name })) ?? this.#createNext(name);
  }

  /** A new experiment. @throws ExpAlreadyExistsError when there is one of this name that is not deleted. */
  async createExperiment(name: string): Promise<Experiment> {
    const found = await this.findExperiment({ name });
    if (found === undefined) return this.#createNext(name);
    throw new ExpAlreadyExistsError(
      `Cannot make experiment "${name}": there is one of this name\n  id: ${found.id}\n  to use it: await R.getExp({ experimentName: "${name}" })`,
    );
  }

  async #createNext(name: string): Promise<Experiment> {
    const rows = new Map((await this.#lookAtExperiments()).map((row) => [row.id, row]));
    let life = 0;
    while (rows.get(experimentIdOf(name, life))?.deletedAt != null) life++;
    // Another process may have made it since we looked for its name.
    const made = rows.get(experimentIdOf(name, life));
    if (made) return this.#experiment(made);
    return this.#create({
      e: "experiment",
      experiment: experimentIdOf(name, life),
      name: checkExperimentName(name),
      createdAt: Date.now(),
    });
  }

  /** The experiment of this name if this process has met it. */
  knownExperiment(name: string): Experiment | undefined {
    return [...this.#experiments.values()].find((known) => known.name === name && known.deletedAt === undefined);
  }

  /**
   * An experiment without a look into the store: the one that every process would make first. `settleExperiment` has to
   * follow.
   */
  assumeExperiment(name: string): Experiment {
    return (
      this.knownExperiment(name) ??
      this.#create({ e: "experiment", experiment: experimentIdOf(name, 0), name: checkExperimentName(name) })
    );
  }

  /** Looks at what was assumed: gives the experiment that really has the name. */
  async settleExperiment(assumed: Experiment): Promise<Experiment> {
    const row = (await this.#lookAtExperiments()).find(({ id }) => id === assumed.id);
    if (row?.deletedAt === null) {
      if (row.createdAt === null) this.store.append({ e: "experiment", experiment: row.id, createdAt: Date.now() });
      return assumed;
    }
    return this.getOrCreateExperiment(assumed.name);
  }

  /** All experiments of the store; those this process holds learn whether somebody deleted or restored them. */
  async #lookAtExperiments(): Promise<ExperimentRow[]> {
    const rows = await findExperiments(this.store);
    for (const row of rows) this.#experiments.get(row.id)?.refresh(row);
    return rows;
  }

  #create(event: ExperimentEvent & { name: string }): Experiment {
    const live = this.#experiments.get(event.experiment);
    if (live) return live;
    this.store.append(event);
    return this.#experiment({ id: event.experiment, name: event.name, deletedAt: null });
  }

  #experiment({ id, name, deletedAt }: Pick<ExperimentRow, "id" | "name" | "deletedAt">): Experiment {
    let experiment = this.#experiments.get(id);
    if (!experiment) this.#experiments.set(id, (experiment = new Experiment(this, { id, name })));
    return experiment.refresh({ deletedAt });
  }

  #keep(recorder: Recorder): Recorder {
    this.#recorders.set(recorder.id, new WeakRef(recorder));
    this.#forget.register(recorder, recorder.id);
    return recorder;
  }
}

/** @throws InvalidArgumentError when it is empty or longer than 500 characters. */
function checkExperimentName(name: string): string {
  if (name.trim() !== "" && name.length <= MAX_EXPERIMENT_NAME) return name;
  throw new InvalidArgumentError(
    `Cannot make an experiment: its name ${name.trim() === "" ? "is empty" : `has ${name.length} characters`}\n  expected: 1 to ${MAX_EXPERIMENT_NAME} characters`,
  );
}

/**
 * The id of an experiment follows from its name, so that processes which make it at the same time make one and not two.
 *
 * @param life How many experiments of this name were deleted before.
 * @example
 * experimentIdOf("first-hour", 0) === experimentIdOf("first-hour", 0) // -> true
 */
export function experimentIdOf(name: string, life: number): string {
  const bytes = createHash("sha256").update(`experiment\0${life}\0${name}`).digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x80;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  return stringify(bytes);
}
