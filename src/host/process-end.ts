import type { Shutdown } from "./bridge.js";

const SIGNALS = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;

const controller = new AbortController();
const listeners = new Set<(shutdown: Shutdown) => void>();
let watching = false;
let watchingSignals = false;
let ended = false;
/** How many pieces of work end themselves in order at the first signal. */
let holders = 0;
/** An error that nobody catches: the process is about to end by it. */
let fatal: unknown;

/** Aborted by the first SIGINT of a plain process that listens for its end. */
export function processSignal(): AbortSignal {
  return controller.signal;
}

/** Calls `fn` once, synchronously, before the process ends. `kill -9` calls nothing. */
export function onProcessShutdown(fn: (shutdown: Shutdown) => void, { signals }: { signals: boolean }): () => void {
  listeners.add(fn);
  if (!watching) {
    watching = true;
    process.once("exit", (code) =>
      end({ reason: `exit ${code}`, failed: code !== 0, ...(fatal === undefined ? {} : { error: fatal }) }),
    );
    process.on("uncaughtExceptionMonitor", (error) => {
      if (process.listenerCount("uncaughtException") === 0) fatal = error;
    });
  }
  if (signals) watchSignals();
  return () => listeners.delete(fn);
}

/**
 * Until the function returned is called, the first SIGINT, SIGTERM or SIGHUP only aborts {@link processSignal}: what runs
 * ends itself in order. The second one ends the process as usual.
 */
export function holdSignals(): () => void {
  watchSignals();
  holders++;
  let held = true;
  return () => {
    if (held) holders--;
    held = false;
  };
}

function watchSignals(): void {
  if (watchingSignals) return;
  watchingSignals = true;
  for (const [signal, code] of Object.entries(SIGNALS)) watchSignal(signal as NodeJS.Signals, code);
}

function watchSignal(signal: NodeJS.Signals, code: number): void {
  const onSignal = () => {
    const isFirst = !controller.signal.aborted;
    controller.abort();
    if (isFirst && holders > 0) return;
    end({ reason: signal, failed: true });
    // Somebody else's handler decides about the process's fate; without one the default (end) holds.
    if (process.listenerCount(signal) === 1) process.exit(code);
  };
  process.on(signal, onSignal);
}

function end(shutdown: Shutdown): void {
  if (ended) return;
  ended = true;
  for (const fn of listeners) {
    try {
      fn(shutdown);
    } catch (error) {
      process.stderr.write(`While ending: ${String(error)}\n`);
    }
  }
}
