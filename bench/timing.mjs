import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Seconds that `work` takes. */
export async function seconds(work) {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}

export const milliseconds = async (work) => (await seconds(work)) * 1000;

/** A folder that goes away with the process. */
export function temporaryFolder(prefix = "alphabook-bench-") {
  const folder = mkdtempSync(path.join(os.tmpdir(), prefix));
  process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
