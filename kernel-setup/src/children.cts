import type { ChildProcess } from "node:child_process";

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
const children = new Set<ChildProcess>();

/**
 * Sees to it that a child does not outlive this process: it is killed when we exit or are told to end by a signal.
 * Signal handlers stand only while a child lives. Where somebody else handles the signal too, they decide about our fate, and
 * the child is killed when we exit. Nothing helps against `kill -9` of ourselves; the kernel notices that its parent is gone.
 */
export function killWithUs(child: ChildProcess): void {
  if (children.size === 0) watch();
  children.add(child);
  child.once("exit", () => {
    children.delete(child);
    if (children.size === 0) unwatch();
  });
}

/** Ends a child and, except on Windows, every process of its group at once. */
export function killGroup(child: ChildProcess): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (process.platform === "win32") child.kill("SIGKILL");
    else process.kill(-child.pid, "SIGKILL");
  } catch {
    child.kill("SIGKILL");
  }
}

function killAll(): void {
  for (const child of children) killGroup(child);
}

function watch(): void {
  process.on("exit", killAll);
  for (const signal of SIGNALS) process.prependListener(signal, onSignal);
}

function unwatch(): void {
  process.off("exit", killAll);
  for (const signal of SIGNALS) process.off(signal, onSignal);
}

/** Stands aside while the others are called, so that each can see whether it is the only one. */
function onSignal(signal: NodeJS.Signals): void {
  process.off(signal, onSignal);
  if (process.listenerCount(signal) === 0) {
    killAll();
    process.kill(process.pid, signal);
    return;
  }
  setImmediate(() => {
    if (children.size > 0) process.prependListener(signal, onSignal);
  });
}
