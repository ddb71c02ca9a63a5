import { closeSync, openSync, rmSync, statSync } from "node:fs";

/**
 * Claims a piece of work for this process by making a file, so that others need not begin it too. A hint only: whoever overlooks
 * it does no harm.
 *
 * @param forMs A file older than this was left by one that died.
 * @returns What gives the claim back; undefined when another process has it.
 */
export function claim(file: string, forMs: number): (() => void) | undefined {
  const made = statSync(file, { throwIfNoEntry: false })?.mtimeMs;
  if (made !== undefined && Date.now() - made > forMs) rmSync(file, { force: true });
  try {
    closeSync(openSync(file, "wx"));
  } catch {
    return undefined;
  }
  return () => rmSync(file, { force: true });
}
