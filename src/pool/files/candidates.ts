import type { ClaimableStatus } from "../pool-task.js";
import type { Found, PoolFolder } from "./pool-folder.js";

/** What a taker says of a candidate: the claim, or that it is another's now, or that it is not meant. */
type Verdict = Found | "gone" | "other";

/**
 * The tasks that may be taken, most urgent first. A listing serves many claims: those that others took are skipped when
 * they are met, and it is made anew once something was added.
 */
export class Candidates {
  readonly #folder: PoolFolder;
  readonly #status: ClaimableStatus;
  #listed: (Found | undefined)[] = [];
  #start = 0;
  #added = -1;

  constructor(folder: PoolFolder, status: ClaimableStatus) {
    this.#folder = folder;
    this.#status = status;
  }

  /** The first that `attempt` takes; undefined when a listing made just now has none. */
  take(now: number, attempt: (candidate: Found) => Verdict): Found | undefined {
    let isFresh = false;
    const added = this.#folder.added();
    if (added !== this.#added) [this.#added, isFresh] = [added, true];
    for (;;) {
      if (isFresh) this.#list();
      const taken = this.#walk(now, attempt);
      if (taken || isFresh) return taken;
      isFresh = true;
    }
  }

  #list(): void {
    this.#listed = this.#folder.states(this.#status).sort((a, b) => (a.name < b.name ? -1 : 1));
    this.#start = 0;
  }

  #walk(now: number, attempt: (candidate: Found) => Verdict): Found | undefined {
    for (let i = this.#start; i < this.#listed.length; i++) {
      const candidate = this.#listed[i];
      if (candidate && candidate.state.available > now) continue;
      const verdict = candidate ? attempt(candidate) : "gone";
      if (verdict === "other") continue;
      this.#listed[i] = undefined;
      if (i === this.#start) this.#start++;
      if (verdict !== "gone") return verdict;
    }
    return undefined;
  }
}
