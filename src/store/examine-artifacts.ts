import { existsSync, mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import path from "node:path";
import type { EngineTable } from "../engine/columns.js";
import { host } from "../host/host.js";
import type { Ailment } from "./doctor.js";
import { sharingOf } from "./artifacts/artifact-sharing.js";
import { ArtifactFolder } from "./artifact-folder.js";
import { stagedName } from "./staged-file.js";
import { ASIDE } from "./examine-logs.js";

/** Files younger than this may be ones whose event is still to come. */
const GRACE_MS = 3_600_000;

interface Named {
  readonly run: string;
  readonly name: string;
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Files that the log names and that are gone or cut, and files in runs' folders that it does not name.
 *
 * @param ask Answers from all that was logged up to its call.
 */
export async function examineArtifacts(
  root: string,
  now: number,
  ask: (sql: string) => Promise<EngineTable>,
): Promise<Ailment[]> {
  // The files first: an artifact is logged after its file is there, or waits beside its place.
  const present = await filesBelow(path.join(root, "artifacts"));
  const named = namedFiles(await ask("SELECT run_id, name, path, bytes, sha256 FROM artifacts ORDER BY run_id, path"));
  const elsewhere = await filesElsewhere(root);
  const found: Ailment[] = [];
  for (const [file, { run, name, bytes, sha256 }] of named) {
    await host.breathe();
    // The version that was logged may wait beside its place: its writer died, or has not come to it yet.
    if (present.delete(stagedName(file, sha256).split(path.sep).join("/")))
      new ArtifactFolder(root, run).settle({ path: file.slice(run.length + 1), sha256 });
    else if (present.get(file)?.size === bytes) continue;
    // Made, or replaced, after the files were listed.
    const size = statSync(path.join(root, "artifacts", file), { throwIfNoEntry: false })?.size;
    if (size === bytes || elsewhere.has(`${run}/${sha256}`)) continue;
    found.push({
      kind: "missing-artifact",
      where: `artifacts/${file}`,
      what: `the file of artifact "${name}" of run ${run} ${size === undefined ? "is gone" : `has ${size} bytes, ${bytes} were written`}`,
      repair: undefined,
      cure: undefined,
    });
  }
  for (const [file, { mtimeMs }] of present)
    if (!named.has(file) && now - mtimeMs > GRACE_MS) found.push(alien(root, `artifacts/${file}`));
  return found;
}

/** What the bucket has, by run and sha256, where artifacts are kept in one. */
async function filesElsewhere(root: string): Promise<Set<string>> {
  const sharing = sharingOf(root);
  if (sharing.address === undefined) return new Set();
  const bucket = await sharing.openBucket(sharing.address);
  return new Set((await bucket.list()).map(({ run, key }) => `${run}/${key}`));
}

function alien(root: string, where: string): Ailment {
  return {
    kind: "alien-artifact",
    where,
    what: "no run names this file: its writer died before it was logged, or somebody put it here",
    repair: `move it to ${ASIDE}/${where}`,
    cure: () => {
      const target = path.join(root, ASIDE, where);
      if (existsSync(target)) throw new Error(`${ASIDE}/${where} is there already`);
      mkdirSync(path.dirname(target), { recursive: true });
      renameSync(path.join(root, where), target);
    },
  };
}

async function filesBelow(folder: string): Promise<Map<string, { size: number; mtimeMs: number }>> {
  const found = new Map<string, { size: number; mtimeMs: number }>();
  const walk = async (below: string): Promise<void> => {
    for (const entry of readdirSync(path.join(folder, below), { withFileTypes: true })) {
      await host.breathe();
      const relative = below === "" ? entry.name : `${below}/${entry.name}`;
      if (entry.isDirectory()) await walk(relative);
      const stat = entry.isFile() ? statSync(path.join(folder, relative), { throwIfNoEntry: false }) : undefined;
      if (stat) found.set(relative, stat);
    }
  };
  if (existsSync(folder)) await walk("");
  return found;
}

/** By path below `artifacts/`. */
function namedFiles({ columns, numRows }: EngineTable): Map<string, Named> {
  const [runs, names, paths, bytes, hashes] = ["run_id", "name", "path", "bytes", "sha256"].map((name) =>
    columns.get(name),
  );
  const found = new Map<string, Named>();
  if (runs?.type !== "text" || names?.type !== "text" || paths?.type !== "text" || bytes?.type !== "integer")
    return found;
  for (let row = 0; row < numRows; row++) {
    const run = runs.dictionary[runs.codes[row]!]!;
    const name = names.dictionary[names.codes[row]!]!;
    const sha256 = hashes?.type === "text" ? hashes.dictionary[hashes.codes[row]!]! : "";
    found.set(`${run}/${paths.dictionary[paths.codes[row]!]!}`, { run, name, bytes: bytes.values[row]!, sha256 });
  }
  return found;
}
