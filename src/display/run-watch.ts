import { inspect } from "node:util";
import { InterruptedError, InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { VIEW } from "../panel/view.js";
import type { Recorder } from "../tracking/recorder.js";
import { durationText, RunStatus } from "../tracking/run-status.js";
import { viewBundle } from "./view-bundle.js";

export interface WatchOptions {
  /** Seconds between two looks; at least 0.1. Default 0.25 for a run of this process, 0.5 for another's. */
  readonly every?: number;
}

const FASTEST_SECONDS = 0.1;
/** A look that took long is followed by a pause of this many times as long: watching must not slow the run down. */
const PAUSE_FACTOR = 4;
const LONGEST_PAUSE_MS = 1_500;
/** A terminal gets a line this often. */
const LINE_MS = 5_000;
let nextId = 0;

/** A display of a running run that is brought up to date where it stands; see `Recorder.watch`. */
export class RunWatch {
  readonly run: Recorder;
  /**
   * Resolves with the last status when the run has ended or the watch was stopped.
   * Rejects with InterruptedError when the cell that began it is interrupted, with a StoreError when the store cannot
   * be read.
   */
  readonly ended: Promise<RunStatus>;
  readonly #stop = new AbortController();
  readonly #draw = host.bridge ? notebookDrawing() : terminalDrawing();

  constructor(run: Recorder, { every = run.isOwn ? 0.25 : 0.5 }: WatchOptions = {}) {
    if (!(every >= FASTEST_SECONDS))
      throw new InvalidArgumentError(
        `Cannot watch a run every ${every} s\n  expected: seconds, at least ${FASTEST_SECONDS}`,
      );
    this.run = run;
    this.ended = this.#follow(every * 1000, host.signal);
    // Whoever does not wait for it sees the display stop.
    this.ended.catch(() => {});
  }

  /** Ends the display; the run goes on. */
  stop(): void {
    this.#stop.abort();
  }

  toString(): string {
    return `RunWatch(${this.run.name})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  async #follow(everyMs: number, interrupted: AbortSignal): Promise<RunStatus> {
    const { run } = this;
    const stop = AbortSignal.any([this.#stop.signal, interrupted]);
    for (;;) {
      const began = performance.now();
      await run.reload();
      const status = await RunStatus.read(run);
      const isLast = run.status !== "RUNNING" || stop.aborted;
      this.#draw(status, isLast);
      if (interrupted.aborted) throw new InterruptedError();
      if (isLast) return status;
      const took = performance.now() - began;
      const rest = Math.max(everyMs - took, Math.min(took * PAUSE_FACTOR, LONGEST_PAUSE_MS));
      await pause(rest, stop, { holdsProcess: !run.isOwn });
    }
  }
}

type Draw = (status: RunStatus, isLast: boolean) => void;

function notebookDrawing(): Draw {
  const id = `alphabook-watch-${process.pid}-${nextId++}`;
  let shown = false;
  return (status, isLast) => {
    const view = status[VIEW]();
    const remark = status.run.status === "RUNNING" ? (isLast ? "no longer watched" : "watching") : "";
    const { data, metadata } = viewBundle(
      { ...view, notes: [...(view.notes ?? []), remark].filter((note) => note !== "") },
      { cards: true },
    );
    host.bridge?.display({ ...data }, { id, update: shown, metadata: { ...metadata, alphabook: "watch" } });
    shown = true;
  };
}

/** A line now and then; nothing in CI. */
function terminalDrawing(): Draw {
  let last = -Infinity;
  return (status, isLast) => {
    const now = performance.now();
    if (process.env.CI || (!isLast && now - last < LINE_MS)) return;
    last = now;
    const values = [...status.metrics].slice(0, 6).map(([key, { value }]) => `${key} ${Number(value.toPrecision(5))}`);
    process.stderr.write(
      `${[status.run.name, status.run.status, durationText(status.elapsed), ...values].join(" · ")}\n`,
    );
  };
}

/** Ends early when `stop` is aborted. A run of this process needs something else that keeps it going. */
function pause(ms: number, stop: AbortSignal, { holdsProcess }: { holdsProcess: boolean }): Promise<void> {
  return new Promise((resolve) => {
    if (stop.aborted) return resolve();
    const end = () => {
      clearTimeout(timer);
      stop.removeEventListener("abort", end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    if (!holdsProcess) timer.unref();
    stop.addEventListener("abort", end, { once: true });
  });
}
