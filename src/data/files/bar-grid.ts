import type { TradingCalendar } from "../../calendar/trading-calendar.js";
import type { EngineColumn, TextColumn } from "../../engine/columns.js";
import { DataError } from "../../errors.js";
import { cellsOf, type StoredRange } from "../bar-source.js";

/** Where rows of (instrument, datetime) stand in flat columns. */
export class BarGrid {
  /** Rows that met a place already taken. */
  duplicates = 0;
  readonly #dayOf: ReadonlyMap<number, number>;
  readonly #rangeOf: ReadonlyMap<string, StoredRange>;
  readonly #taken: Uint8Array;

  constructor(calendar: TradingCalendar, ranges: readonly StoredRange[]) {
    this.#dayOf = new Map(Array.from(calendar.datetimes, (ms, day) => [ms, day]));
    this.#rangeOf = new Map(ranges.map((range) => [range.instrument, range]));
    this.#taken = new Uint8Array(cellsOf(ranges));
  }

  /** The place of each row's values; −1 for a row outside the ranges, and for a second row of a key. */
  placesOf(instruments: TextColumn, datetimes: EngineColumn): Int32Array {
    const ranges = instruments.dictionary.map((name) => this.#rangeOf.get(name));
    const times = numbers(datetimes);
    const places = new Int32Array(times.length).fill(-1);
    let [lastTime, day] = [NaN, -1];
    for (let row = 0; row < places.length; row++) {
      const range = ranges[instruments.codes[row]!];
      if (times[row] !== lastTime) {
        lastTime = times[row]!;
        day = this.#dayOf.get(lastTime) ?? -1;
      }
      if (range === undefined || day < range.first || day >= range.first + range.length) continue;
      const place = range.offset + day - range.first;
      if (this.#taken[place]) this.duplicates++;
      else {
        this.#taken[place] = 1;
        places[row] = place;
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
