import { inspect } from "node:util";
import { formatDatetime } from "../engine/datetime.js";
import { InvalidArgumentError } from "../errors.js";
import type { StoredJson } from "../store/run-queries.js";

/** What a param or a tag may hold: anything JSON can say. */
export type JsonValue = StoredJson;

const MAX_NAME = 250;
const MAX_DEPTH = 500;

/**
 * The name of a param, metric or tag as it is.
 *
 * @throws InvalidArgumentError when it is empty or longer than 250 characters.
 */
export function checkName(what: string, name: string): string {
  if (typeof name !== "string")
    throw new InvalidArgumentError(
      `Cannot take ${shorten(inspect(name, { depth: 0 }))} as the name of a ${what}: text is expected`,
    );
  if (name.length >= 1 && name.length <= MAX_NAME) return name;
  const state =
    name.length === 0 ? "its name is empty" : `its name has ${name.length} characters ("${name.slice(0, 40)}…")`;
  throw new InvalidArgumentError(`Cannot log a ${what}: ${state}\n  expected: 1 to ${MAX_NAME} characters`);
}

/**
 * A param's or tag's value as plain JSON, checked as a whole before anything is written.
 *
 * Nested plain objects and arrays are kept. A BigInt becomes text, a Date text (`YYYY-MM-DD HH:MM`), a typed array an
 * array, NaN and ±∞ their names as text. An object with `toJSON` is what that gives.
 *
 * @param name Where the value stands; named in the error, with the path inside the value.
 * @throws InvalidArgumentError for a function, symbol, undefined, a value that contains itself, or an object of another
 * class.
 * @example
 * toLoggedJson("param", "model", { depth: 3n, since: new Date(0), loss: NaN }) // -> { depth: "3", since: "1970-01-01", loss: "NaN" }
 */
export function toLoggedJson(what: string, name: string, value: unknown): JsonValue {
  return plainJson({ what, ancestors: [] }, name, value);
}

interface Walk {
  readonly what: string;
  readonly ancestors: object[];
}

function plainJson(walk: Walk, at: string, value: unknown): JsonValue {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) ? value : String(value);
    case "bigint":
      return value.toString();
    case "object":
      return value === null ? null : plainObject(walk, at, value);
    default:
      return refuse(walk, at, value, `a ${typeof value} cannot be kept`);
  }
}

function plainObject(walk: Walk, at: string, value: object): JsonValue {
  if (walk.ancestors.includes(value)) return refuse(walk, at, value, "it contains itself");
  if (value instanceof Date) {
    return Number.isNaN(value.getTime())
      ? refuse(walk, at, value, "it is an invalid date")
      : formatDatetime(value.getTime());
  }
  if (walk.ancestors.length >= MAX_DEPTH)
    return refuse(walk, shorten(at), value, `it is nested in more than ${MAX_DEPTH} levels`);
  walk.ancestors.push(value);
  try {
    if (Array.isArray(value)) return Array.from(value, (item, i) => plainJson(walk, `${at}[${i}]`, item));
    if (ArrayBuffer.isView(value) && !(value instanceof DataView)) {
      return Array.from(value as unknown as ArrayLike<number | bigint>, (item, i) =>
        plainJson(walk, `${at}[${i}]`, item),
      );
    }
    if (isPlainObject(value)) {
      return Object.fromEntries(
        Object.entries(value).map(([key, item]) => [key, plainJson(walk, `${at}.${key}`, item)]),
      );
    }
    const { toJSON } = value as { toJSON?: unknown };
    if (typeof toJSON === "function") return plainJson(walk, at, toJSON.call(value, at));
    return refuse(walk, at, value, `an object of class ${value.constructor?.name ?? "unknown"} cannot be kept`);
  } finally {
    walk.ancestors.pop();
  }
}

function refuse(walk: Walk, at: string, value: unknown, why: string): never {
  throw new InvalidArgumentError(
    `Cannot log ${walk.what} "${at}": ${why}: ${shorten(inspect(value, { depth: 0 }))}\n  expected: text, number, boolean, null, Date, or plain objects and arrays of these; nothing was written`,
  );
}

/** True for `{…}` and for objects without a prototype; false for arrays and objects of a class. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // Objects of another realm (a notebook's cells may run in one) have another Object.prototype.
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * The value of a metric: a number (NaN and ±∞ are kept), a boolean as 1 or 0.
 *
 * @throws InvalidArgumentError for anything else; the message names key and value.
 */
export function toLoggedMetric(key: string, value: unknown): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean") return value ? 1 : 0;
  throw new InvalidArgumentError(
    `Cannot log metric "${key}": ${shorten(inspect(value, { depth: 0 }))} is no number\n  expected: a number (NaN and ±Infinity are kept) or a boolean; nothing was written`,
  );
}

/** The step of a metric: a whole number; absent means 0. @throws InvalidArgumentError */
export function toStep(step: unknown): number {
  if (step === undefined) return 0;
  if (Number.isSafeInteger(step)) return step as number;
  throw new InvalidArgumentError(
    `Cannot log metrics: step ${shorten(inspect(step, { depth: 0 }))} is no whole number\n  expected: 0, 1, 2 …; nothing was written`,
  );
}

/** JSON text that is the same for equal values whatever the order of their keys. */
export function canonicalText(value: JsonValue): string {
  return JSON.stringify(value, (_, item: JsonValue) =>
    isPlainObject(item) ? Object.fromEntries(Object.entries(item).sort(([a], [b]) => (a < b ? -1 : 1))) : item,
  );
}

/** A text cut to what fits in a message. */
export function shorten(text: string, length = 120): string {
  return text.length <= length ? text : `${text.slice(0, length - 1)}…`;
}
