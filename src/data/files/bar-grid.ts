import type { TradingCalendar } from "../../calendar/trading-calendar.js";
import type { EngineColumn, TextColumn } from "../../engine/columns.js";
import { DataError } from "../../errors.js";
import type { StoredRange } from "../bar-source.js";

/** Where rows of (instrument, datetime) stand in flat columns. */
export class BarGrid {
  /** Rows that met a place already taken. */
  duplicates = 0;
  readonly #calendar: TradingCalendar;
  readonly #rangeOf: ReadonlyMap<string, StoredRange>;
  readonly #taken: Uint8Array;

  constructor(calendar: TradingCalendar, ranges: readonly StoredRange[], cells: number) {
    this.#calendar = calendar;
    this.#rangeOf = new Map(ranges.map((range) => [range.instrument, range]));
    this.#taken = new Uint8Array(cells);
  }

  /** The place of each row's values; −1 for a row without key (counted when opening) and for a second row of a key. */
  placesOf(instruments: TextColumn, datetimes: EngineColumn): Int32Array {
    const dayOf = new Map(Array.from(this.#calendar.datetimes, (ms, day) => [ms, day]));
    // Place of calendar index 0, which may lie before the instrument's first day.
    const bases = instruments.dictionary.map((name) => {
      const range = this.#rangeOf.get(name);
      return range ? range.offset - range.first : NaN;
    });
    const times = numbers(datetimes);
    const places = new Int32Array(times.length);
    let [lastTime, lastDay] = [NaN, -1];
    for (let row = 0; row < places.length; row++) {
      const base = bases[instruments.codes[row]!] ?? NaN;
      if (times[row] !== lastTime) {
        lastTime = times[row]!;
        lastDay = dayOf.get(lastTime) ?? -1;
      }
      if (lastDay < 0 || Number.isNaN(base)) places[row] = -1;
      else if (this.#taken[base + lastDay]) {
        places[row] = -1;
        this.duplicates++;
      } else {
        this.#taken[base + lastDay] = 1;
        places[row] = base + lastDay;
      }
    }
    return places;
  }
}

/** Puts a column's values at their places. */
export function scatter(column: EngineColumn, places: Int32Array, out: Float64Array): void {
  const values = numbers(column);
  for (let row = 0; row < places.length; row++) if (places[row]! >= 0) out[places[row]!] = values[row]!;
}

/** A column of numbers or datetimes as float64. */
export function numbers(column: EngineColumn): Float64Array {
  if (column.type === "float64" || column.type === "datetime") return column.values;
  if (column.type === "float32" || column.type === "integer") return Float64Array.from(column.values);
  throw new DataError(`Cannot read bars: a column of ${column.type} where numbers were expected`);
}
