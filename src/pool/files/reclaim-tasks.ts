import { statSync } from "node:fs";
import { isOwnerDead } from "../../store/liveness.js";
import type { Found } from "./pool-folder.js";
import type { TaskFiles } from "./task-files.js";
import type { TaskNote } from "./task-note.js";
import type { ClaimFacts } from "./worker-file.js";

/**
 * Puts tasks whose worker is dead, or was not heard of in time, back to where they were taken from; to `failed` after
 * their last attempt. @param isOurs Whether this process holds the claim.
 */
export function reclaimTasks(files: TaskFiles, isOurs: (token: string) => boolean): number {
  const { folder } = files;
  const now = Date.now();
  let count = 0;
  const running = folder.states("running");
  files.workers.tidy(running.map(({ state }) => state.token ?? ""));
  for (const found of running) {
    const { token = "0", ...next } = found.state;
    if (isOurs(token)) continue;
    const until = statSync(folder.file("running", found.name), { throwIfNoEntry: false })?.mtimeMs;
    if (until === undefined) continue;
    const claim = files.workers.facts(token);
    const isDead = claim.owner !== undefined && isOwnerDead({ ...claim.owner, lastSeen: now }, now);
    if (until > now && !isDead) continue;
    const definition = files.definition(found);
    if (!definition) continue;
    const isLast = next.attempts >= definition.maxAttempts;
    const moved = isLast
      ? files.settle(found, "failed", next, expired(files, found, claim, isDead))
      : files.settle(found, next.from, next);
    if (moved) count++;
  }
  return count;
}

function expired(files: TaskFiles, { state }: Found, claim: ClaimFacts, isDead: boolean): TaskNote {
  const at = new Date();
  return {
    ...files.notes.read(state.note),
    ...(claim.worker !== undefined && { worker: claim.worker }),
    startedAt: claim.startedAt,
    finishedAt: at.getTime(),
    error: {
      name: "LeaseExpired",
      message: isDead ? `its worker ${claim.worker ?? ""} died` : "its worker was not heard of in time",
      host: claim.owner?.host ?? "",
      attempt: state.attempts,
      at: at.toISOString(),
    },
  };
}
