import os from "node:os";
import path from "node:path";
import { claim } from "./claim.js";
import { compact, refreshSnapshot } from "./compaction.js";

/** A base of some gigabytes takes minutes. */
const CLAIM_MS = 300_000;

/** What a process started for compaction does. */
async function run(root: string, what: string): Promise<void> {
  os.setPriority(os.constants.priority.PRIORITY_BELOW_NORMAL);
  const release = claim(path.join(root, COMPACTING), CLAIM_MS);
  if (!release) return;
  try {
    if (what === "snapshot") await refreshSnapshot(root);
    else await compact(root);
  } finally {
    release();
  }
}

const COMPACTING = ".compacting";
const [, program, root, what = "due"] = process.argv;
// Nobody hears this process: what it could not do, the next one tries, and `store doctor` names what is in its way.
if (program?.endsWith("compaction-process.js") && root) run(root, what).catch(() => process.exit(1));
