import { inspect } from "node:util";
import { durationText } from "../host/duration-text.js";
import { VIEW } from "../panel/view.js";
import type { Recorder } from "../tracking/recorder.js";
import { RunStatus } from "../tracking/run-status.js";
import { LiveView, type Look } from "./live-view.js";

export interface WatchOptions {
  /** Seconds between two looks; at least 0.1. Default 0.25 for a run of this process, 0.5 for another's. */
  readonly every?: number;
}

/** A display of a running run that is brought up to date where it stands; see `Recorder.watch`. */
export class RunWatch {
  readonly run: Recorder;
  readonly #display: LiveView<RunStatus>;

  constructor(run: Recorder, { every = run.isOwn ? 0.25 : 0.5 }: WatchOptions = {}) {
    this.run = run;
    // A run of this process needs something else that keeps it going.
    this.#display = new LiveView(() => look(run), { what: "a run", every, holdsProcess: !run.isOwn });
  }

  /**
   * Resolves with the last status when the run has ended or the watch was stopped.
   * Rejects with InterruptedError when the cell that began it is interrupted, with a StoreError when the store cannot
   * be read.
   */
  get ended(): Promise<RunStatus> {
    return this.#display.ended;
  }

  /** Ends the display; the run goes on. */
  stop(): void {
    this.#display.stop();
  }

  toString(): string {
    return `RunWatch(${this.run.name})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }
}

async function look(run: Recorder): Promise<Look<RunStatus>> {
  await run.reload();
  const status = await RunStatus.read(run);
  const values = [...status.metrics].slice(0, 6).map(([key, { value }]) => `${key} ${Number(value.toPrecision(5))}`);
  const line = [run.name, run.status, durationText(status.elapsed), ...values].join(" · ");
  return { value: status, view: status[VIEW](), line, isOver: run.status !== "RUNNING" };
}
