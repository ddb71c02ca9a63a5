import { inspect } from "node:util";
import { host } from "../host/host.js";
import type { WorkerInfo, WorkerProcess } from "./worker-process.js";

/** Workers that `startWorkers` has started; a cell that ends with them shows what each is doing. */
export class Workers {
  /** The name of their pool. */
  readonly pool: string;
  readonly #processes: readonly WorkerProcess[];

  constructor(pool: string, processes: readonly WorkerProcess[]) {
    [this.pool, this.#processes] = [pool, processes];
    const leave = host.on("shutdown", () => this.#tellAll());
    void this.ended.then(leave);
  }

  /** What each is doing now, in the order in which they were started. */
  list(): readonly WorkerInfo[] {
    return this.#processes.map(({ info }) => info);
  }

  /** When all are gone. */
  get ended(): Promise<void> {
    return Promise.all(this.#processes.map(({ ended }) => ended)).then(() => {});
  }

  /** Ends them in order: what they are at is given back, and done by others or later. */
  async stop(): Promise<void> {
    this.#tellAll();
    await this.ended;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.stop();
  }

  toString(): string {
    const counts = new Map<string, number>();
    for (const { status } of this.list()) counts.set(status, (counts.get(status) ?? 0) + 1);
    const parts = Array.from(counts, ([status, count]) => `${count} ${status}`);
    return `Workers(${this.pool}: ${parts.join(", ")})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  /** The View of `panel/view.ts`, which this room does not import. */
  [Symbol.for("alphabook.view")](): {
    readonly kind: string;
    readonly title: string;
    readonly facts: Readonly<Record<string, string | number>>;
    readonly table: readonly Readonly<Record<string, unknown>>[];
  } {
    const workers = this.list();
    const facts: Record<string, number> = {};
    for (const { status } of workers) facts[status] = (facts[status] ?? 0) + 1;
    return {
      kind: "table",
      title: `Workers on pool ${this.pool}`,
      facts,
      table: workers.map(({ pid, status, task, seconds, done, failed, error }) => ({
        pid: pid === undefined ? "" : String(pid),
        status,
        task: task?.slice(0, 8) ?? "",
        seconds: seconds === undefined ? null : Math.round(seconds * 10) / 10,
        done,
        failed,
        error: error?.split("\n")[0] ?? "",
      })),
    };
  }

  #tellAll(): void {
    for (const one of this.#processes) one.stop();
  }
}
