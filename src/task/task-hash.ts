import { createHash } from "node:crypto";
import { ConfigError } from "../errors.js";

/**
 * A task, or other plain data, as one text that does not depend on the order of keys: dates as ISO text, entries
 * without a value left out.
 *
 * @throws ConfigError naming the entry that cannot be written: NaN, ±Infinity, a function, an object of a class.
 * @example
 * canonicalJson({ b: [1, null], a: "x" }) // -> {"a":"x","b":[1,null]}
 */
export function canonicalJson(value: unknown, place = "task"): string {
  if (value === null || typeof value === "string" || typeof value === "boolean") return JSON.stringify(value);
  if (typeof value === "number") {
    if (Number.isFinite(value)) return JSON.stringify(value);
    throw new ConfigError(`Cannot write ${place} as JSON: it is ${value}\n  expected: a finite number, or null`);
  }
  if (value instanceof Date && !Number.isNaN(value.getTime())) return JSON.stringify(value.toISOString());
  if (Array.isArray(value)) {
    return `[${value.map((entry, i) => canonicalJson(entry ?? null, `${place}.${i}`)).join(",")}]`;
  }
  const proto: unknown = typeof value === "object" ? Object.getPrototypeOf(value) : undefined;
  if (proto === Object.prototype || proto === null) {
    const entries = Object.entries(value as object).filter(([, entry]) => entry !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : 1));
    const texts = entries.map(([key, entry]) => `${JSON.stringify(key)}:${canonicalJson(entry, `${place}.${key}`)}`);
    return `{${texts.join(",")}}`;
  }
  const kind = typeof value === "object" ? `an object of class ${value.constructor.name}` : `a ${typeof value}`;
  throw new ConfigError(
    `Cannot write ${place} as JSON: it is ${kind}\n  give its configuration instead: { class: "…", kwargs: { … } }`,
  );
}

/**
 * What tells tasks apart: SHA-256 of {@link canonicalJson}, 64 hexadecimal digits. Two tasks with the same definition
 * have the same.
 *
 * @throws ConfigError as {@link canonicalJson}.
 * @example
 * taskHash({ a: 1, b: 2 }) === taskHash({ b: 2, a: 1 }) // -> true
 */
export function taskHash(task: unknown): string {
  return createHash("sha256").update(canonicalJson(task)).digest("hex");
}
