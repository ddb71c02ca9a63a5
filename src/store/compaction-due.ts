import { statSync } from "node:fs";
import { LogTail } from "./log-tail.js";
import { manifestFile, readNewestManifest } from "./manifest.js";

const PENDING_BYTES = 8_000_000;
const PENDING_LOGS = 64;
/** Many logs that hold little are no reason to compact again and again. */
const PAUSE_MS = 5000;

/** Whether logs have grown long, or many, since the newest generation. */
export function isCompactionDue(root: string): boolean {
  const manifest = readNewestManifest(root);
  const grown = new LogTail(root, manifest).grown();
  if (grown.reduce((sum, { bytes }) => sum + bytes, 0) > PENDING_BYTES) return true;
  if (grown.length <= PENDING_LOGS) return false;
  const last = statSync(manifestFile(root, manifest.generation), { throwIfNoEntry: false })?.mtimeMs ?? 0;
  return Date.now() - last > PAUSE_MS;
}
