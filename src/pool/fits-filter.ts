import { canonicalJson } from "../task/task-hash.js";
import type { TaskFilter } from "./pool-task.js";

/** Whether a definition has the values that a filter asks for. */
export function fitsWhere(def: unknown, where: TaskFilter["where"]): boolean {
  if (!where) return true;
  return Object.entries(where).every(([path, wanted]) => {
    const found = pathParts(path).reduce<unknown>(
      (part, key) => (typeof part === "object" && part !== null ? (part as Record<string, unknown>)[key] : undefined),
      def,
    );
    return found !== undefined && canonicalJson(found) === canonicalJson(wanted);
  });
}

/** `dataset.kwargs.segments.test.0` → its keys and places. */
export const pathParts = (path: string): string[] => path.split(".");
