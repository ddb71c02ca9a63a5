import type { EngineColumn, TextColumn } from "./columns.js";

/** The typed column that plain values make. */
export function inferColumn(name: string, values: ArrayLike<unknown>): EngineColumn {
  if (values instanceof Float64Array) return { type: "float64", values };
  if (values instanceof Float32Array) return { type: "float32", values };
  if (values instanceof Int32Array) return { type: "integer", values };
  if (isSmallIntegers(values)) return { type: "integer", values: Int32Array.from(values) };
  if (values instanceof Uint32Array) return { type: "integer", values: Float64Array.from(values) };
  switch (kindOf(values) ?? EMPTY_KINDS.get(name) ?? "float64") {
    case "text":
      return textColumn(values as ArrayLike<string | null | undefined>);
    case "datetime":
      return {
        type: "datetime",
        values: Float64Array.from(values as ArrayLike<Date | null>, (value) => (value == null ? NaN : value.getTime())),
      };
    case "integer":
      return { type: "integer", values: numbers(values) };
    case "float64":
      return { type: "float64", values: numbers(values) };
    case "boolean":
      return {
        type: "boolean",
        values: Array.from(values as ArrayLike<boolean | null | undefined>, (value) => value ?? null),
      };
    case "other":
      return { type: "other", values: Array.from(values, (value) => value ?? null) };
  }
}

type Kind = "text" | "datetime" | "integer" | "float64" | "boolean" | "other";

/** What a column without a single value is, by its name. */
const EMPTY_KINDS: ReadonlyMap<string, Kind> = new Map([
  ["datetime", "datetime"],
  ["instrument", "text"],
]);

const isSmallIntegers = (values: ArrayLike<unknown>): values is Int8Array | Uint8Array | Int16Array | Uint16Array =>
  values instanceof Int8Array ||
  values instanceof Uint8Array ||
  values instanceof Int16Array ||
  values instanceof Uint16Array;

const numbers = (values: ArrayLike<unknown>) =>
  Float64Array.from(values, (value) => (value == null ? NaN : Number(value)));

function kindOf(values: ArrayLike<unknown>): Kind | undefined {
  let kind: Kind | undefined;
  for (let row = 0; row < values.length; row++) {
    const next = kindOfValue(values[row]);
    if (next === undefined || next === kind) continue;
    if (kind === undefined) kind = next;
    else if ((kind === "integer" && next === "float64") || (kind === "float64" && next === "integer")) kind = "float64";
    else return "other";
  }
  return kind;
}

function kindOfValue(value: unknown): Kind | undefined {
  switch (typeof value) {
    case "string":
      return "text";
    case "number":
      return Number.isInteger(value) ? "integer" : "float64";
    case "bigint":
      return "integer";
    case "boolean":
      return "boolean";
    default:
      return value == null ? undefined : value instanceof Date ? "datetime" : "other";
  }
}

/** Texts as codes into a dictionary in order of appearance. */
export function textColumn(values: ArrayLike<string | null | undefined>): TextColumn {
  const codeOf = new Map<string, number>();
  const dictionary: string[] = [];
  const codes = new Int32Array(values.length);
  let before: string | undefined;
  for (let row = 0; row < values.length; row++) {
    const text = values[row];
    if (text == null) codes[row] = -1;
    // Runs of one text are common (a run's id), and comparing is cheaper than looking up.
    else if (row > 0 && text === before) codes[row] = codes[row - 1]!;
    else {
      let code = codeOf.get(text);
      if (code === undefined) codeOf.set(text, (code = dictionary.push(text) - 1));
      codes[row] = code;
    }
    before = text ?? undefined;
  }
  return { type: "text", codes, dictionary };
}
