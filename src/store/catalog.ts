import { openEngine, type Engine, type SqlValue } from "../engine/engine.js";
import type { EngineTable } from "../engine/columns.js";
import type { StoreEvent } from "./events.js";
import type { LogTail } from "./log-tail.js";

/** The tables over the log, in a DuckDB of their own. */
export class Catalog {
  readonly #engine: Engine;
  private constructor(engine: Engine) {
    this.#engine = engine;
  }
  static async open(_root: string, _tail: LogTail, _append: (events: readonly StoreEvent[]) => void): Promise<Catalog> {
    return new Catalog(await openEngine({ memoryShare: 0.25 }));
  }
  async refresh(): Promise<void> {}
  async sql(text: string, params: readonly SqlValue[], options: { signal?: AbortSignal | null }): Promise<EngineTable> {
    return this.#engine.query(text, params, options);
  }
  close(): void {
    this.#engine.close();
  }
}
