import { spawn } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { isCompactionDue } from "./compaction-due.js";
import { LOG_NAME } from "./log-tail.js";
import { SNAPSHOT_FILE } from "./manifest.js";

const LOOK_EVERY_MS = 5000;
/** A larger base is renewed with the next generation, not at the end of every script. */
const SMALL_SNAPSHOT_BYTES = 250_000_000;

/**
 * Has the store compacted by a process of its own when that is due, so that neither the event loop nor the end of this process
 * waits for it. `ALPHABOOK_COMPACTION=off` leaves it to the command `alphabook store compact`.
 */
export class BackgroundCompaction {
  readonly #root: string;
  #nextLook = 0;
  #watchesEnd = false;

  constructor(root: string) {
    this.#root = root;
  }

  /** Looks, at most every few seconds and not within the caller's turn, whether there is something to do. */
  consider(): void {
    const now = Date.now();
    if (now < this.#nextLook || !isOn()) return;
    this.#nextLook = now + LOOK_EVERY_MS;
    setImmediate(() => {
      try {
        if (isCompactionDue(this.#root)) start(this.#root, "due");
      } catch {
        // Whoever reads the store is told what is wrong with it.
      }
    }).unref();
  }

  /** When this process ends, and no other on this host writes to the store, `runs.duckdb` is made or renewed. */
  renewSnapshotAtEnd(writer: string): void {
    if (this.#watchesEnd || !isOn()) return;
    this.#watchesEnd = true;
    process.once("exit", () => {
      // A store in a temporary folder may have been removed by now.
      if (!existsSync(path.join(this.#root, "log"))) return;
      const bytes = statSync(path.join(this.#root, SNAPSHOT_FILE), { throwIfNoEntry: false })?.size ?? 0;
      if (bytes < SMALL_SNAPSHOT_BYTES && !hasOtherWriters(this.#root, writer)) start(this.#root, "snapshot");
    });
  }
}

const program = fileURLToPath(new URL("./compaction-process.js", import.meta.url));

const isOn = () => process.env.ALPHABOOK_COMPACTION !== "off" && existsSync(program);

function start(root: string, what: "due" | "snapshot"): void {
  const child = spawn(process.execPath, [program, root, what], { detached: true, stdio: "ignore", windowsHide: true });
  child.on("error", () => {
    // No process can be had now; the next look tries again.
  });
  child.unref();
}

function hasOtherWriters(root: string, own: string): boolean {
  const here = os
    .hostname()
    .replace(/[^A-Za-z0-9-]/g, "_")
    .slice(0, 40);
  const writers = new Set(readdirSync(path.join(root, "log")).flatMap((name) => LOG_NAME.exec(name)?.[1] ?? []));
  return [...writers].some((writer) => {
    const [, host, pid] = /-(.+)-(\d+)-[0-9a-f]+$/.exec(writer) ?? [];
    return writer !== own && host === here && Number(pid) !== process.pid && isAlive(Number(pid));
  });
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
