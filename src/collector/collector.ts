import type { Collected } from "./collected.js";

/** Whatever gathers values of many runs: {@link RecorderCollector}, {@link MergeCollector}, or your own. */
export interface Collector {
  /** Gathers, without processing. */
  collect(): Promise<Collected>;
  /** Gathers, then sends each value through the process chain; `args` go to its steps. */
  run(...args: readonly unknown[]): Promise<Collected>;
}
