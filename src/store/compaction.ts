import { randomBytes } from "node:crypto";
import { existsSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { ensureFormat } from "./format.js";
import { writeBase, writeSnapshot } from "./base.js";
import { openNewest } from "./catalog.js";
import { writeDelta } from "./delta.js";
import { discardOutdated, GRACE_MS } from "./discard-outdated.js";
import { isCompactionDue } from "./compaction-due.js";
import { Generation } from "./generation.js";
import { LogTail } from "./log-tail.js";
import {
  baseFile,
  newestGeneration,
  NO_MANIFEST,
  publishManifest,
  readNewestManifest,
  SNAPSHOT_FILE,
  type Delta,
  type Manifest,
} from "./manifest.js";

/** Deltas up to this size are folded faster than a base is written. */
const SMALL_DELTAS_BYTES = 1_000_000;
const MANY_DELTAS = 32;

export interface CompactionOptions {
  /** `due`: only when logs have grown long or many; `delta`: what logs hold now; `base`: everything into one new base. */
  readonly to?: "due" | "delta" | "base";
  /** How long what is superseded stays for those who still read it; default 15 minutes. */
  readonly graceMs?: number;
}

export interface CompactionReport {
  /** `none`: nothing to do; `lost`: another process was first. */
  readonly made: "none" | "delta" | "base" | "lost";
  /** The newest one now. */
  readonly generation: number;
  /** Bytes of the logs that were taken in. */
  readonly logBytes: number;
  /** Superseded files that were deleted. */
  readonly deleted: number;
}

/**
 * Turns what the logs hold into a new generation: a delta, or a new base when the deltas have grown to a quarter of it. Any number
 * of processes may do it at any time and be killed in it: one wins, the others' work is thrown away, nothing is lost or doubled.
 */
export async function compact(root: string, options: CompactionOptions = {}): Promise<CompactionReport> {
  const { to = "due", graceMs = GRACE_MS } = options;
  const manifest = readNewestManifest(root);
  const logBytes = new LogTail(root, manifest).grown().reduce((sum, { bytes }) => sum + bytes, 0);
  const isUpToDate = logBytes === 0 && (to !== "base" || manifest.deltas.length === 0);
  let made: CompactionReport["made"] = "none";
  if (!isUpToDate && (to !== "due" || isCompactionDue(root))) {
    ensureFormat(root);
    const toBase = to === "base" || isBaseDue(root, manifest, logBytes);
    made = toBase ? await makeBase(root) : await makeDelta(root, manifest);
  }
  return { made, generation: newestGeneration(root), logBytes, deleted: discardOutdated(root, { graceMs }) };
}

/** Renews `runs.duckdb` so that it holds everything logged up to now. @returns Its path. */
export async function refreshSnapshot(root: string, options: Pick<CompactionOptions, "graceMs"> = {}): Promise<string> {
  for (;;) {
    const { made } = await compact(root, { ...options, to: "base" });
    const { base, generation } = readNewestManifest(root);
    if (made === "lost") continue;
    if (base === null) {
      // Nothing was ever logged: a base without rows.
      ensureFormat(root);
      await makeBase(root);
      continue;
    }
    if (made === "base") return path.join(root, SNAPSHOT_FILE);
    const reader = await Generation.open(root, { ...NO_MANIFEST }, { lock: false });
    try {
      return await reader.use((engine) => writeSnapshot(engine, root, base, generation));
    } finally {
      reader.retire();
    }
  }
}

/** Publishes a delta made by others than the logs. @returns False when another process published first. */
export function publishDelta(root: string, manifest: Manifest, delta: Delta): boolean {
  const deltas = [...manifest.deltas, delta];
  return publishManifest(root, { ...manifest, generation: manifest.generation + 1, deltas });
}

/** A name for a delta that no other process uses. */
export const newDeltaName = (generation: number) =>
  `${String(generation).padStart(8, "0")}-${process.pid}-${randomBytes(4).toString("hex")}`;

/** Puts what a generation keeps outside SQL into its tables, so that they can be written. */
export async function completeTail({ engine, activity, wide }: Generation): Promise<void> {
  for (const [table, rows] of [
    ["activity", activity.tableOf(activity.runs())],
    ["keys", wide.keys()],
  ] as const) {
    if (rows.numRows === 0) continue;
    const lent = engine.lend(rows);
    try {
      await engine.run(`DELETE FROM tail.${table}`, [], { signal: null });
      await engine.run(`INSERT INTO tail.${table} BY NAME ${lent.select}`, [], { signal: null });
    } finally {
      lent.end();
    }
  }
}

function isBaseDue(root: string, { base, deltas }: Manifest, logBytes: number): boolean {
  if (base === null) return true;
  // A log is about a tenth of its size as Parquet.
  const bytes = deltas.reduce((sum, delta) => sum + delta.bytes, logBytes / 10);
  const baseBytes = statSync(baseFile(root, base), { throwIfNoEntry: false })?.size ?? 0;
  return deltas.length >= MANY_DELTAS || bytes > Math.max(SMALL_DELTAS_BYTES, baseBytes / 4);
}

async function makeBase(root: string): Promise<"base" | "lost"> {
  const source = await openNewest(root, { lock: false });
  try {
    await source.follow(null);
    await completeTail(source);
    const number = source.manifest.generation + 1;
    const base = await writeBase(source, root, number);
    const next = { ...NO_MANIFEST, generation: number, base, ...ofPresentLogs(root, source.tail) };
    if (!publishManifest(root, next)) {
      rmSync(baseFile(root, base), { force: true });
      return "lost";
    }
    await writeSnapshot(source.engine, root, base, number);
    return "base";
  } finally {
    source.retire();
  }
}

async function makeDelta(root: string, manifest: Manifest): Promise<"delta" | "lost"> {
  const { watermarks, skipped } = manifest;
  const source = await Generation.open(root, { ...NO_MANIFEST, watermarks, skipped }, { lock: false });
  try {
    await source.follow(null);
    await completeTail(source);
    const number = manifest.generation + 1;
    const delta = await writeDelta(source.engine, root, newDeltaName(number));
    const deltas = [...manifest.deltas, delta];
    const next = { ...manifest, generation: number, deltas, ...ofPresentLogs(root, source.tail) };
    if (publishManifest(root, next)) return "delta";
    removeDelta(root, delta);
    return "lost";
  } finally {
    source.retire();
  }
}

export function removeDelta(root: string, { name, tables }: Delta): void {
  for (const table of tables) rmSync(path.join(root, "delta", `${name}.${table}.parquet`), { force: true });
}

/** A log that is gone was consumed long ago: no process needs its watermark any more. */
function ofPresentLogs(root: string, tail: LogTail): Pick<Manifest, "watermarks" | "skipped"> {
  const { watermarks, skipped } = tail.consumed();
  const present = (counts: Readonly<Record<string, number>>) =>
    Object.fromEntries(Object.entries(counts).filter(([file]) => existsSync(path.join(root, "log", file))));
  return { watermarks: present(watermarks), skipped: present(skipped) };
}

