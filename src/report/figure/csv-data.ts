import { formatDatetime } from "../../engine/datetime.js";

/** Inline data of a specification. */
export interface CsvData {
  readonly values: string;
  readonly format: {
    readonly type: "csv";
    readonly parse: Readonly<Record<string, "date" | "number" | "string" | "boolean">>;
  };
}

type Column = ArrayLike<number | string | boolean | Date | null | undefined>;

/**
 * Columns as one CSV text: a notebook file keeps it on one line, where objects would take one line a value.
 *
 * Numbers keep five significant digits, more than a pixel shows; missing ones and ±∞ become empty. A column of `Date`, and epoch
 * milliseconds in a column called `datetime`, become dates.
 *
 * @example
 * csvData({ datetime: [0, 86400000], ic: [0.123456, NaN] }).values // -> "datetime,ic\n1970-01-01,0.12346\n1970-01-02,"
 */
export function csvData(columns: Readonly<Record<string, Column>>): CsvData {
  const names = Object.keys(columns);
  const kinds = names.map((name) => kindOf(name, columns[name]!));
  const length = columns[names[0]!]?.length ?? 0;
  const lines = [names.map(quoted).join(",")];
  for (let row = 0; row < length; row++)
    lines.push(names.map((name, j) => cell(columns[name]![row], kinds[j]!)).join(","));
  return {
    values: lines.join("\n"),
    format: { type: "csv", parse: Object.fromEntries(names.map((name, j) => [name, kinds[j]!])) },
  };
}

type Kind = CsvData["format"]["parse"][string];

function kindOf(name: string, column: Column): Kind {
  for (let row = 0; row < column.length; row++) {
    const value = column[row];
    if (value === null || value === undefined) continue;
    if (value instanceof Date || (name === "datetime" && typeof value === "number")) return "date";
    return typeof value === "number" ? "number" : typeof value === "boolean" ? "boolean" : "string";
  }
  return "number";
}

function cell(value: Column[number], kind: Kind): string {
  if (value === null || value === undefined) return "";
  if (kind === "date")
    return (
      formatDatetime(Number(value))
        .replace(" ", "T")
        .replace(/(T\d{2}:\d{2})$/, "$1:00") + (Number(value) % 86_400_000 ? "Z" : "")
    );
  if (typeof value === "number") return Number.isFinite(value) ? String(Number(value.toPrecision(5))) : "";
  return quoted(String(value));
}

const quoted = (text: string) => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
