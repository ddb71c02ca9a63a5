import { createHash, randomUUID } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat, utimes, type FileHandle } from "node:fs/promises";
import path from "node:path";
import { host } from "../host/host.js";
import { Panel, type PanelColumn } from "../panel/panel.js";

/** A panel that is kept, and as text what else belongs to it. */
export interface KeptPanel {
  readonly panel: Panel;
  readonly facts: string;
}

export interface PanelCacheOptions {
  /** Entries used longest ago are removed when all together are larger. Default 20 GB. */
  readonly maxBytes?: number;
}

const MAGIC = "alphabook-panel-1";
const HEADER_BYTES = 64;

/**
 * Panels kept as files of a folder, one for each key, as their bytes are in memory: reading one takes as long as reading the file.
 *
 * Any number of processes may use the folder. An entry appears complete or not at all; one that is damaged, or of another format,
 * is removed and made anew. Nothing but time is lost when the folder is deleted.
 *
 * @example
 * const cache = new PanelCache("/nowhere");
 * await cache.get("a key") // -> undefined
 */
export class PanelCache {
  readonly folder: string;
  readonly #maxBytes: number;

  constructor(folder: string, { maxBytes = 20e9 }: PanelCacheOptions = {}) {
    this.folder = folder;
    this.#maxBytes = maxBytes;
  }

  async get(key: string): Promise<KeptPanel | undefined> {
    const file = this.#fileOf(key);
    if (!existsSync(file)) return undefined;
    const handle = await open(file, "r");
    try {
      const kept = await readEntry(handle);
      await utimes(file, new Date(), new Date());
      return kept;
    } catch {
      await rm(file, { force: true });
      host.notice(`Kept features could not be read, they are made anew: ${path.basename(file)} removed`);
      return undefined;
    } finally {
      await handle.close();
    }
  }

  async put(key: string, entry: KeptPanel): Promise<void> {
    const staged = path.join(this.folder, `${randomUUID()}.part`);
    try {
      await mkdir(this.folder, { recursive: true });
      const handle = await open(staged, "wx");
      try {
        await writeEntry(handle, entry);
      } finally {
        await handle.close();
      }
      await rename(staged, this.#fileOf(key));
    } catch (error) {
      // A full disk must not cost the user the features that were just computed.
      await rm(staged, { force: true }).catch(() => undefined);
      host.notice(`Features could not be kept: ${(error as Error).message}`);
      return;
    }
    await this.#makeRoom();
  }

  #fileOf(key: string): string {
    const name = /^[\w-]{1,100}$/.test(key) ? key : createHash("sha256").update(key).digest("hex");
    return path.join(this.folder, `${name}.panel`);
  }

  async #makeRoom(): Promise<void> {
    const names = (await readdir(this.folder)).filter((name) => name.endsWith(".panel"));
    const found: { file: string; size: number; mtimeMs: number }[] = [];
    for (const name of names) {
      const file = path.join(this.folder, name);
      const facts = await stat(file).catch(() => undefined);
      if (facts) found.push({ file, size: facts.size, mtimeMs: facts.mtimeMs });
    }
    found.sort((a, b) => b.mtimeMs - a.mtimeMs);
    let total = 0;
    for (const [i, { file, size }] of found.entries()) {
      total += size;
      if (i > 0 && total > this.#maxBytes) await rm(file, { force: true });
    }
  }
}

interface Header {
  readonly instruments: readonly string[];
  readonly numRows: number;
  readonly numDates: number;
  readonly columns: readonly { readonly name: string; readonly type: "float32" | "float64" }[];
  readonly facts: string;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** 64 bytes that say the format and the header's length, the header as JSON, then the arrays one after the other. */
async function writeEntry(handle: FileHandle, { panel, facts }: KeptPanel): Promise<void> {
  const header: Header = {
    instruments: panel.instruments,
    numRows: panel.numRows,
    numDates: panel.numDates,
    columns: [...panel.columns].map(([name, column]) => ({
      name,
      type: column instanceof Float32Array ? "float32" : "float64",
    })),
    facts,
  };
  const text = Buffer.from(JSON.stringify(header));
  await writeAll(handle, Buffer.from(`${MAGIC} ${text.length}`.padEnd(HEADER_BYTES)));
  await writeAll(handle, text);
  for (const array of [panel.dates, panel.offsets, panel.codes, ...panel.columns.values()]) {
    await host.breathe();
    await writeAll(handle, bytesOf(array));
  }
}

async function readEntry(handle: FileHandle): Promise<KeptPanel> {
  const start = await readBytes(handle, new Uint8Array(HEADER_BYTES));
  const [magic, length] = Buffer.from(start).toString().trim().split(" ");
  if (magic !== MAGIC) throw new Error("another format");
  const text = await readBytes(handle, new Uint8Array(Number(length)));
  const header = JSON.parse(Buffer.from(text).toString()) as Header;
  const read = async <T extends Float64Array | Float32Array | Int32Array>(array: T): Promise<T> => {
    await host.breathe();
    await readBytes(handle, bytesOf(array));
    return array;
  };
  const dates = await read(new Float64Array(header.numDates));
  const offsets = await read(new Int32Array(header.numDates + 1));
  const codes = await read(new Int32Array(header.numRows));
  const columns = new Map<string, PanelColumn>();
  for (const { name, type } of header.columns)
    columns.set(name, await read(new (type === "float32" ? Float32Array : Float64Array)(header.numRows)));
  return {
    panel: new Panel({ dates, offsets, codes, instruments: header.instruments, columns }),
    facts: header.facts,
  };
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length;) done += (await handle.write(bytes, done, bytes.length - done)).bytesWritten;
}

async function readBytes(handle: FileHandle, into: Uint8Array): Promise<Uint8Array> {
  for (let done = 0; done < into.length;) {
    const { bytesRead } = await handle.read(into, done, into.length - done);
    if (bytesRead === 0) throw new Error("the file is too short");
    done += bytesRead;
  }
  return into;
}
