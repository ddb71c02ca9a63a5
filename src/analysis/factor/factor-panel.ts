import { InvalidArgumentError } from "../../errors.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { forwardReturns, type ForwardReturnsOptions } from "./forward-returns.js";

export interface FactorPanelOptions extends ForwardReturnsOptions {
  /** Column of the factor. Default `score`, else the first one. */
  readonly score?: string;
}

/** A factor beside the returns that followed. */
export interface FactorPanel {
  /** The factor's rows and columns, its own as `score`, and a column `r<horizon>` per horizon. */
  readonly panel: Panel;
  /** Rows of the factor at an instrument or date that the prices do not have. */
  readonly unmatched: number;
}

/**
 * Puts the returns of the next steps beside a factor.
 *
 * A step is a date of the prices, so that a factor of every month is compared with returns of days.
 *
 * @throws InvalidArgumentError when no row of the factor meets the prices; as {@link forwardReturns} otherwise.
 * @example
 * const prices = { datetime: ["2020-01-02", "2020-01-03"], instrument: ["A", "A"], close: [100, 150] };
 * factorPanel({ datetime: ["2020-01-02"], instrument: ["A"], value: [7] }, prices, { horizons: [1] }).panel.get("r1") // -> Float64Array [0.5]
 */
export function factorPanel(factor: PanelSource, prices: PanelSource, options: FactorPanelOptions = {}): FactorPanel {
  const panel = Panel.from(factor);
  const score = options.score ?? (panel.columns.has("score") ? "score" : (panel.columnNames[0] ?? "score"));
  const { horizons, price, delay } = options;
  const returns = forwardReturns(prices, { horizons, price, delay });
  const names = returns.columnNames.filter((name) => /^r\d+$/.test(name));
  const columns = names.map((name) => [name, new Float64Array(panel.numRows).fill(NaN)] as const);
  const codeOf = new Map(returns.instruments.map((name, code) => [name, code]));
  const codes = panel.instruments.map((name) => codeOf.get(name) ?? -1);
  const dateOf = new Map(Array.from(returns.dates, (ms, d) => [ms, d]));
  const rowOf = new Int32Array(returns.instruments.length);
  let unmatched = 0;
  for (let d = 0; d < panel.numDates; d++) {
    const at = dateOf.get(panel.dates[d]!);
    rowOf.fill(-1);
    if (at !== undefined) {
      const [from, to] = returns.rowsOf(at);
      for (let row = from; row < to; row++) rowOf[returns.codes[row]!] = row;
    }
    const [from, to] = panel.rowsOf(d);
    for (let row = from; row < to; row++) {
      const code = codes[panel.codes[row]!]!;
      const match = code < 0 ? -1 : rowOf[code]!;
      if (match < 0) unmatched++;
      else for (const [name, values] of columns) values[row] = returns.get(name)[match]!;
    }
  }
  if (panel.numRows > 0 && unmatched === panel.numRows)
    throw new InvalidArgumentError(
      `Cannot compare the factor with prices: none of its ${panel.numRows} rows has a price on its date\n` +
        `  the factor has ${panel.toString()}, the prices ${returns.toString()}`,
    );
  return { panel: panel.assign({ score: panel.get(score), ...Object.fromEntries(columns) }), unmatched };
}
