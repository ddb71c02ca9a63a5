import type { ColumnTable } from "arquero";
import type { IndicatorConfig, IndicatorWeight } from "./executor.js";
import { LongColumns } from "./long-columns.js";
import type { Fill } from "./order.js";

const number = "number" as const;

/**
 * How well the orders of one level were filled: a table by order and one by step. In Qlib:
 * qlib.backtest.report.Indicator
 */
export class Indicator {
  readonly #config: Required<IndicatorConfig>;
  readonly #indicators = new LongColumns({
    datetime: "datetime",
    ffr: number,
    pa: number,
    pos: number,
    deal_amount: number,
    value: number,
    count: number,
  });
  readonly #orders = new LongColumns({
    datetime: "datetime",
    instrument: "text",
    direction: "text",
    amount: number,
    deal_amount: number,
    price: number,
    value: number,
    cost: number,
    ffr: number,
    pa: number,
    reason: "text",
    inner_amount: number,
    base_price: number,
  });

  constructor(config: Required<IndicatorConfig>) {
    this.#config = config;
  }

  add(datetime: number, fills: readonly Fill[]): void {
    const ffr = fills.map(({ dealAmount, amount }) => dealAmount / amount);
    const pa = fills.map(priceAdvantage);
    const sizes = (weight: IndicatorWeight): number[] | undefined =>
      weight === "mean"
        ? undefined
        : fills.map((fill) => (weight === "amount_weighted" ? fill.dealAmount : fill.value));
    let [dealt, value, ahead] = [0, 0, 0];
    fills.forEach((fill, i) => {
      dealt += fill.dealAmount;
      value += fill.value;
      if (pa[i]! > 0) ahead++;
      const { instrument, direction, amount, dealAmount, price, cost, reason } = fill;
      this.#orders.add(
        datetime,
        instrument,
        direction,
        amount,
        dealAmount,
        price,
        fill.value,
        cost,
        ffr[i]!,
        pa[i]!,
        reason,
        fill.innerAmount ?? amount,
        fill.basePrice ?? NaN,
      );
    });
    this.#indicators.add(
      datetime,
      average(ffr, sizes(this.#config.ffrWeight)),
      average(pa, sizes(this.#config.paWeight)),
      ahead / pa.filter((each) => !Number.isNaN(each)).length,
      dealt,
      value,
      fills.length,
    );
  }

  tables(): { readonly indicators: ColumnTable; readonly orders: ColumnTable } {
    return { indicators: this.#indicators.toTable(), orders: this.#orders.toTable() };
  }
}

/** What was saved against the mean price of the inner bars, as a rate; 0 of a level that deals itself. */
function priceAdvantage({ direction, price, basePrice }: Fill): number {
  if (basePrice === undefined) return 0;
  return direction === "sell" ? price / basePrice - 1 : 1 - price / basePrice;
}

/** Missing values are left out; NaN when nothing is left. */
function average(values: readonly number[], weights?: readonly number[]): number {
  let [sum, total] = [0, 0];
  values.forEach((value, i) => {
    if (Number.isNaN(value)) return;
    const weight = weights ? weights[i]! : 1;
    sum += value * weight;
    total += weight;
  });
  return sum / total;
}
