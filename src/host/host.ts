import { InterruptedError } from "../errors.js";
import { findBridge, type CellEnd, type CellInfo, type KernelBridge, type Shutdown } from "./bridge.js";
import { holdSignals, onProcessShutdown, processSignal } from "./process-end.js";
import { startProgress, type Progress } from "./progress.js";

export type { CellEnd, CellInfo, KernelBridge, MimeBundle, Shutdown } from "./bridge.js";
export type { Progress } from "./progress.js";

const BREATH_MS = 50;
let lastBreath = 0;

/** The port to whatever runs us: a notebook's kernel, or a plain process. Nothing else knows which. */
export const host = {
  /** `notebook` inside our kernel, else `terminal`. */
  get kind(): "notebook" | "terminal" {
    return findBridge() ? "notebook" : "terminal";
  },

  /** Aborted when the running cell or command is interrupted. */
  get signal(): AbortSignal {
    return findBridge()?.signal ?? processSignal();
  },

  /** The running cell; undefined outside a notebook. */
  get cell(): CellInfo | undefined {
    return findBridge()?.cell ?? undefined;
  },

  /** The kernel's bridge, for displays and cell magics; undefined outside a notebook. */
  get bridge(): KernelBridge | undefined {
    return findBridge();
  },

  on,

  /**
   * Lets the event loop run, at most every 50 ms, so that an interrupt, a heartbeat and a display get their turn.
   * @throws InterruptedError when the running cell or command was interrupted.
   */
  breathe(): Promise<void> | void {
    if (host.signal.aborted) throw new InterruptedError();
    const now = performance.now();
    if (now - lastBreath < BREATH_MS) return;
    return new Promise<void>((resolve, reject) => {
      setImmediate(() => {
        lastBreath = performance.now();
        if (host.signal.aborted) reject(new InterruptedError());
        else resolve();
      });
    });
  },

  /**
   * A progress display: a bar under the cell, a bar or plain lines in a terminal, nothing in CI.
   * Shown only once the work has taken 300 ms; at most 10 updates a second; one line at the end.
   */
  progress(label: string, total: number): Progress {
    return startProgress(findBridge(), label, total);
  },

  /**
   * Until the function returned is called, the first SIGINT or SIGTERM of a plain process only aborts `host.signal`, and
   * what runs ends itself in order; the second one ends the process. A notebook's kernel sees to its signals itself.
   */
  holdSignals(): () => void {
    return findBridge() ? () => {} : holdSignals();
  },

  /** Shows a value now: richly under the cell, as text in a terminal. */
  async show(value: unknown): Promise<void> {
    const bridge = findBridge();
    if (bridge) await bridge.show(value);
    else console.log(value);
  },

  /** One line to the user that is not a result: what was done for them, what was skipped. */
  notice(text: string): void {
    const bridge = findBridge();
    if (bridge) bridge.display({ "text/plain": text });
    else if (!process.env.CI) process.stderr.write(`${text}\n`);
  },
};

/**
 * Calls `fn` after each cell, or once before the process ends (on exit, SIGINT, SIGTERM, SIGHUP, kernel shutdown).
 * A `shutdown` listener must do what matters synchronously. Returns a function that unsubscribes.
 */
function on(event: "cellEnd", fn: (cell: CellEnd) => void | Promise<void>): () => void;
function on(event: "shutdown", fn: (shutdown: Shutdown) => void): () => void;
function on(event: "cellEnd" | "shutdown", fn: (end: CellEnd & Shutdown) => void): () => void {
  const bridge = findBridge();
  if (event === "cellEnd") return bridge ? bridge.on("cellEnd", fn as (cell: CellEnd) => void) : () => {};
  const listener = fn as (shutdown: Shutdown) => void;
  const leaveBridge = bridge?.on("shutdown", listener);
  const leaveProcess = onProcessShutdown(listener, { signals: !bridge });
  return () => (leaveBridge?.(), leaveProcess());
}
