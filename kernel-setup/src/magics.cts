import type { Magic } from "./bridge.cjs";
import { CODE_MAGICS } from "./cell-magics.cjs";
import { OWN_NAME } from "./own-copy.cjs";

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
  const names = [...magics.keys(), ...CODE_MAGICS].sort().map((magic) => `%%${magic}`);
  throw new Error(`Unknown cell magic "%%${name}"\n  known: ${names.join(", ")}`, failure === undefined ? {} : { cause: failure });
}
