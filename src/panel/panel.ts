import type { ColumnTable } from "arquero";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { panelFromColumns, type PanelSource } from "./panel-from.js";
import { panelToTable } from "./panel-table.js";
import { VIEW, type View } from "./view.js";

export type PanelColumn = Float64Array | Float32Array;

/** The parts of a panel; see {@link Panel}. */
export interface PanelParts {
  /** Distinct datetimes, ascending, epoch ms (UTC). */
  readonly dates: Float64Array;
  /** `dates.length + 1` entries: rows of date `d` are `offsets[d] … offsets[d + 1] − 1`. */
  readonly offsets: Int32Array;
  /** Instrument of each row, an index into `instruments`; ascending inside a date. */
  readonly codes: Int32Array;
  /** Distinct instrument names, ascending by code unit. */
  readonly instruments: readonly string[];
  readonly columns: ReadonlyMap<string, PanelColumn>;
}

/**
 * The (datetime × instrument) frame that everything from features to predictions is kept in.
 *
 * Rows are date-major, instruments ascending inside a date, so that per-date work is a slice and per-column work a typed array.
 * A missing value is NaN. Panels are immutable: methods return new panels that share columns where they can.
 *
 *     datetime    instrument  score
 *     2020-01-02  SH600000     0.31
 *     2020-01-02  SH600004    -0.12
 *
 * @example
 * Panel.from({ datetime: ["2020-01-02", "2020-01-02"], instrument: ["B", "A"], score: [1, 2] }).get("score") // -> Float64Array [2, 1]
 */
export class Panel implements PanelParts {
  readonly dates: Float64Array;
  readonly offsets: Int32Array;
  readonly codes: Int32Array;
  readonly instruments: readonly string[];
  readonly columns: ReadonlyMap<string, PanelColumn>;

  constructor(parts: PanelParts) {
    this.dates = parts.dates;
    this.offsets = parts.offsets;
    this.codes = parts.codes;
    this.instruments = parts.instruments;
    this.columns = parts.columns;
    for (const [name, column] of this.columns) {
      if (column.length !== this.codes.length)
        throw new InvalidArgumentError(
          `Cannot make a panel: column "${name}" has ${column.length} values, ${this.codes.length} rows expected`,
        );
    }
  }

  /**
   * A panel of a table with the columns `datetime` and `instrument`; rows in any order, other columns numeric.
   *
   * @throws DataError on duplicate keys (the first ones and their number are named), a missing key column, or a column of text.
   */
  static from(source: PanelSource): Panel {
    return source instanceof Panel ? source : panelFromColumns(source);
  }

  get numRows(): number {
    return this.codes.length;
  }
  get numDates(): number {
    return this.dates.length;
  }
  get columnNames(): string[] {
    return [...this.columns.keys()];
  }

  /** The values of a column, one per row. @throws UnknownNameError with the nearest name. */
  get(name: string): PanelColumn {
    const column = this.columns.get(name);
    if (!column) throw new UnknownNameError("column", name, this.columns.keys());
    return column;
  }

  /** Row range [from, to) of date number `d`. */
  rowsOf(d: number): [from: number, to: number] {
    return [this.offsets[d]!, this.offsets[d + 1]!];
  }

  /** The same rows with only these columns, in this order. */
  select(names: readonly string[]): Panel {
    return this.#with(new Map(names.map((name) => [name, this.get(name)])));
  }

  /** The same rows with columns added or replaced. */
  assign(columns: Readonly<Record<string, PanelColumn>>): Panel {
    return this.#with(new Map([...this.columns, ...Object.entries(columns)]));
  }

  /** The same rows with columns renamed: `rename({ old: "new" })`. */
  rename(names: Readonly<Record<string, string>>): Panel {
    return this.#with(new Map([...this.columns].map(([name, column]) => [names[name] ?? name, column])));
  }

  /** Rows whose datetime lies in [start, end], both inclusive; an open end is null or undefined. Columns are shared, not copied. */
  between(start?: DatetimeInput | null, end?: DatetimeInput | null): Panel {
    const from = start == null ? 0 : lowerBound(this.dates, parseDatetime(start));
    const to = end == null ? this.dates.length : Math.max(from, lowerBound(this.dates, endOf(end)));
    if (from === 0 && to === this.dates.length) return this;
    const [first, last] = [this.offsets[from]!, this.offsets[to]!];
    return new Panel({
      dates: this.dates.subarray(from, to),
      offsets: this.offsets.slice(from, to + 1).map((offset) => offset - first),
      codes: this.codes.subarray(first, last),
      instruments: this.instruments,
      columns: new Map([...this.columns].map(([name, column]) => [name, column.subarray(first, last) as PanelColumn])),
    });
  }

  /** Rows for which `keep[row]` is not 0; dates without rows disappear. */
  filter(keep: Uint8Array): Panel {
    let rows = 0;
    for (let row = 0; row < keep.length; row++) if (keep[row]) rows++;
    if (rows === this.numRows) return this;
    const index = new Int32Array(rows);
    const dates: number[] = [];
    const offsets: number[] = [0];
    let next = 0;
    for (let d = 0; d < this.numDates; d++) {
      const [from, to] = this.rowsOf(d);
      for (let row = from; row < to; row++) if (keep[row]) index[next++] = row;
      if (next > offsets.at(-1)!) {
        dates.push(this.dates[d]!);
        offsets.push(next);
      }
    }
    const take = <T extends PanelColumn | Int32Array>(column: T): T => {
      const taken = new (column.constructor as new (length: number) => T)(rows);
      for (let i = 0; i < rows; i++) taken[i] = column[index[i]!]!;
      return taken;
    };
    return new Panel({
      dates: Float64Array.from(dates),
      offsets: Int32Array.from(offsets),
      codes: take(this.codes),
      instruments: this.instruments,
      columns: new Map([...this.columns].map(([name, column]) => [name, take(column)])),
    });
  }

  /** An arquero table: `datetime` (Date at UTC), `instrument`, then the columns without copying. */
  toTable(): ColumnTable {
    return panelToTable(this);
  }

  [VIEW](): View {
    return { kind: "panel", title: `Panel, ${this.toString().slice(6, -1)}`, table: this.toTable() };
  }

  toString(): string {
    const span = this.numDates
      ? `${formatDatetime(this.dates[0]!)} … ${formatDatetime(this.dates.at(-1)!)}`
      : "no dates";
    return `Panel(${this.numRows} rows, ${this.numDates} dates ${span}, ${this.columns.size} ${this.columns.size === 1 ? "column" : "columns"})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #with(columns: Map<string, PanelColumn>): Panel {
    return new Panel({
      dates: this.dates,
      offsets: this.offsets,
      codes: this.codes,
      instruments: this.instruments,
      columns,
    });
  }
}

/** First index whose value is ≥ `value` in an ascending array. */
export function lowerBound(values: ArrayLike<number>, value: number): number {
  let [low, high] = [0, values.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (values[middle]! < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The instant after an inclusive end: a date without a time of day includes the whole day. */
function endOf(end: DatetimeInput): number {
  const ms = parseDatetime(end);
  return ms % 86_400_000 === 0 ? ms + 86_400_000 : ms + 1;
}
