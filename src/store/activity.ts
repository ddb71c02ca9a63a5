import type { EngineColumn, EngineTable } from "../engine/columns.js";
import { textColumn } from "../engine/infer-column.js";
import type { LogPart } from "./log-tail.js";

interface Seen {
  /** Epoch ms of the last event. */
  t: number;
  /** Epoch ms of the last heartbeat; NaN before the first. */
  heartbeat: number;
}

/** When each writer was last heard of in each run: tells whether a run's owner lives, and whether a verdict that it is dead was wrong. */
export class Activity {
  readonly #runs = new Map<string, Map<number, Seen>>();
  /** Runs that a finder has ever declared dead. */
  readonly #judged = new Set<string>();

  /** Notes the events of one part; adding a part twice changes nothing. */
  add({ writer, events }: LogPart): void {
    let run = "";
    let seen: Seen | undefined;
    for (const event of events) {
      if (!("r" in event)) continue;
      if ("byFinder" in event && event.byFinder) {
        this.#judged.add(event.r);
        continue;
      }
      if (event.r !== run || !seen) [run, seen] = [event.r, this.#seen(event.r, writer)];
      if (event.t > seen.t) seen.t = event.t;
      if (event.e === "h" && !(event.t <= seen.heartbeat)) seen.heartbeat = event.t;
    }
  }

  /** Notes what a file of the store has of an earlier time; `heartbeat` NaN where there was none. */
  note(run: string, writer: number, t: number, heartbeat: number): void {
    const seen = this.#seen(run, writer);
    if (t > seen.t) seen.t = t;
    if (!Number.isNaN(heartbeat) && !(heartbeat <= seen.heartbeat)) seen.heartbeat = heartbeat;
  }

  noteJudged(run: string): void {
    this.#judged.add(run);
  }

  hasHeartbeat(run: string): boolean {
    return [...(this.#runs.get(run)?.values() ?? [])].some(({ heartbeat }) => !Number.isNaN(heartbeat));
  }

  /** Runs that were heard of. */
  runs(): Iterable<string> {
    return this.#runs.keys();
  }

  /** Epoch ms of the writer's last event in the run. */
  lastSeen(run: string, writer: number): number | undefined {
    return this.#runs.get(run)?.get(writer)?.t;
  }

  isJudged(run: string): boolean {
    return this.#judged.has(run);
  }

  /** One row per run and writer: `run_id, writer, t, heartbeat`. */
  tableOf(runs: Iterable<string>): EngineTable {
    const rows = [...runs].flatMap((run) =>
      [...(this.#runs.get(run) ?? [])].map(([writer, seen]) => ({ run, writer, ...seen })),
    );
    return {
      numRows: rows.length,
      columns: new Map<string, EngineColumn>([
        ["run_id", textColumn(rows.map(({ run }) => run))],
        ["writer", { type: "integer", values: Float64Array.from(rows, ({ writer }) => writer) }],
        ["t", { type: "integer", values: Float64Array.from(rows, ({ t }) => t) }],
        ["heartbeat", { type: "integer", values: Float64Array.from(rows, ({ heartbeat }) => heartbeat) }],
      ]),
    };
  }

  #seen(run: string, writer: number): Seen {
    let writers = this.#runs.get(run);
    if (!writers) this.#runs.set(run, (writers = new Map()));
    let seen = writers.get(writer);
    if (!seen) writers.set(writer, (seen = { t: -Infinity, heartbeat: NaN }));
    return seen;
  }
}
