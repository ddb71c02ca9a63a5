import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { LoadObjectError } from "../../errors.js";
import type { ArtifactRef } from "./artifact-store.js";

/** sha256 of a file's content, in hexadecimal. */
export async function hashOf(file: string): Promise<string> {
  const hash = createHash("sha256");
  await pipeline(createReadStream(file), hash);
  return hash.digest("hex");
}

/** What is there is not what was saved. */
export function changedArtifact({ run, path, sha256 }: ArtifactRef, place: string, found: string): LoadObjectError {
  return new LoadObjectError(
    `Cannot use artifact "${path}" of run ${run}: its content in ${place} is not what was saved\n  saved: sha256 ${sha256}\n  found: ${found}\n  it was changed or damaged there; a copy elsewhere can be put back in its place`,
  );
}
