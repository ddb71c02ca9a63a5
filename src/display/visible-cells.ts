import { formatDatetime } from "../engine/datetime.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { numberText, percentText } from "../report/figure/number-text.js";
import { cellFormat, type CellFormat } from "./number-format.js";
import { getTable, type ColumnKind, type ShownColumn, type ShownTable, type TableSource } from "./shown-table.js";

/** How the numbers of a column are written when not by what they need. */
export type NumberFormat = "percent" | "integer" | "bps" | { readonly digits: number };

/** How a column is drawn in html: `heat` colours cells, `bar` draws their size, `sign` colours negative numbers. Text is never changed by it. */
export interface ColumnStyle {
  readonly format?: NumberFormat;
  readonly cell?: "heat" | "bar" | "sign";
  /** The value of full colour or width; default the largest visible one. */
  readonly limit?: number;
}

export interface TableOptions {
  /** Rows shown; of a longer table its first and last half. Default 20. */
  readonly rows?: number;
  /** Columns shown. Default 20. */
  readonly columns?: number;
  readonly styles?: Readonly<Record<string, ColumnStyle>>;
  /** In html, break long texts into lines instead of cutting them. Default false. */
  readonly wrap?: boolean;
}

export interface Cell {
  readonly text: string;
  /** Missing or NaN: shown muted. */
  readonly muted: boolean;
  readonly value: unknown;
}

export interface VisibleColumn {
  readonly name: string;
  readonly type: ColumnKind;
  readonly numeric: boolean;
  readonly style: ColumnStyle;
  /** One for each of `rows`. */
  readonly cells: readonly Cell[];
}

/** The part of a table that is shown, as texts. */
export interface VisibleCells {
  readonly numRows: number;
  readonly numColumns: number;
  /** True row numbers, from 0; after the first `head` of them rows may be left out. */
  readonly rows: readonly number[];
  readonly head: number;
  readonly columns: readonly VisibleColumn[];
}

/** @throws InvalidArgumentError when the source is no table; UnknownNameError for a style of a column that is not there. */
export function visibleCells(
  source: TableSource | ShownTable,
  { rows = 20, columns = 20, styles = {} }: TableOptions = {},
): VisibleCells {
  if (!(rows >= 1 && columns >= 1))
    throw new InvalidArgumentError(
      `Cannot show a table: rows ${rows}, columns ${columns}; at least 1 of each expected`,
    );
  const table = getTable(source);
  const names = table.columns.map(({ name }) => name);
  for (const name of Object.keys(styles))
    if (!names.includes(name)) throw new UnknownNameError("column", name, names, { context: "Cannot style a table" });
  const all = table.numRows <= rows;
  const [head, tail] = all ? [table.numRows, 0] : [Math.ceil(rows / 2), Math.floor(rows / 2)];
  const numbers = [...Array(head).keys(), ...Array.from({ length: tail }, (_, i) => table.numRows - tail + i)];
  return {
    numRows: table.numRows,
    numColumns: table.columns.length,
    rows: numbers,
    head,
    columns: table.columns.slice(0, columns).map((column) => visibleColumn(column, numbers, styles[column.name] ?? {})),
  };
}

function visibleColumn({ name, type, value }: ShownColumn, rows: readonly number[], style: ColumnStyle): VisibleColumn {
  const values = rows.map(type === "f32" ? (row) => shortFloat(value(row)) : value);
  const present = values.filter((one) => one !== null && one !== undefined);
  const numeric = type === "f64" || type === "f32" || type === "int";
  const format =
    (numeric ? hinted(style.format) : undefined) ?? (values.some(hasTime) ? dateWithTime : cellFormat(type, present));
  const cells = values.map((one) => {
    const missing = one === null || one === undefined;
    return { value: one, text: missing ? "–" : format(one), muted: missing || Number.isNaN(one) };
  });
  return { name, type, numeric, style, cells };
}

function hinted(hint: NumberFormat | undefined): CellFormat | undefined {
  if (hint === undefined) return undefined;
  const [factor, digits] = hint === "bps" ? [1e4, 1] : [1, hint === "integer" || hint === "percent" ? 0 : hint.digits];
  return (value) => (hint === "percent" ? percentText(Number(value), 2) : numberText(Number(value) * factor, digits));
}

const hasTime = (value: unknown) => value instanceof Date && value.getTime() % 86_400_000 !== 0;
const dateWithTime: CellFormat = (value) =>
  value instanceof Date ? formatDatetime(value.getTime()).replace(/^(\d{4}-\d{2}-\d{2})$/, "$1 00:00") : String(value);

/** A float32 holds seven digits; the rest of its double is noise. */
const shortFloat = (value: unknown) =>
  typeof value === "number" && Number.isFinite(value) ? Number(value.toPrecision(7)) : value;

/** `1,507,196 rows × 8 columns`. */
export function sizeText({ numRows, numColumns }: VisibleCells): string {
  const count = (n: number, noun: string) => `${n.toLocaleString("en-US")} ${noun}${n === 1 ? "" : "s"}`;
  return `${count(numRows, "row")} × ${count(numColumns, "column")}`;
}
