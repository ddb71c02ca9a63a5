import { statSync } from "node:fs";
import type { TaskFiles } from "./task-files.js";

const REMOVAL_MS = 5_000;
const ABANDONED_MS = 3_600_000;

/** Finishes what a process began and could not: submissions that have their key, and removals. */
export function finishMoves(files: TaskFiles): void {
  const { folder } = files;
  const stat = (...parts: string[]) => statSync(folder.file(...parts), { throwIfNoEntry: false });
  for (const name of folder.names("submitting")) {
    const file = stat("submitting", name);
    if (file && file.nlink > 1) {
      if (folder.move(`submitting/${name}`, `waiting/${name}`)) folder.noteAdded(1);
    } else if (file && Date.now() - file.ctimeMs > ABANDONED_MS) folder.remove("submitting", name);
  }
  for (const name of folder.names("removing")) {
    const file = stat("removing", name);
    if (file && Date.now() - file.ctimeMs > REMOVAL_MS) finishRemoval(files, name);
  }
}

/** The key goes only if it is this task's and not of the same one submitted anew. */
export function finishRemoval(files: TaskFiles, name: string): void {
  const { folder } = files;
  const [, sequence, id] = name.split(".") as [string, string, string];
  const inode = (...parts: string[]) => statSync(folder.file(...parts), { throwIfNoEntry: false })?.ino;
  if (inode("key", id) === inode("removing", name)) folder.remove("key", id);
  folder.remove("log", `${id}.log`);
  files.forget(sequence);
  folder.remove("removing", name);
}
