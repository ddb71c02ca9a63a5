import { inspect } from "node:util";
import { InterruptedError, InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import type { View } from "../panel/view.js";
import { viewBundle } from "./view-bundle.js";

/** What was seen at one look. */
export interface Look<Value> {
  readonly value: Value;
  readonly view: View;
  /** The same in a line, for a terminal. */
  readonly line: string;
  /** Nothing more will change. */
  readonly isOver: boolean;
}

export interface LiveViewOptions {
  /** What is looked at, for messages. */
  readonly what: string;
  /** Seconds between two looks; at least 0.1. */
  readonly every: number;
  /** False: when nothing else keeps this process going, watching does not. */
  readonly holdsProcess: boolean;
}

const FASTEST_SECONDS = 0.1;
/** A look that took long is followed by a pause of this many times as long: watching must not slow the work down. */
const PAUSE_FACTOR = 4;
const LONGEST_PAUSE_MS = 1_500;
/** A terminal gets a line this often. */
const LINE_MS = 5_000;
let nextId = 0;

/** A display that is brought up to date where it stands, until what it shows is over or it is stopped. */
export class LiveView<Value> {
  /**
   * Resolves with what was seen last. Rejects with InterruptedError when the cell that began it is interrupted, and with
   * what a look throws.
   */
  readonly ended: Promise<Value>;
  readonly #what: string;
  readonly #stop = new AbortController();
  readonly #draw = host.bridge ? notebookDrawing() : terminalDrawing();

  constructor(look: () => Promise<Look<Value>>, { what, every, holdsProcess }: LiveViewOptions) {
    if (!(every >= FASTEST_SECONDS))
      throw new InvalidArgumentError(
        `Cannot watch ${what} every ${every} s\n  expected: seconds, at least ${FASTEST_SECONDS}`,
      );
    this.#what = what;
    this.ended = this.#follow(look, every * 1000, host.signal, holdsProcess);
    // Whoever does not wait for it sees the display stop.
    this.ended.catch(() => {});
  }

  /** Ends the display; what it shows goes on. */
  stop(): void {
    this.#stop.abort();
  }

  toString(): string {
    return `LiveView(${this.#what})`;
  }

  [inspect.custom](): string {
    return this.toString();
  }

  async #follow(
    look: () => Promise<Look<Value>>,
    everyMs: number,
    interrupted: AbortSignal,
    holdsProcess: boolean,
  ): Promise<Value> {
    const stop = AbortSignal.any([this.#stop.signal, interrupted]);
    for (;;) {
      const began = performance.now();
      const seen = await look();
      const isLast = seen.isOver || stop.aborted;
      this.#draw(seen, isLast);
      if (interrupted.aborted) throw new InterruptedError();
      if (isLast) return seen.value;
      const took = performance.now() - began;
      const rest = Math.max(everyMs - took, Math.min(took * PAUSE_FACTOR, LONGEST_PAUSE_MS));
      await pause(rest, stop, holdsProcess);
    }
  }
}

type Draw = (seen: Look<unknown>, isLast: boolean) => void;

function notebookDrawing(): Draw {
  const id = `alphabook-watch-${process.pid}-${nextId++}`;
  let shown = false;
  return ({ view, isOver }, isLast) => {
    const remark = isOver ? "" : isLast ? "no longer watched" : "watching";
    const notes = [...(view.notes ?? []), remark].filter((note) => note !== "");
    const { data, metadata } = viewBundle({ ...view, notes }, { cards: true });
    host.bridge?.display({ ...data }, { id, update: shown, metadata: { ...metadata, alphabook: "watch" } });
    shown = true;
  };
}

/** A line now and then; nothing in CI. */
function terminalDrawing(): Draw {
  let last = -Infinity;
  return ({ line }, isLast) => {
    const now = performance.now();
    if (process.env.CI || (!isLast && now - last < LINE_MS)) return;
    last = now;
    process.stderr.write(`${line}\n`);
  };
}

/** Ends early when `stop` is aborted. */
function pause(ms: number, stop: AbortSignal, holdsProcess: boolean): Promise<void> {
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
