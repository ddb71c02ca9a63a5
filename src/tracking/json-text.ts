import { inspect } from "node:util";
import { DataError, InvalidArgumentError } from "../errors.js";
import { isPlainObject, shorten } from "./logged-value.js";

/** The key of an object that stands for a value JSON has no word for. */
const TAG = "$alphabook";

/**
 * A plain value as JSON text that gives back exactly the same value.
 *
 * Ordinary values look as in any JSON file. What JSON has no word for is an object with the key `$alphabook`: Date,
 * Map, Set, BigInt, undefined, NaN, ±∞, −0, and typed arrays and bytes (base64, little-endian).
 *
 * @throws InvalidArgumentError for a function, a symbol, a value that contains itself, or an object of a class nobody
 * registered a codec for; the message names the path inside the value.
 * @example
 * fromJsonText(toJsonText({ at: new Date(0), by: new Map([["a", NaN]]) })) // -> { at: new Date(0), by: new Map([["a", NaN]]) }
 */
export function toJsonText(value: unknown, name = "value"): string {
  return JSON.stringify(tagged(value, name, []));
}

/** The value that {@link toJsonText} wrote; text of any other JSON file is read too. @throws DataError */
export function fromJsonText(text: string): unknown {
  return untagged(JSON.parse(text));
}

const TYPED_ARRAYS = [
  Float64Array,
  Float32Array,
  Int32Array,
  Uint32Array,
  Int16Array,
  Uint16Array,
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  BigInt64Array,
  BigUint64Array,
] as const;
type TypedArray = InstanceType<(typeof TYPED_ARRAYS)[number]>;

function tagged(value: unknown, at: string, ancestors: object[]): unknown {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { [TAG]: "number", value: Object.is(value, -0) ? "-0" : String(value) };
    case "bigint":
      return { [TAG]: "bigint", value: value.toString() };
    case "undefined":
      return { [TAG]: "undefined" };
    case "object":
      return value === null ? null : taggedObject(value, at, ancestors);
    default:
      throw refusal(value, at, `a ${typeof value} is no data`);
  }
}

function taggedObject(value: object, at: string, ancestors: object[]): unknown {
  if (ancestors.includes(value)) throw refusal(value, at, "it contains itself");
  if (value instanceof Date) return { [TAG]: "date", value: Number.isNaN(value.getTime()) ? null : value.getTime() };
  if (ArrayBuffer.isView(value)) return taggedArray(value, at);
  ancestors.push(value);
  try {
    if (Array.isArray(value)) return Array.from(value, (item, i) => tagged(item, `${at}[${i}]`, ancestors));
    if (value instanceof Map)
      return {
        [TAG]: "map",
        value: [...value].map((entry, i) => entry.map((item) => tagged(item, `${at}[${i}]`, ancestors))),
      };
    if (value instanceof Set)
      return { [TAG]: "set", value: [...value].map((item, i) => tagged(item, `${at}[${i}]`, ancestors)) };
    if (!isPlainObject(value))
      throw refusal(
        value,
        at,
        `nothing says how an object of class ${value.constructor?.name ?? "unknown"} is written`,
      );
    const entries = Object.entries(value).map(([key, item]) => [key, tagged(item, `${at}.${key}`, ancestors)]);
    return TAG in value ? { [TAG]: "object", value: entries } : Object.fromEntries(entries);
  } finally {
    ancestors.pop();
  }
}

function taggedArray(value: ArrayBufferView, at: string): unknown {
  const kind = TYPED_ARRAYS.find((Kind) => value instanceof Kind);
  if (!kind) throw refusal(value, at, "a DataView has no type");
  return { [TAG]: kind.name, value: Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64") };
}

function refusal(value: unknown, at: string, why: string): InvalidArgumentError {
  return new InvalidArgumentError(
    `Cannot save "${at}": ${why}: ${shorten(inspect(value, { depth: 0 }))}\n  expected: tables, panels, typed arrays, bytes, text, or plain objects, arrays, Map, Set, Date of these\n  another class: registerArtifactCodec({ name, version, accepts, toText, fromText })`,
  );
}

function untagged(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(untagged);
  if (typeof value !== "object" || value === null) return value;
  if (!(TAG in value)) return fromEntries(Object.entries(value));
  const { [TAG]: kind, value: inner } = value as { [TAG]: unknown; value?: unknown };
  switch (kind) {
    case "number":
      return Number(inner);
    case "bigint":
      return BigInt(inner as string);
    case "undefined":
      return undefined;
    case "date":
      return new Date(inner === null ? NaN : (inner as number));
    case "map":
      return new Map((inner as [unknown, unknown][]).map(([key, item]) => [untagged(key), untagged(item)]));
    case "set":
      return new Set((inner as unknown[]).map(untagged));
    case "object":
      return fromEntries(inner as [string, unknown][]);
    default:
      return untaggedArray(kind, inner);
  }
}

function fromEntries(entries: readonly (readonly [string, unknown])[]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([key, item]) => [key, untagged(item)]));
}

function untaggedArray(kind: unknown, inner: unknown): TypedArray {
  const Kind = TYPED_ARRAYS.find((candidate) => candidate.name === kind);
  if (!Kind || typeof inner !== "string")
    throw new DataError(`Cannot read JSON: "${String(kind)}" is no kind of value this version knows`);
  const bytes = Buffer.from(inner, "base64");
  return new Kind(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer);
}
