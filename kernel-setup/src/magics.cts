import type { Magic } from "./bridge.cjs";
import { OWN_NAME } from "./own-copy.cjs";

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
 * The function of a cell magic. An unknown name makes the kernel import alphabook, whose import registers cell magics, and look again.
 * @throws Error naming the magics that exist.
 */
export async function getMagic(
  name: string,
  magics: ReadonlyMap<string, Magic>,
  importHere: (specifier: string) => Promise<unknown>,
): Promise<Magic> {
  const known = magics.get(name);
  if (known) return known;
  const failure = await importHere(OWN_NAME).then(
    () => undefined,
    (error: unknown) => error,
  );
  const found = magics.get(name);
  if (found) return found;
  const names = [...magics.keys()].sort().map((magic) => `%%${magic}`);
  const message = `Unknown cell magic "%%${name}"\n  ${names.length ? `known: ${names.join(", ")}` : "there are none"}`;
  throw new Error(message, failure === undefined ? {} : { cause: failure });
}
