import { RUN_ATTRIBUTES } from "../../store/run-condition.js";

const OTHER_NAMES: Readonly<Record<string, string>> = { run_name: "name", "Run name": "name", user: "user_name" };

/** The names under which columns of `runs` can be asked for, in a message. */
export const ATTRIBUTE_NAMES: readonly string[] = Object.keys(RUN_ATTRIBUTES);

/**
 * The column of `runs` that an attribute's name means: `start_time`, `startTime`, `run_name`; undefined for none.
 *
 * @example
 * findAttribute("startTime") // -> start_time
 */
export function findAttribute(name: string): string | undefined {
  const column = OTHER_NAMES[name] ?? name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return Object.hasOwn(RUN_ATTRIBUTES, column) ? column : undefined;
}

/** Whether the column holds a time; else it holds text. */
export function isTime(column: string): boolean {
  return RUN_ATTRIBUTES[column as keyof typeof RUN_ATTRIBUTES] === "time";
}
