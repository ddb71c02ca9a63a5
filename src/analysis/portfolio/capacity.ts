import { table, type ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";

export interface CapacityOptions {
  /** Share of an instrument's daily volume that may be traded. Default 0.1. */
  readonly participation?: number;
  /** Column of weights. Default `weight`. */
  readonly weight?: string;
  /** Column of the value traded a day in money (price · volume, best as a trailing mean). Default `dollarVolume`. */
  readonly dollarVolume?: string;
  /** Capital to try, in money. Default 1, 10, 100 million and 1 and 10 billion. */
  readonly capital?: readonly number[];
}

/**
 * How much money the strategy holds: days it takes to sell everything, for several sizes of the account.
 *
 * Days to liquidate a position = capital · |weight| / (participation · dollar volume). A position without a volume has no answer: it is counted in
 * `unknown` (share of the gross weight) and left out of the rest. Square-root impact and the like are the back-test's matter.
 *
 * @param positions One row per (datetime, instrument) with weight and dollar volume.
 * @returns One row per capital: `capital, medianDays` (of positions)`, p95Days, maxDays, withinOneDay` (share of the gross weight that can be sold
 * in a day, mean over dates)`, unknown`.
 * @throws InvalidArgumentError unless 0 < participation ≤ 1 and every capital > 0.
 * @example
 * const held = { datetime: ["2020-01-02"], instrument: ["A"], weight: [1], dollarVolume: [1e6] };
 * capacity(held, { capital: [1e6] }).get("maxDays", 0) // -> 10
 */
export function capacity(positions: PanelSource, options: CapacityOptions = {}): ColumnTable {
  refuseUnknownOptions("Cannot compute the capacity", options, ["participation", "weight", "dollarVolume", "capital"]);
  const { participation = 0.1, weight = "weight", dollarVolume = "dollarVolume" } = options;
  const sizes = options.capital ?? [1e6, 1e7, 1e8, 1e9, 1e10];
  if (!(participation > 0 && participation <= 1) || !sizes.every((size) => size > 0))
    throw new InvalidArgumentError(
      `Cannot compute capacity: participation ${participation} and capital ${sizes.join(", ")}, a share up to 1 and amounts > 0 expected`,
    );
  const panel = Panel.from(positions);
  const [weights, volumes] = [panel.get(weight), panel.get(dollarVolume)];
  // Days per unit of capital; the rest is scale.
  const days: number[] = [];
  const held: { unitDays: number; share: number }[][] = [];
  let [gross, unknown] = [0, 0];
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    const here: { unitDays: number; share: number }[] = [];
    for (let row = from; row < to; row++) {
      const size = Math.abs(weights[row]!);
      if (!(size > 0)) continue;
      gross += size;
      if (!(volumes[row]! > 0)) {
        unknown += size;
        continue;
      }
      const unitDays = size / (participation * volumes[row]!);
      days.push(unitDays);
      here.push({ unitDays, share: size });
    }
    if (here.length) held.push(here);
  }
  const sorted = Float64Array.from(days).sort();
  const at = (q: number) => sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
  const within = (capital: number) => {
    const shares = held.map((list) => {
      const [all, soon] = list.reduce(
        ([total, done], { unitDays, share }) => [total + share, done + share * Math.min(1, 1 / (unitDays * capital))],
        [0, 0] as [number, number],
      );
      return soon / all;
    });
    return shares.reduce((total, share) => total + share, 0) / shares.length;
  };
  return table({
    capital: [...sizes],
    medianDays: sizes.map((size) => at(0.5) * size),
    p95Days: sizes.map((size) => at(0.95) * size),
    maxDays: sizes.map((size) => at(1) * size),
    withinOneDay: sizes.map(within),
    unknown: sizes.map(() => (gross === 0 ? NaN : unknown / gross)),
  });
}
