import { execFileSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import os from "node:os";

/** What identifies a process for as long as anybody may ask whether it lives. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** When the process started, in the system's own unit; undefined where the system does not tell. */
  readonly processStart?: number;
  /** The numbering the pid belongs to (Linux pid namespace). */
  readonly processSpace?: string;
}

/** Another host's run counts as dead when its owner has been silent for this long. */
export const SILENCE_MS = 120_000;

let own: ProcessIdentity | undefined;

/** Of this process: goes into a run's event, so that others can tell whether its owner lives. */
export function processIdentity(): ProcessIdentity {
  if (own) return own;
  const processStart = processStartOf(process.pid);
  const processSpace = ownSpace();
  own = {
    host: os.hostname(),
    pid: process.pid,
    ...(processStart === undefined ? {} : { processStart }),
    ...(processSpace === undefined ? {} : { processSpace }),
  };
  return own;
}

/** The owner of a running run as the log tells it. */
export interface RunOwner extends Partial<ProcessIdentity> {
  /** Epoch ms of the owner's last sign of life. */
  readonly lastSeen: number;
}

/**
 * Whether the owner of a running run is dead. On this host: its pid is gone or belongs to a process that started at another time.
 * Elsewhere: silent for 120 s.
 */
export function isOwnerDead(owner: RunOwner, now: number): boolean {
  const self = processIdentity();
  const silent = now - owner.lastSeen > SILENCE_MS;
  if (owner.host !== self.host || owner.pid === undefined || owner.processSpace !== self.processSpace) return silent;
  if (!isRunning(owner.pid)) return true;
  if (owner.processStart === undefined) return false;
  const start = owner.pid === self.pid ? self.processStart : processStartOf(owner.pid);
  return start !== undefined && start !== owner.processStart;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !isZombie(pid);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Dead, but its parent has not asked for its exit code yet. */
const isZombie = (pid: number) => /^[ZX]/.test(statFields(pid)?.[0] ?? "");

function processStartOf(pid: number): number | undefined {
  if (process.platform === "linux") {
    const ticks = Number(statFields(pid)?.[19]);
    return Number.isFinite(ticks) ? ticks : undefined;
  }
  if (process.platform === "win32") return undefined;
  try {
    const started = Date.parse(
      execFileSync("ps", ["-o", "lstart=", "-p", String(pid)], {
        encoding: "utf8",
        env: { ...process.env, LC_ALL: "C" },
        timeout: 2000,
      }),
    );
    return Number.isNaN(started) ? undefined : started;
  } catch {
    return undefined;
  }
}

/** The fields of /proc/<pid>/stat after the command's name, which may hold spaces and brackets. */
function statFields(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  } catch {
    return undefined;
  }
}

function ownSpace(): string | undefined {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return undefined;
  }
}
