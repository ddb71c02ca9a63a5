import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";

export interface ForwardReturnsOptions {
  /** In steps: dates of the panel. Default 1, 5, 10. */
  readonly horizons?: readonly number[];
  /** Column of prices. Default `close`. */
  readonly price?: string;
  /** Steps between the date of the row and the price that is paid. Default 0; 1 for a signal that is traded on the next date. */
  readonly delay?: number;
}

/**
 * What each instrument returns over the next steps, for several horizons at once.
 *
 * `r5` on date d = price on the date `delay` + 5 steps later / price on the date `delay` steps later − 1; a step is a date of the panel.
 * NaN where one of the two prices is missing: nothing is filled in.
 *
 * @returns The same rows with a column `r<horizon>` per horizon.
 * @throws InvalidArgumentError for a horizon that is no whole number ≥ 1 or a negative delay; UnknownNameError without the column.
 * @example
 * const prices = { datetime: ["2020-01-02", "2020-01-03"], instrument: ["A", "A"], close: [100, 110] };
 * forwardReturns(prices, { horizons: [1] }).get("r1") // -> Float64Array [0.10000000000000009, NaN]
 */
export function forwardReturns(prices: PanelSource, options: ForwardReturnsOptions = {}): Panel {
  refuseUnknownOptions("Cannot compute forward returns", options, ["horizons", "price", "delay"]);
  const { horizons = [1, 5, 10], price = "close", delay = 0 } = options;
  const wrong = [...horizons.filter((h) => !(Number.isInteger(h) && h >= 1))];
  if (wrong.length || !(Number.isInteger(delay) && delay >= 0))
    throw new InvalidArgumentError(
      `Cannot compute forward returns: ${wrong.length ? `horizon ${wrong[0]}` : `delay ${delay}`}, a whole number ≥ ${wrong.length ? 1 : 0} expected`,
    );
  const panel = Panel.from(prices);
  const values = panel.get(price);
  const width = panel.instruments.length;
  const grid = new Float64Array(panel.numDates * width).fill(NaN);
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    for (let row = from; row < to; row++) grid[d * width + panel.codes[row]!] = values[row]!;
  }
  const columns = horizons.map((horizon) => {
    const column = new Float64Array(panel.numRows).fill(NaN);
    for (let d = 0; d + delay + horizon < panel.numDates; d++) {
      const [from, to] = panel.rowsOf(d);
      for (let row = from; row < to; row++) {
        const code = panel.codes[row]!;
        column[row] = grid[(d + delay + horizon) * width + code]! / grid[(d + delay) * width + code]! - 1;
      }
    }
    return [`r${horizon}`, column] as const;
  });
  return panel.assign(Object.fromEntries(columns));
}
