import { table, type ColumnTable } from "arquero";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";

export interface PositionStatisticsOptions {
  /** Column of weights: value of the position / value of the account, negative when short. Default `weight`. */
  readonly weight?: string;
  /** How many of the largest count as the top. Default 10. */
  readonly top?: number;
}

/**
 * What was held: exposure, concentration and turnover of each date.
 *
 * `hhi` is the Herfindahl–Hirschman index Σ (|w| / gross)²: 1 for one name, 1/n for n equal ones; `effectiveNames` its inverse. `top10` is the share
 * of the largest names in the gross exposure. `turnover` is Σ |w − w before| / 2 against the date before: weights that drift with prices count
 * as well; NaN on the first date. A missing weight counts as 0.
 *
 * @param positions One row per (datetime, instrument) that is held, such as a back-test's positions. Dates without any row are not in the result.
 * @returns `datetime, long, short` (≤ 0)`, net, gross, names, longNames, shortNames, largest, median, top10, hhi, effectiveNames, turnover`.
 * @throws UnknownNameError when the column of weights is not there.
 * @example
 * positionStatistics({ datetime: ["2020-01-02", "2020-01-02"], instrument: ["A", "B"], weight: [0.5, -0.5] }).get("hhi", 0) // -> 0.5
 */
export function positionStatistics(positions: PanelSource, options: PositionStatisticsOptions = {}): ColumnTable {
  refuseUnknownOptions("Cannot compute statistics of positions", options, ["weight", "top"]);
  const { weight = "weight", top = 10 } = options;
  const panel = Panel.from(positions);
  const weights = panel.get(weight);
  const before = new Float64Array(panel.instruments.length);
  const rows = Array.from({ length: panel.numDates }, (_, d) => {
    const [from, to] = panel.rowsOf(d);
    const held: number[] = [];
    let turnover = 0;
    const left = new Set(touched(before));
    for (let row = from; row < to; row++) {
      const value = Number.isNaN(weights[row]!) ? 0 : weights[row]!;
      const code = panel.codes[row]!;
      turnover += Math.abs(value - before[code]!);
      before[code] = value;
      left.delete(code);
      if (value !== 0) held.push(value);
    }
    for (const code of left) {
      turnover += Math.abs(before[code]!);
      before[code] = 0;
    }
    return { ...ofDate(held, top), turnover: d === 0 ? NaN : turnover / 2 };
  });
  const column = (name: keyof (typeof rows)[number]) => Float64Array.from(rows, (row) => row[name]);
  return table({
    datetime: Array.from(panel.dates, (ms) => new Date(ms)),
    long: column("long"),
    short: column("short"),
    net: column("net"),
    gross: column("gross"),
    names: column("names"),
    longNames: column("longNames"),
    shortNames: column("shortNames"),
    largest: column("largest"),
    median: column("median"),
    [`top${top}`]: column("topShare"),
    hhi: column("hhi"),
    effectiveNames: column("effectiveNames"),
    turnover: column("turnover"),
  });
}

function* touched(weights: Float64Array): Generator<number> {
  for (let code = 0; code < weights.length; code++) if (weights[code] !== 0) yield code;
}

function ofDate(held: readonly number[], top: number) {
  const sizes = Float64Array.from(held, Math.abs).sort().reverse();
  const add = (total: number, value: number) => total + value;
  const long = held.filter((value) => value > 0);
  const short = held.filter((value) => value < 0);
  const [up, down] = [long.reduce(add, 0), short.reduce(add, 0)];
  const gross = up - down;
  const hhi = gross === 0 ? NaN : sizes.reduce((total, size) => total + (size / gross) ** 2, 0);
  const half = sizes.length / 2;
  return {
    long: up,
    short: down,
    net: up + down,
    gross,
    names: held.length,
    longNames: long.length,
    shortNames: short.length,
    largest: sizes[0] ?? NaN,
    median: sizes.length === 0 ? NaN : (sizes[Math.ceil(half) - 1]! + sizes[Math.floor(half)]!) / 2,
    topShare: gross === 0 ? NaN : sizes.subarray(0, top).reduce(add, 0) / gross,
    hhi,
    effectiveNames: 1 / hhi,
  };
}
