import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { temporaryNameFor } from "../engine/durable-file.js";
import { StoreError } from "../errors.js";

/** What this version writes; a reader refuses what is newer than it knows. */
export const FORMAT_VERSION = 1;
const FILE = "FORMAT";

/** @throws StoreError when the folder holds a store of a newer format, or something that is no store's marker. */
export function checkFormat(root: string): void {
  let text: string;
  try {
    text = readFileSync(path.join(root, FILE), "utf8");
  } catch (error) {
    if (isMissing(error)) return;
    throw new StoreError(`Cannot open store ${root}: ${reason(error)}`, { cause: error });
  }
  const version = /^alphabook-store (\d+)$/.exec(text.trim())?.[1];
  if (version === undefined)
    throw new StoreError(
      `Cannot open store ${root}: its file ${FILE} is not one of a store\n  expected: "alphabook-store ${FORMAT_VERSION}"; give another folder`,
    );
  if (Number(version) > FORMAT_VERSION) {
    throw new StoreError(
      `Cannot open store ${root}: it has format ${version}, this version of alphabook reads up to ${FORMAT_VERSION}\n  update alphabook, or choose another folder with ALPHABOOK_STORE`,
    );
  }
}

/** Makes the folder a store, once; of several processes at the same time one wins. */
export function ensureFormat(root: string): void {
  const file = path.join(root, FILE);
  if (existsSync(file)) return;
  mkdirSync(root, { recursive: true });
  const temporary = temporaryNameFor(file);
  try {
    writeFileSync(temporary, `alphabook-store ${FORMAT_VERSION}\n`, { flush: true });
    linkSync(temporary, file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(temporary, { force: true });
  }
}

export const isMissing = (error: unknown) =>
  ["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "");
export const reason = (error: unknown) => (error instanceof Error ? error.message : String(error));
