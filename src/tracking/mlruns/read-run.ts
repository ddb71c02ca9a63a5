import { closeSync, openSync, readdirSync, readFileSync, readSync } from "node:fs";
import path from "node:path";
import type { MetricPoint } from "../../store/known-points.js";
import { InvalidArgumentError } from "../../errors.js";
import { checkName } from "../logged-value.js";
import type { EndStatus } from "../recorder-info.js";
import { parsePoints } from "./parse-points.js";
import { readMeta, type Meta } from "./meta.js";

/** Something of the folder that does not come along. */
export interface SkippedFile {
  /** Below the folder that is imported. */
  readonly path: string;
  readonly reason: string;
}

/** One run of an MLflow file store. */
export interface MlrunsRun {
  readonly id: string;
  readonly name: string;
  readonly status: EndStatus;
  readonly reason: string | null;
  readonly startTime: number | undefined;
  readonly endTime: number | undefined;
  /** Undefined when it is not deleted. */
  readonly deletedAt: number | undefined;
  readonly userName: string | undefined;
  readonly params: ReadonlyMap<string, string>;
  readonly tags: ReadonlyMap<string, string>;
  readonly points: readonly MetricPoint[];
  readonly artifacts: readonly MlrunsArtifact[];
}

export interface MlrunsArtifact {
  /** Below the run's artifacts, with `/`. */
  readonly name: string;
  readonly file: string;
  readonly isPickle: boolean;
}

/** Stands on runs that had no end when they were imported; a later import goes on with them. */
export const UNFINISHED = "imported while running";

const STATUS: Readonly<Record<string, readonly [EndStatus, string | null]>> = {
  1: ["FAILED", UNFINISHED],
  2: ["SCHEDULED", null],
  3: ["FINISHED", null],
  4: ["FAILED", null],
  5: ["FAILED", "killed"],
  RUNNING: ["FAILED", UNFINISHED],
  SCHEDULED: ["SCHEDULED", null],
  FINISHED: ["FINISHED", null],
  FAILED: ["FAILED", null],
  KILLED: ["FAILED", "killed"],
};

/** What of a run's folder is imported. */
const PARTS = new Set(["meta.yaml", "params", "metrics", "tags", "artifacts"]);

/** Reads a run's folder; what cannot be used is told to `skip`. Undefined when it is no run. */
export function readRun(folder: string, skip: (file: string, reason: string) => void): MlrunsRun | undefined {
  const meta = readMeta(folder);
  if (typeof meta === "string") return void skip(folder, meta);
  const status = STATUS[meta.text("status") ?? ""];
  if (status === undefined) return void skip(folder, `its status "${meta.text("status") ?? ""}" is unknown`);
  for (const name of readdirSync(folder).sort())
    if (!PARTS.has(name)) skip(path.join(folder, name), "it is no part of a run that is imported");
  const tags = readTexts(path.join(folder, "tags"), skip);
  const points: MetricPoint[] = [];
  for (const [key, text] of readTexts(path.join(folder, "metrics"), skip)) {
    const parsed = parsePoints(key, text);
    for (const point of parsed.points) points.push(point);
    if (parsed.torn > 0)
      skip(path.join(folder, "metrics", key), `${parsed.torn} ${parsed.torn === 1 ? "line is" : "lines are"} torn`);
  }
  return {
    id: path.basename(folder),
    name: meta.text("run_name") || tags.get("mlflow.runName") || path.basename(folder),
    status: status[0],
    reason: status[1],
    startTime: meta.whole("start_time"),
    endTime: meta.whole("end_time"),
    deletedAt: deletionOf(meta),
    userName: tags.get("mlflow.user") ?? meta.text("user_id"),
    params: readTexts(path.join(folder, "params"), skip),
    tags,
    points,
    artifacts: readArtifacts(folder, meta, skip),
  };
}

/** When something was deleted; its last time where that is not said. */
export function deletionOf(meta: Meta): number | undefined {
  if (meta.text("lifecycle_stage") !== "deleted") return undefined;
  return meta.whole("deleted_time") ?? meta.whole("last_update_time") ?? meta.whole("end_time") ?? Date.now();
}

/** Files of a folder as texts by their path: a key `a/b` is a file in a folder. */
function readTexts(folder: string, skip: (file: string, reason: string) => void): Map<string, string> {
  const texts = new Map<string, string>();
  for (const name of filesBelow(folder, skip)) {
    try {
      texts.set(checkName(path.basename(folder).slice(0, -1), name), readFileSync(path.join(folder, name), "utf8"));
    } catch (error) {
      const why = error instanceof InvalidArgumentError ? error.message.split("\n")[0]! : "it cannot be read";
      skip(path.join(folder, name), why);
    }
  }
  return texts;
}

function readArtifacts(folder: string, meta: Meta, skip: (file: string, reason: string) => void): MlrunsArtifact[] {
  const home = path.join(folder, "artifacts");
  const names = filesBelow(home, skip);
  const uri = meta.text("artifact_uri");
  const isElsewhere = uri !== undefined && /^[a-z][a-z0-9+.-]+:/i.test(uri) && !/^(file|mlflow-artifacts):/i.test(uri);
  if (names.length === 0 && isElsewhere) skip(home, `the artifacts lie elsewhere and are not fetched: ${uri}`);
  return names.map((name) => ({ name, file: path.join(home, name), isPickle: isPickle(path.join(home, name)) }));
}

/** Relative paths with `/`, ascending. Links are not followed. */
function filesBelow(folder: string, skip: (file: string, reason: string) => void, prefix = ""): string[] {
  let entries;
  try {
    entries = readdirSync(path.join(folder, prefix), { withFileTypes: true });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") skip(path.join(folder, prefix), "it cannot be read");
    return [];
  }
  return entries
    .flatMap((entry) => {
      const name = `${prefix}${entry.name}`;
      if (entry.isDirectory()) return filesBelow(folder, skip, `${name}/`);
      if (entry.isFile()) return [name];
      skip(path.join(folder, name), "it is no plain file");
      return [];
    })
    .sort();
}

/** By its ending, or by how pickles begin: Qlib's `task` and `dataset` have no ending. */
function isPickle(file: string): boolean {
  if (/\.(pkl|pickle|joblib)$/i.test(file)) return true;
  const start = Buffer.alloc(2);
  try {
    const fd = openSync(file, "r");
    try {
      readSync(fd, start, 0, 2, 0);
    } finally {
      closeSync(fd);
    }
  } catch {
    // Copying it will tell.
    return false;
  }
  return start[0] === 0x80 && start[1]! >= 2 && start[1]! <= 5;
}
