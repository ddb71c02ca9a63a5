import { existsSync, mkdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { isOwnerDead, processIdentity, type ProcessIdentity } from "../liveness.js";
import { TEAM_FOLDER } from "./team-state.js";

/** A process that says nothing for so long does not speak for the store any more. */
const SILENT_MS = 15_000;

/**
 * Which of a store's processes speaks for it, so that the others make no connection. A hint only: the server sees to it that
 * there is one.
 */
export class Leader {
  readonly #root: string;
  readonly #file: string;
  #isOurs = false;

  constructor(root: string) {
    this.#root = root;
    this.#file = path.join(root, TEAM_FOLDER, "leader");
  }

  /** Whether this process may try; renews the claim when it is its own. A store that was removed has nobody to speak for it. */
  claim(now = Date.now()): boolean {
    if (!existsSync(this.#root)) return (this.#isOurs = false);
    if (this.#isOurs) {
      try {
        utimesSync(this.#file, now / 1000, now / 1000);
      } catch {
        // Removed by hand; the server still knows.
      }
      return true;
    }
    if (isTaken(this.#file, now)) return false;
    rmSync(this.#file, { force: true });
    mkdirSync(path.dirname(this.#file), { recursive: true });
    try {
      writeFileSync(this.#file, JSON.stringify(processIdentity()), { flag: "wx" });
    } catch {
      return false;
    }
    return (this.#isOurs = true);
  }

  leave(): void {
    if (this.#isOurs) rmSync(this.#file, { force: true });
    this.#isOurs = false;
  }

  /** Whether another living process speaks for the store. */
  static isElsewhere(root: string): boolean {
    const file = path.join(root, TEAM_FOLDER, "leader");
    return isTaken(file, Date.now()) && ownerOf(file)?.pid !== process.pid;
  }
}

function isTaken(file: string, now: number): boolean {
  const time = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (time === undefined || now - time > SILENT_MS) return false;
  const owner = ownerOf(file);
  return owner !== undefined && !isOwnerDead({ ...owner, lastSeen: now }, now);
}

function ownerOf(file: string): ProcessIdentity | undefined {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as ProcessIdentity;
  } catch {
    return undefined;
  }
}
