import { readFileSync } from "node:fs";
import os from "node:os";
import { host } from "../../host/host.js";
import { fitsWhere } from "../fits-filter.js";
import type { EngineFilter } from "../pool-engine.js";
import { TASK_STATUSES, type PoolTask, type TaskFailure, type TaskStatus } from "../pool-task.js";
import { isGone, type Found, type PoolFolder } from "./pool-folder.js";
import { stateName } from "./state-name.js";
import { damageOf, TaskNotes, type TaskNote } from "./task-note.js";
import { WorkerFiles } from "./worker-file.js";

/** What the state files of a task hold, from its submission on. */
export interface Definition {
  readonly hash: string;
  readonly experiment: string;
  readonly def: unknown;
  readonly maxAttempts: number;
  readonly createdAt: number;
  /** Its file cannot be read; never written. */
  readonly damage?: string;
}

/** How often all folders are read again when a task was met nowhere. */
const ROUNDS = 20;

/** The tasks in a pool's folder: where each stands, what it says, and how one is moved. */
export class TaskFiles {
  readonly folder: PoolFolder;
  readonly workers: WorkerFiles;
  readonly notes: TaskNotes;
  readonly #definitions = new Map<string, Definition>();

  constructor(folder: PoolFolder) {
    this.folder = folder;
    this.workers = new WorkerFiles(folder);
    this.notes = new TaskNotes(folder);
  }

  /** Each task once, though tasks move while folders are read: a task that was met nowhere is looked for again. */
  async find(filter: EngineFilter): Promise<Found[]> {
    const found = new Map<string, Found>();
    for (let round = 0; round < ROUNDS; round++) {
      await host.breathe();
      const known = this.folder.names("key");
      found.clear();
      for (const status of TASK_STATUSES) for (const one of this.folder.states(status)) found.set(one.state.id, one);
      const onTheWay = new Set(this.folder.names("submitting").map((name) => name.split(".")[2]));
      if (known.every((id) => found.has(id) || onTheWay.has(id))) break;
    }
    return [...found.values()]
      .filter((one) => filter.statuses.includes(one.status) && this.fits(one, filter))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  fits(found: Found, { ids, experiment, where }: EngineFilter): boolean {
    if (ids && !ids.includes(found.state.id)) return false;
    if (experiment === undefined && where === undefined) return true;
    const definition = this.definition(found);
    if (!definition) return false;
    return (experiment === undefined || definition.experiment === experiment) && fitsWhere(definition.def, where);
  }

  /** Undefined when the task has been removed. */
  definition({ state: { id, sequence } }: Found): Definition | undefined {
    let known = this.#definitions.get(sequence);
    if (known) return known;
    const file = this.folder.file("key", id);
    try {
      known = JSON.parse(readFileSync(file, "utf8")) as Definition;
    } catch (error) {
      if (isGone(error)) return undefined;
      if (!(error instanceof SyntaxError)) throw error;
      return { hash: "", experiment: "", def: null, maxAttempts: 1, createdAt: 0, damage: damageOf(file, error) };
    }
    this.#definitions.set(sequence, known);
    return known;
  }

  /** Why a task cannot be worked on: a file of it is damaged. */
  damage(found: Found): TaskFailure | undefined {
    const { note, attempts } = found.state;
    const message = this.definition(found)?.damage ?? this.notes.read(note).damage;
    if (message === undefined) return undefined;
    return { name: "StoreError", message, host: os.hostname(), attempt: attempts, at: new Date().toISOString() };
  }

  /** As users see it, with its damage as error; undefined when it has been removed. */
  task(found: Found, pool: string): PoolTask | undefined {
    const definition = this.definition(found);
    if (!definition) return undefined;
    const { status, state } = found;
    const note = this.notes.read(state.note);
    const claim = state.token === undefined ? note : this.workers.facts(state.token);
    return {
      id: state.id,
      pool,
      experiment: definition.experiment,
      def: structuredClone(definition.def),
      hash: definition.hash,
      status,
      claimedFrom: state.from,
      priority: state.priority,
      attempts: state.attempts,
      maxAttempts: definition.maxAttempts,
      availableAt: state.available > Date.now() ? new Date(state.available) : undefined,
      result: note.result,
      error: definition.damage !== undefined || note.damage !== undefined ? this.damage(found) : note.error,
      worker: claim.worker,
      createdAt: new Date(definition.createdAt),
      startedAt: dateOf(claim.startedAt),
      finishedAt: dateOf(state.token === undefined ? note.finishedAt : undefined),
    };
  }

  /** Moves a task; a note given replaces the one it has. @returns False when it stands there no more. */
  settle({ status, name }: Found, to: TaskStatus, next: Found["state"], note?: TaskNote): boolean {
    const named = note ? { ...next, note: this.notes.write(note) } : next;
    const moved = this.folder.move(`${status}/${name}`, `${to}/${stateName(named)}`);
    if (moved && (to === "waiting" || to === "part_done")) this.folder.noteAdded(1);
    return moved;
  }

  /** A task that was removed. */
  forget(sequence: string): void {
    this.#definitions.delete(sequence);
  }
}

const dateOf = (time: number | undefined) => (time === undefined ? undefined : new Date(time));
