import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import type { Ailment } from "./doctor.js";
import { reason } from "./format.js";
import { Generation } from "./generation.js";
import { listGenerations, manifestFile, publishManifest, readManifest, type Manifest } from "./manifest.js";

const OWN_FILES = {
  base: /^(\..*|runs-\d+(-[0-9a-f]+)?\.duckdb)$/,
  delta: /^(\..*|\d+-\d+-[0-9a-f]+\.[a-z_]+\.parquet)$/,
};

/**
 * Whether the newest generation can be read: its manifest, base and deltas. Where it cannot, an earlier one within its grace time
 * still can, and the logs since then are still there; a repair makes that one the newest.
 */
export async function examineGenerations(root: string): Promise<Ailment[]> {
  const found: Ailment[] = [];
  for (const folder of ["base", "delta"] as const)
    for (const name of existsSync(path.join(root, folder)) ? readdirSync(path.join(root, folder)) : [])
      if (!OWN_FILES[folder].test(name))
        found.push({
          kind: "alien-file",
          where: `${folder}/${name}`,
          what: "it is no part of a store and is not looked at",
          repair: undefined,
          cure: undefined,
        });
  const generations = listGenerations(root).reverse();
  const newest = generations[0];
  if (newest === undefined) return found;
  const failure = await failureOf(root, newest);
  if (typeof failure !== "string") return found;
  const older = await newestSound(root, generations.slice(1));
  found.push({
    kind: "damaged-generation",
    where: path.basename(manifestFile(root, newest)),
    what: `it cannot be read: ${failure}`,
    repair:
      older && `go back to generation ${older.generation}, which is whole, and read the logs from there: nothing is lost`,
    cure:
      older &&
      (() => {
        if (!publishManifest(root, { ...older, generation: newest + 1 }))
          throw new Error("another process has published a newer generation meanwhile");
      }),
  });
  return found;
}

async function newestSound(root: string, generations: readonly number[]): Promise<Manifest | undefined> {
  for (const generation of generations) {
    const sound = await failureOf(root, generation);
    if (typeof sound !== "string") return sound;
  }
  return undefined;
}

/** What is wrong with a generation; its manifest when nothing is. */
async function failureOf(root: string, generation: number): Promise<Manifest | string> {
  try {
    const manifest = readManifest(root, generation);
    if (!manifest) return "the manifest is gone";
    (await Generation.open(root, manifest)).retire();
    return manifest;
  } catch (error) {
    return reason(error);
  }
}
