import type { Market } from "../data/market.js";
import { taskSegments, type Task } from "../task/task.js";
import { parseDatetime } from "../engine/datetime.js";
import { R } from "../tracking/r.js";
import type { Recorder } from "../tracking/recorder.js";
import { runMarket } from "./run-market.js";

/** A model and the days it is meant for. */
export interface Roll {
  readonly run: Recorder;
  readonly template: number;
  /** First day of its test segment, epoch ms. */
  readonly start: number;
}

/** What does not change of runs, read once: their recorders and tasks; and their markets as of the day at hand. */
export class RunCache {
  readonly #recorders = new Map<string, Promise<Recorder>>();
  readonly #tasks = new Map<string, Promise<Task>>();
  #markets = new Map<string, Promise<Market>>();
  #day = "";

  /** In the order of the ids. */
  recorders(ids: readonly string[]): Promise<Recorder[]> {
    return Promise.all(ids.map((id) => once(this.#recorders, id, () => R.getRecorder({ recorderId: id }))));
  }

  task(run: Recorder): Promise<Task> {
    return once(this.#tasks, run.id, async () => (await run.loadObject("task")) as Task);
  }

  async roll(run: Recorder): Promise<Roll> {
    const task = await this.task(run);
    const start = taskSegments(task).test?.[0];
    return { run, template: Number(task.template ?? 0), start: start == null ? -Infinity : parseDatetime(start) };
  }

  /** The run's market as it was known on a day; runs of one template share it. */
  async market(run: Recorder, day: string): Promise<Market> {
    if (this.#day !== day) [this.#markets, this.#day] = [new Map(), day];
    const { dataset } = await this.task(run);
    const handler = dataset.kwargs.handler as { readonly kwargs?: { readonly market?: object } };
    const { asOf: _then, ...address } = (handler.kwargs?.market ?? {}) as { readonly asOf?: string };
    return once(this.#markets, JSON.stringify(address), () => runMarket(run, day));
  }
}

/** A failed one is tried again. */
function once<T>(made: Map<string, Promise<T>>, key: string, make: () => Promise<T>): Promise<T> {
  const found = made.get(key);
  if (found) return found;
  const making = make();
  made.set(key, making);
  making.catch(() => made.delete(key));
  return making;
}
