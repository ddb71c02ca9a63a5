import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll } from "vitest";

/** A folder outside the repository that goes when the file's tests are done. */
export function temporaryFolder(name = "test"): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), `alphabook-${name}-`));
  afterAll(() => removeFolder(folder));
  return folder;
}

/** Removes a folder in which a process that was just killed may leave a last file. */
export function removeFolder(folder: string): void {
  rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
}
