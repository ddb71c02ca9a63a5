import { formatDatetime } from "../engine/datetime.js";
import { InvalidArgumentError } from "../errors.js";

/** One part of a key. A part may be a list itself, such as a segment `["2020-01-01", "2020-06-30"]`. */
export type KeyPart = string | number | boolean | null | Date | readonly KeyPart[];

/**
 * A map whose keys are compared by value: text, numbers, dates and lists (tuples) of them.
 *
 * Keys are kept in the order in which they came first. A date equals its text (`2020-01-31`); the tuple `["M"]` and the
 * text `"M"` are two keys.
 *
 * @example
 * new TupleMap([[["LGBModel", ["2020-01-01", "2020-06-30"]], 1]]).get(["LGBModel", ["2020-01-01", "2020-06-30"]]) // -> 1
 */
export class TupleMap<V = unknown> implements Iterable<[KeyPart, V]> {
  readonly #entries = new Map<string, [KeyPart, V]>();

  constructor(entries: Iterable<readonly [KeyPart, V]> = []) {
    for (const [key, value] of entries) this.set(key, value);
  }

  get size(): number {
    return this.#entries.size;
  }

  get(key: KeyPart): V | undefined {
    return this.#entries.get(keyText(key))?.[1];
  }

  has(key: KeyPart): boolean {
    return this.#entries.has(keyText(key));
  }

  /** Sets a value; a key that is there keeps its place. @throws InvalidArgumentError for what is no key. */
  set(key: KeyPart, value: V): this {
    this.#entries.set(keyText(key), [key, value]);
    return this;
  }

  delete(key: KeyPart): boolean {
    return this.#entries.delete(keyText(key));
  }

  keys(): KeyPart[] {
    return Array.from(this.#entries.values(), ([key]) => key);
  }

  values(): V[] {
    return Array.from(this.#entries.values(), ([, value]) => value);
  }

  entries(): [KeyPart, V][] {
    return [...this.#entries.values()];
  }

  [Symbol.iterator](): Iterator<[KeyPart, V]> {
    return this.#entries.values();
  }

  toString(): string {
    const shown = this.keys().slice(0, 5).map(keyText).join(", ");
    return `${this.constructor.name}(${this.size}${this.size ? `: ${shown}` : ""}${this.size > 5 ? ", …" : ""})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}

/**
 * A key as the one text that stands for it: JSON, with dates as their text.
 *
 * @throws InvalidArgumentError for undefined, an object, NaN, ±∞ and an invalid date.
 * @example
 * keyText(["LGBModel", [new Date("2020-01-01"), null]]) // -> '["LGBModel",["2020-01-01",null]]'
 */
export function keyText(key: KeyPart): string {
  return JSON.stringify(plainPart(key, key));
}

function plainPart(part: unknown, whole: unknown): unknown {
  if (Array.isArray(part)) return part.map((inner) => plainPart(inner, whole));
  if (part instanceof Date && !Number.isNaN(part.getTime())) return formatDatetime(part.getTime());
  if (part === null || typeof part === "string" || typeof part === "boolean") return part;
  if (typeof part === "number" && Number.isFinite(part)) return part;
  const shown = typeof part === "object" ? "an object" : String(part);
  throw new InvalidArgumentError(
    `Cannot use ${Array.isArray(whole) ? "a tuple" : "a value"} as a key: ${shown} is no key part\n  expected: text, numbers, booleans, null, dates, and lists of them`,
  );
}
