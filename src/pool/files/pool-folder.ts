import { randomBytes } from "node:crypto";
import {
  appendFileSync,
  existsSync,
  linkSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { StoreError } from "../../errors.js";
import { TASK_STATUSES, type TaskStatus } from "../pool-task.js";
import { parseStateName, type State } from "./state-name.js";

/** What this version writes. */
export const FILE_POOL_FORMAT = 1;
const MARKER = "FORMAT";

/** A state file and where it lies. */
export interface Found {
  readonly status: TaskStatus;
  readonly name: string;
  readonly state: State;
}

export const isGone = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === "ENOENT";
export const randomName = (): string => randomBytes(6).toString("hex");

/**
 * The folder of one pool.
 *
 *     FORMAT            which format, and the pool's name
 *     key/<id>          the definition: what makes a second submission of it find the first
 *     <status>/<state>  one file per task, a second name of its definition; its own name says the rest (`state-name.ts`)
 *     note/<…>.jsonl    results and errors: a line each, never changed, named by the state; each opened pool has its own file
 *     worker/<name>     who works here: claims' tokens begin with the name
 *     log/<id>.log      what its attempts printed
 *     submitting/, removing/   on the way in or out; whoever finds one there finishes the move
 *     added             grows by a byte with each task that may newly be taken: a listing is good while it has its size
 */
export class PoolFolder {
  readonly root: string;

  constructor(root: string) {
    this.root = root;
  }

  file(...parts: string[]): string {
    return path.join(this.root, ...parts);
  }

  /** @throws StoreError when a newer alphabook made it, or it is no pool's. */
  checkFormat(): void {
    let text: string;
    try {
      text = readFileSync(this.file(MARKER), "utf8");
    } catch (error) {
      if (isGone(error)) return;
      throw new StoreError(`Cannot open task pool ${this.root}: ${(error as Error).message}`, { cause: error });
    }
    const version = /^alphabook-pool (\d+)$/.exec(text.trim())?.[1];
    if (version === undefined)
      throw new StoreError(
        `Cannot open task pool ${this.root}: its file ${MARKER} is not one of a pool\n  give another store or pool name`,
      );
    if (Number(version) > FILE_POOL_FORMAT)
      throw new StoreError(
        `Cannot open task pool ${this.root}: it has format ${version}, this version of alphabook reads up to ${FILE_POOL_FORMAT}\n  update alphabook, or take another pool`,
      );
  }

  /** Makes the folders, once; of several processes at the same time one wins. */
  ensure(): void {
    if (existsSync(this.file(MARKER))) return;
    for (const folder of ["key", "note", "worker", "log", "submitting", "removing", ...TASK_STATUSES])
      mkdirSync(this.file(folder), { recursive: true });
    const temporary = this.file(`.${MARKER}.${process.pid}-${randomName()}.tmp`);
    try {
      writeFileSync(temporary, `alphabook-pool ${FILE_POOL_FORMAT}\n`, { flush: true });
      linkSync(temporary, this.file(MARKER));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }

  /** The names in a folder; none when it is not there. */
  names(folder: string): string[] {
    try {
      return readdirSync(this.file(folder));
    } catch (error) {
      if (isGone(error)) return [];
      throw error;
    }
  }

  states(status: TaskStatus): Found[] {
    return this.names(status).flatMap((name) => {
      const state = parseStateName(name);
      return state ? [{ status, name, state }] : [];
    });
  }

  /** One rename. @returns Whether this call moved it; false when it stood there no more. */
  move(from: string, to: string): boolean {
    try {
      renameSync(this.file(from), this.file(to));
      return true;
    } catch (error) {
      if (isGone(error)) return false;
      throw error;
    }
  }

  /** Tells others that their listing of what may be taken is old. */
  noteAdded(count: number): void {
    if (count > 0) appendFileSync(this.file("added"), "+".repeat(count));
  }

  added(): number {
    return statSync(this.file("added"), { throwIfNoEntry: false })?.size ?? 0;
  }

  remove(...parts: string[]): void {
    rmSync(this.file(...parts), { force: true });
  }
}
