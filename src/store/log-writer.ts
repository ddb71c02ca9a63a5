import { randomBytes } from "node:crypto";
import { closeSync, fdatasync, fdatasyncSync, fstatSync, ftruncateSync, mkdirSync, openSync, writeSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { StoreError } from "../errors.js";
import type { StoreEvent } from "./events.js";
import { ensureFormat, reason } from "./format.js";
import { eventText } from "./event-text.js";

const ROTATE_BYTES = 16_000_000;
const SYNC_EVERY_MS = 1000;
/** A file that nobody wrote to for longer may be deleted once it is compacted, so after this time a new one is begun. */
const IDLE_MS = 600_000;
/** How often, in bytes, somebody is told that the log grows. */
const TELL_BYTES = 4_000_000;

/**
 * This process's own part of the log: files that only it appends to, `log/<writer>.<n>.jsonl`. An event is in the hands of the
 * operating system when `append` returns (it survives `kill -9`), and on the disk after `flush`, or a second later.
 */
export class LogWriter {
  /** Unique among all processes of all hosts: time, host, pid, random. */
  readonly writer = `${Date.now().toString(36)}-${os
    .hostname()
    .replace(/[^A-Za-z0-9-]/g, "_")
    .slice(0, 40)}-${process.pid}-${randomBytes(4).toString("hex")}`;
  readonly #root: string;
  #fd: number | undefined;
  #file = "";
  #files = 0;
  #bytes = 0;
  #sequence = 0;
  #lastTime = 0;
  #timer: NodeJS.Timeout | undefined;
  /** What the background flush met; told by the next `flush`. */
  #syncFailure: Error | undefined;

  #told = 0;
  readonly #onGrown: () => void;

  /** @param onGrown Called when the first line, and then every few megabytes, have been written. */
  constructor(root: string, onGrown: () => void = () => {}) {
    this.#root = root;
    this.#onGrown = onGrown;
  }

  /**
   * Writes the events as one line, so that all of them are seen or none.
   * @returns The time that the log gives them, epoch ms.
   * @throws StoreError when the line could not be written; then nothing of it counts, and the next call starts a new file.
   */
  append(events: StoreEvent | readonly StoreEvent[]): number {
    const isIdle = this.#lastTime > 0 && Date.now() - this.#lastTime > IDLE_MS;
    const time = (this.#lastTime = Math.max(this.#lastTime, Date.now()));
    const stamp = (event: StoreEvent) => `{"q":${++this.#sequence},"t":${time},${eventText(event).slice(1)}`;
    const line = isList(events) ? `[${events.map(stamp).join(",")}]\n` : `${stamp(events)}\n`;
    const bytes = Buffer.from(line);
    try {
      if (isIdle || this.#bytes >= ROTATE_BYTES) this.#leaveFile();
      this.#write(bytes);
    } catch (error) {
      this.#abandonFile();
      throw new StoreError(
        `Cannot write to store ${this.#root}: ${reason(error)}\n  what was logged before is intact; when the cause is gone, log again`,
        { cause: error },
      );
    }
    this.#bytes += bytes.length;
    this.#timer ??= setTimeout(() => this.#syncInBackground(), SYNC_EVERY_MS).unref();
    if ((this.#told -= bytes.length) < 0) {
      this.#told = TELL_BYTES;
      this.#onGrown();
    }
    return time;
  }

  /** Puts everything written so far on the disk. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#fd === undefined) return;
    try {
      fdatasyncSync(this.#fd);
      if (this.#syncFailure) throw this.#syncFailure;
    } catch (error) {
      this.#syncFailure = undefined;
      throw new StoreError(`Cannot flush ${this.#file} to the disk: ${reason(error)}`, { cause: error });
    }
  }

  close(): void {
    this.#leaveFile();
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #write(bytes: Buffer): void {
    this.#fd ??= this.#openFile();
    // A nearly full disk takes a part of the bytes without an error.
    for (let written = 0; written < bytes.length;)
      written += writeSync(this.#fd, bytes, written, bytes.length - written);
  }

  #openFile(): number {
    ensureFormat(this.#root);
    const folder = path.join(this.#root, "log");
    mkdirSync(folder, { recursive: true });
    this.#file = path.join(folder, `${this.writer}.${String(this.#files++).padStart(5, "0")}.jsonl`);
    this.#bytes = 0;
    return openSync(this.#file, "ax");
  }

  /** Takes a half-written line back where the disk allows it (readers skip it otherwise) and never touches the file again. */
  #abandonFile(): void {
    if (this.#fd === undefined) return;
    const fd = this.#fd;
    this.#fd = undefined;
    try {
      ftruncateSync(fd, this.#bytes);
    } catch {
      // The torn line stays; it has no end and is never read as an event.
    }
    this.#bytes = 0;
    closeSync(fd);
  }

  #leaveFile(): void {
    if (this.#fd === undefined) return;
    this.flush();
    closeSync(this.#fd);
    this.#fd = undefined;
    this.#bytes = 0;
  }

  #syncInBackground(): void {
    this.#timer = undefined;
    const fd = this.#fd;
    if (fd === undefined) return;
    // Somebody deleted the store's folder under us: what is written next goes to a new file that can be found.
    if (fstatSync(fd).nlink === 0) {
      this.#fd = undefined;
      this.#bytes = 0;
      closeSync(fd);
      return;
    }
    fdatasync(fd, (error) => {
      if (error && this.#fd === fd) this.#syncFailure = error;
    });
  }
}

const isList = (events: StoreEvent | readonly StoreEvent[]): events is readonly StoreEvent[] => Array.isArray(events);
