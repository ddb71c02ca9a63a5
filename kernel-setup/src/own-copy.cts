import path from "node:path";
import { pathToFileURL } from "node:url";

/** The package that this kernel belongs to. Where a notebook sees no copy of it, the kernel's own serves. */
export const OWN_NAME = "alphabook";
export const OWN_ROOT = path.join(__dirname, "..", "..");
const OWN_ENTRY = pathToFileURL(path.join(OWN_ROOT, "dist", "index.js")).href;

type Import = (specifier: string) => Promise<Record<string | symbol, unknown>>;

/** `importHere`, which takes the kernel's own copy of alphabook where it finds none. */
export function withOwnCopy(importHere: Import): Import {
  return (specifier) =>
    importHere(specifier).catch((error: NodeJS.ErrnoException) => {
      if (specifier !== OWN_NAME || error.code !== "ERR_MODULE_NOT_FOUND" || !error.message.includes(`'${OWN_NAME}'`))
        throw error;
      return import(OWN_ENTRY) as ReturnType<Import>;
    });
}
