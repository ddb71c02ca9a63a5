import type { EngineTable } from "../../engine/columns.js";
import type { ArtifactRef } from "./artifact-store.js";

/** Rows of `artifacts` with columns `run_id`, `path`, `bytes`, `sha256`. */
export function artifactRefs({ columns, numRows }: EngineTable): ArtifactRef[] {
  const [runs, paths, hashes, bytes] = ["run_id", "path", "sha256", "bytes"].map((name) => columns.get(name));
  if (runs?.type !== "text" || paths?.type !== "text" || hashes?.type !== "text" || bytes?.type !== "integer")
    return [];
  return Array.from({ length: numRows }, (_, row) => ({
    run: runs.dictionary[runs.codes[row]!]!,
    path: paths.dictionary[paths.codes[row]!]!,
    bytes: bytes.values[row]!,
    sha256: hashes.dictionary[hashes.codes[row]!] ?? "",
  }));
}
