import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";

/** Settings every DuckDB instance of this process starts with: nothing is downloaded, memory and temporary files are bounded. */
export function engineSettings(memoryShare: number): Record<string, string> {
  return {
    autoinstall_known_extensions: "false",
    autoload_known_extensions: "false",
    threads: String(Math.max(1, os.availableParallelism())),
    memory_limit: process.env.ALPHABOOK_MEMORY_LIMIT ?? `${Math.floor((availableMemory() * memoryShare) / 2 ** 20)}MiB`,
    temp_directory: temporaryFolder(),
  };
}

const folders: string[] = [];

/** RAM, or what the container allows, in bytes. */
function availableMemory(): number {
  const allowed = process.constrainedMemory();
  return allowed > 0 && allowed < os.totalmem() ? allowed : os.totalmem();
}

/** A folder of this process alone for what does not fit into memory; DuckDB makes it when needed, it goes when the process ends. */
function temporaryFolder(): string {
  const folder = path.join(os.tmpdir(), `alphabook-${process.pid}-${randomBytes(4).toString("hex")}`);
  if (folders.length === 0)
    process.once("exit", () => folders.forEach((each) => rmSync(each, { recursive: true, force: true })));
  folders.push(folder);
  return folder;
}
