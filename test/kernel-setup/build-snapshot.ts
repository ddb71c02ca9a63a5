import { mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import path from "node:path";
import type { TestProject } from "vitest/node";

const { buildSnapshot } = createRequire(import.meta.url)(
  "../../dist/kernel/snapshot.cjs",
) as typeof import("#kernel/snapshot.cjs");

declare module "vitest" {
  interface ProvidedContext {
    /** The folder of a snapshot that kernels shall start from. */
    snapshot?: string;
  }
}

export default async function setup(project: TestProject): Promise<() => void> {
  const folder = mkdtempSync(path.join(tmpdir(), "alphabook-snapshot-"));
  await buildSnapshot(folder);
  project.provide("snapshot", folder);
  return () => rmSync(folder, { recursive: true, force: true });
}
