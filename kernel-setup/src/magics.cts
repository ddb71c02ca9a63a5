import path from "node:path";
import { pathToFileURL } from "node:url";
import type { Magic } from "./bridge.cjs";

/** The package whose import registers cell magics. */
const PACKAGE = "alphabook";
const OWN_COPY = path.join(__dirname, "..", "index.js");

export interface MagicCell {
  readonly name: string;
  /** What follows the name on the first line. */
  readonly line: string;
  /** The lines after the first. */
  readonly body: string;
}

/** A cell that starts with `%%name`. */
export function findMagic(code: string): MagicCell | undefined {
  const match = /^%%([\w.-]+)[ \t]*([^\r\n]*)(?:\r?\n([^]*))?$/.exec(code);
  return match ? { name: match[1]!, line: match[2]!.trim(), body: match[3] ?? "" } : undefined;
}

/**
 * The function of a cell magic. An unknown name makes the kernel import alphabook as seen from the notebook's folder, else the
 * copy this kernel belongs to, and look again.
 * @throws Error naming the magics that exist.
 */
export async function getMagic(
  name: string,
  magics: ReadonlyMap<string, Magic>,
  importHere: (specifier: string) => Promise<unknown>,
): Promise<Magic> {
  const known = magics.get(name);
  if (known) return known;
  const failure = await importAlphabook(importHere);
  const found = magics.get(name);
  if (found) return found;
  const names = [...magics.keys()].sort().map((magic) => `%%${magic}`);
  const message = `Unknown cell magic "%%${name}"\n  ${names.length ? `known: ${names.join(", ")}` : "there are none"}`;
  throw new Error(message, failure === undefined ? {} : { cause: failure });
}

/** @returns why it could not be imported; undefined when it was. */
async function importAlphabook(importHere: (specifier: string) => Promise<unknown>): Promise<unknown> {
  try {
    await importHere(PACKAGE).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "ERR_MODULE_NOT_FOUND") throw error;
      return import(pathToFileURL(OWN_COPY).href);
    });
  } catch (error) {
    return error;
  }
}
