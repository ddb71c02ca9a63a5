import { readFileSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** TypeScript's own libraries that every cell is checked against, besides those that they ask for. */
export const CELL_LIBRARIES = ["lib.es2023.d.ts", "lib.esnext.disposable.d.ts"] as const;
const [HOLDS_ALL] = CELL_LIBRARIES;
const REFERENCE = /^\/\/\/\s*<reference\s[^>]*>.*$/gm;
const ASKED = /^\/\/\/\s*<reference\s+lib="([^"]+)"/gm;

const folder = path.dirname(ts.getDefaultLibFilePath({}));
let texts: ReadonlyMap<string, string> | undefined;

/**
 * What stands in one of TypeScript's own libraries as cells see it; undefined for any other file. They are sixty files which declare
 * the same few interfaces over and over, and each check of a cell would merge these anew: so one of them holds the text of all, in
 * TypeScript's order, and the others, which packages may still ask for by name, are empty.
 */
export function textOfLibrary(name: string): string | undefined {
  if (!name.startsWith(folder)) return undefined;
  texts ??= gather();
  return texts.get(path.basename(name));
}

function gather(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  const add = (file: string): void => {
    if (found.has(file)) return;
    const text = readFileSync(path.join(folder, file), "utf8");
    found.set(file, text.replace(REFERENCE, ""));
    for (const [, asked] of text.matchAll(ASKED)) {
      const next = (ts as unknown as { libMap: ReadonlyMap<string, string> }).libMap.get(asked!.toLowerCase());
      if (next !== undefined) add(next);
    }
  };
  for (const file of CELL_LIBRARIES) add(file);
  const all = [...found].sort(([a], [b]) => rank(a) - rank(b)).map(([, text]) => text);
  return new Map([...found.keys()].map((file) => [file, file === HOLDS_ALL ? all.join("\n") : ""]));
}

/** The place of a library among all, as TypeScript puts them in order. */
function rank(file: string): number {
  const { libs } = ts as unknown as { libs: readonly string[] };
  const at = libs.indexOf(file.replace(/^lib\.|\.d\.ts$/g, ""));
  return at < 0 ? libs.length : at;
}
