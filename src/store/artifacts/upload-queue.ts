import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { StoreError } from "../../errors.js";
import { isMissing, reason } from "../format.js";
import { isOwnerDead, processIdentity, type ProcessIdentity } from "../liveness.js";
import type { ArtifactRef } from "./artifact-store.js";

const FOLDER = "uploads";

/** What is to be done in the bucket: a file to bring there, or a run whose files are to go. */
export type UploadTask = { readonly put: ArtifactRef } | { readonly remove: string };

/** A task with the file that stands for it. */
export interface QueuedUpload {
  readonly file: string;
  readonly task: UploadTask;
}

/**
 * What is still to be uploaded, one small file for each in `uploads/`. It is written before the artifact is logged and deleted
 * when the bucket has it, so that whoever opens the store next finishes what a killed process began. Doing one twice is no harm.
 */
export class UploadQueue {
  readonly #folder: string;

  constructor(root: string) {
    this.#folder = path.join(root, FOLDER);
  }

  /** Synchronous. @throws StoreError when it cannot be written. */
  add(tasks: readonly UploadTask[]): void {
    try {
      mkdirSync(this.#folder, { recursive: true });
      for (const task of tasks) {
        const name = `${Date.now().toString(36)}-${process.pid}-${randomBytes(6).toString("hex")}.json`;
        writeFileSync(path.join(this.#folder, name), JSON.stringify({ ...task, by: processIdentity() }), {
          flag: "wx",
        });
      }
    } catch (error) {
      throw new StoreError(`Cannot note an upload in ${this.#folder}: ${reason(error)}`, { cause: error });
    }
  }

  /**
   * This process's tasks and those of processes that are dead, oldest first; with `all` also those that others are about to do.
   * What a killed process left half-written stands for nothing that was logged, and goes.
   */
  due({ all = false } = {}): QueuedUpload[] {
    const found: QueuedUpload[] = [];
    for (const name of this.#names()) {
      const file = path.join(this.#folder, name);
      const stat = statSync(file, { throwIfNoEntry: false });
      if (!stat) continue;
      const { by, ...task } = readTask(file);
      const isDead = isOwnerDead({ ...by, lastSeen: stat.mtimeMs }, Date.now());
      if (by === undefined && isDead) rmSync(file, { force: true });
      else if (by !== undefined && (all || isDead || isOwn(by))) found.push({ file, task: task as UploadTask });
    }
    return found;
  }

  done(upload: QueuedUpload): void {
    rmSync(upload.file, { force: true });
  }

  get isEmpty(): boolean {
    return this.#names().length === 0;
  }

  #names(): string[] {
    try {
      return readdirSync(this.#folder)
        .filter((name) => name.endsWith(".json"))
        .sort();
    } catch (error) {
      if (isMissing(error)) return [];
      throw error;
    }
  }
}

const isOwn = ({ host, pid }: ProcessIdentity) => host === processIdentity().host && pid === process.pid;

function readTask(file: string): { by?: ProcessIdentity; put?: ArtifactRef; remove?: string } {
  try {
    return JSON.parse(readFileSync(file, "utf8")) as { by: ProcessIdentity };
  } catch {
    return {};
  }
}
