import { readdirSync, rmSync, statSync } from "node:fs";
import path from "node:path";
import { shippedCheck } from "./team/team-state.js";
import { listGenerations, manifestFile, newestGeneration, readManifest, type Manifest } from "./manifest.js";

/** How long what a newer generation has superseded stays for those who still read it. */
export const GRACE_MS = 900_000;

/**
 * Deletes what is of no use any more: manifests superseded for the grace time, files that no manifest left names and that
 * are older than the newest one, and logs that every manifest left has taken in whole and that nobody wrote to for the
 * grace time (a writer that was silent for long goes on in a new file). What a team's server does not have yet stays.
 *
 * @returns How many files went.
 */
export function discardOutdated(root: string, { graceMs = GRACE_MS, now = Date.now() } = {}): number {
  const newest = newestGeneration(root);
  const published = newest && modified(manifestFile(root, newest));
  if (!published) return 0;
  let deleted = 0;
  const remove = (file: string) => {
    try {
      rmSync(file);
      deleted++;
    } catch {
      // Another process was first, or somebody has it open where that forbids it: the next one tries again.
    }
  };
  const generations = listGenerations(root);
  for (const [index, generation] of generations.slice(0, -1).entries()) {
    const superseded = modified(manifestFile(root, generations[index + 1]!));
    if (superseded !== undefined && now - superseded > graceMs) remove(manifestFile(root, generation));
  }
  const manifests = listGenerations(root).flatMap((generation) => readManifest(root, generation) ?? []);
  if (manifests.at(-1)?.generation !== newest) return deleted;

  const isOld = (file: string) => {
    const time = modified(file);
    return time !== undefined && time < published && now - time > graceMs;
  };
  const bases = new Set(manifests.map(({ base }) => base));
  for (const name of namesIn(root, "base")) {
    const file = path.join(root, "base", name);
    if (!bases.has(name) && isOld(file)) remove(file);
  }
  const deltas = new Set(manifests.flatMap((manifest) => manifest.deltas.map(({ name }) => name)));
  for (const name of namesIn(root, "delta")) {
    const file = path.join(root, "delta", name);
    if (!deltas.has(name.slice(0, name.indexOf("."))) && isOld(file)) remove(file);
  }
  const isShipped = shippedCheck(root);
  for (const name of Object.keys(manifests.at(-1)!.watermarks)) {
    const file = path.join(root, "log", name);
    if (!isShipped(name)) continue;
    if (isTakenIn(file, name, manifests) && now - modified(file)! > graceMs) remove(file);
  }
  return deleted;
}

function isTakenIn(file: string, name: string, manifests: readonly Manifest[]): boolean {
  const size = statSync(file, { throwIfNoEntry: false })?.size;
  return size !== undefined && manifests.every(({ watermarks }) => watermarks[name] === size);
}

const modified = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;

function namesIn(root: string, folder: string): string[] {
  try {
    return readdirSync(path.join(root, folder));
  } catch {
    return [];
  }
}
