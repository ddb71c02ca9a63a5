import { existsSync } from "node:fs";
import path from "node:path";

const FOLDER = ".alphabook";

/**
 * Where the store is: the folder given, else `ALPHABOOK_STORE`, else the next `.alphabook` at or above the notebook's folder (or
 * the working directory), else `.alphabook` in it. Nothing is created.
 *
 * @param from A notebook file or a folder to look upward from; default the working directory.
 * @returns An absolute path.
 * @example
 * findStore({ explicit: "/data/history" }) // -> "/data/history"
 */
export function findStore({ explicit, from }: { explicit?: string; from?: string } = {}): string {
  const chosen = explicit ?? (process.env.ALPHABOOK_STORE || undefined);
  if (chosen !== undefined) return path.resolve(chosen);
  const start = path.resolve(
    from === undefined ? process.cwd() : path.extname(from) === ".ipynb" ? path.dirname(from) : from,
  );
  for (let folder = start; ; folder = path.dirname(folder)) {
    const candidate = path.join(folder, FOLDER);
    if (existsSync(candidate)) return candidate;
    if (folder === path.dirname(folder)) return path.join(start, FOLDER);
  }
}
