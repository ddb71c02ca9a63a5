import { setTimeout as pause } from "node:timers/promises";
import { sharingOf } from "./artifact-sharing.js";

/** How often a bucket that is away is asked again before the rest is left to the next process. */
const ATTEMPTS = 5;

const sharing = sharingOf(process.argv[2]!);
// Without await at the top level; the process lives as long as it uploads.
void (async () => {
  for (let attempt = 0; attempt < ATTEMPTS && (await sharing.deliver()).problem !== undefined; attempt++)
    await pause(1000 * 2 ** attempt);
})();
