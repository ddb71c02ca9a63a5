import { existsSync, mkdirSync, readFileSync, readdirSync, statSync, truncateSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { host } from "../host/host.js";
import type { Ailment } from "./doctor.js";
import { isOwnerDead } from "./liveness.js";
import { LOG_NAME, parseLines } from "./log-tail.js";

/** Where repairs put what they take away: nothing is ever deleted. */
export const ASIDE = "aside";
/** What lies directly in a store's folder. */
const OWN_NAMES = ["FORMAT", "log", "artifacts", "delta", "base", "runs.duckdb", "cache", "tasks", "uploads", "fetched", "artifacts.json", "MOVED", "team", "team.json", ASIDE];
const NEWLINE = 10;

/** Torn ends of logs, lines that are no events, and files that are no part of a store. */
export async function examineLogs(root: string, now: number): Promise<Ailment[]> {
  const found: Ailment[] = [];
  for (const name of existsSync(root) ? readdirSync(root).sort() : [])
    if (!OWN_NAMES.includes(name) && !name.startsWith("MANIFEST-")) found.push(alien(name));
  const folder = path.join(root, "log");
  for (const name of existsSync(folder) ? readdirSync(folder).sort() : []) {
    await host.breathe();
    const relative = `log/${name}`;
    found.push(...(LOG_NAME.test(name) ? examineLog(root, relative, now) : [alien(relative)]));
  }
  return found;
}

const alien = (where: string): Ailment => ({
  kind: "alien-file",
  where,
  what: "it is no part of a store and is not looked at",
  repair: undefined,
  cure: undefined,
});

/** Logs go on in another file at 16 MB, so one fits in memory. */
function examineLog(root: string, relative: string, now: number): Ailment[] {
  const file = path.join(root, relative);
  const bytes = readFileSync(file);
  const end = bytes.lastIndexOf(NEWLINE) + 1;
  const { skipped } = parseLines(bytes.subarray(0, end));
  const found: Ailment[] = [];
  if (skipped > 0)
    found.push({
      kind: "unreadable-line",
      where: relative,
      what: `${skipped} ${skipped === 1 ? "line is" : "lines are"} no event of this version; all others are read`,
      repair: undefined,
      cure: undefined,
    });
  if (end < bytes.length && isWriterDead(relative, statSync(file).mtimeMs, now))
    found.push(tornTail(root, relative, bytes.subarray(end), end));
  return found;
}

/** The writer's name holds its host and pid: `<time>-<host>-<pid>-<random>.<n>.jsonl`. */
function isWriterDead(relative: string, lastSeen: number, now: number): boolean {
  const [, writerHost, pid] = /-(.+)-(\d+)-[0-9a-f]+\.[^.]+\.jsonl$/.exec(relative) ?? [];
  const isHere =
    writerHost ===
    os
      .hostname()
      .replace(/[^A-Za-z0-9-]/g, "_")
      .slice(0, 40);
  // In another container of this host's name the pid would mean another process, so silence has to be there too.
  const silent = isOwnerDead({ lastSeen }, now);
  return silent && (!isHere || !isAlive(Number(pid)));
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function tornTail(root: string, relative: string, tail: Buffer, end: number): Ailment {
  const aside = `${ASIDE}/${relative}.torn`;
  return {
    kind: "torn-tail",
    where: relative,
    what: `it ends with ${tail.length} bytes of a line that was never finished, so nothing of it was acknowledged`,
    repair: `cut them off and keep them in ${aside}`,
    cure: () => {
      const file = path.join(root, relative);
      if (statSync(file).size !== end + tail.length) throw new Error(`${relative} has grown meanwhile`);
      const target = path.join(root, aside);
      mkdirSync(path.dirname(target), { recursive: true });
      writeFileSync(target, tail, { flush: true });
      truncateSync(file, end);
    },
  };
}
