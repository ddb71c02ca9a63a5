import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll } from "vitest";

/** A folder that goes when the file's tests are done. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), "alphabook-tracking-"));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}
