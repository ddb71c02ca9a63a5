import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { isOwnerDead, processIdentity, type ProcessIdentity } from "../../store/liveness.js";
import { isGone, type PoolFolder } from "./pool-folder.js";

/** What a claim's token says. */
export interface ClaimFacts {
  /** `host:pid`; undefined when the worker's file is gone. */
  readonly worker?: string;
  readonly owner?: ProcessIdentity;
  /** Epoch ms. */
  readonly startedAt: number;
}

interface WorkerFile {
  readonly worker: string;
  readonly owner: ProcessIdentity;
}

const FOLDER = "worker";
const [NAME_DIGITS, TIME_DIGITS] = [12, 12];

/**
 * Who works at a pool. Each opened pool that claims has a file once, and its claims' tokens begin with the file's name:
 * a claim writes no file of its own.
 */
export class WorkerFiles {
  readonly #folder: PoolFolder;
  /** What other workers' files say; they never change. */
  readonly #read = new Map<string, WorkerFile>();
  #own: string | undefined;
  #serial = 0;

  constructor(folder: PoolFolder) {
    this.#folder = folder;
  }

  /** A new token of this worker: its name, the time, and which of that time. */
  token(): string {
    this.#own ??= this.#write();
    const time = Date.now().toString(16).padStart(TIME_DIGITS, "0");
    return `${this.#own}${time}${(this.#serial++).toString(16)}`;
  }

  /** Who has a claim, since when. */
  facts(token: string): ClaimFacts {
    const startedAt = Number.parseInt(token.slice(NAME_DIGITS, NAME_DIGITS + TIME_DIGITS), 16);
    return { ...this.#find(token.slice(0, NAME_DIGITS)), startedAt };
  }

  /** Removes the files of dead workers that have no claim any more. */
  tidy(tokens: readonly string[]): void {
    const busy = new Set(tokens.map((token) => token.slice(0, NAME_DIGITS)));
    const now = Date.now();
    for (const name of this.#folder.names(FOLDER)) {
      const owner = busy.has(name) ? undefined : this.#find(name)?.owner;
      if (owner && isOwnerDead({ ...owner, lastSeen: now }, now)) this.#folder.remove(FOLDER, name);
    }
  }

  /** This worker leaves; it has no claim any more. */
  leave(): void {
    if (this.#own !== undefined) this.#folder.remove(FOLDER, this.#own);
    this.#own = undefined;
  }

  #write(): string {
    const name = randomBytes(NAME_DIGITS / 2).toString("hex");
    const owner = processIdentity();
    const content: WorkerFile = { worker: `${owner.host}:${owner.pid}`, owner };
    mkdirSync(this.#folder.file(FOLDER), { recursive: true });
    writeFileSync(this.#folder.file(FOLDER, name), JSON.stringify(content));
    this.#read.set(name, content);
    return name;
  }

  /** Undefined when it is gone, or not written yet. */
  #find(name: string): WorkerFile | undefined {
    let known = this.#read.get(name);
    if (known) return known;
    try {
      known = JSON.parse(readFileSync(this.#folder.file(FOLDER, name), "utf8")) as WorkerFile;
    } catch (error) {
      if (isGone(error) || error instanceof SyntaxError) return undefined;
      throw error;
    }
    this.#read.set(name, known);
    return known;
  }
}
