import { table, type ColumnTable } from "arquero";
import { parseDatetime, type DatetimeInput } from "../../engine/datetime.js";
import { columnValues } from "../../engine/arquero.js";
import { InvalidArgumentError, UnknownNameError } from "../../errors.js";
import { average, percentile } from "../statistic/series-moments.js";

const DAY_MS = 86_400_000;

/** Fills in order of time: `datetime`, `instrument`, `amount` (bought > 0, sold < 0), `price`, and `cost` if there is one. */
export type FillSource = ColumnTable | Readonly<Record<string, ArrayLike<unknown>>>;

export interface RoundTrips {
  /** `instrument, side` (long or short)`, opened, closed, days` (calendar)`, amount, openPrice, closePrice, cost, pnl, return` = pnl / value at opening. */
  readonly trips: ColumnTable;
  /** `side` (all, long, short)`, trips, winRate, pnl, averagePnl, averageWin, averageLoss, profitFactor, payoff, bestPnl, worstPnl, averageReturn, averageDays, medianDays`. */
  readonly summary: ColumnTable;
  /** `instrument, trips, winRate, pnl, share` of all profit; largest first. */
  readonly byInstrument: ColumnTable;
  /** Lots that were not closed: in `instrument`, still open. */
  readonly open: number;
  /** Fills of amount 0 or without price: left out. */
  readonly skipped: number;
}

interface Trip {
  readonly instrument: string;
  readonly side: "long" | "short";
  readonly opened: number;
  readonly closed: number;
  readonly amount: number;
  readonly openPrice: number;
  readonly closePrice: number;
  readonly cost: number;
  readonly pnl: number;
}
interface Lot {
  readonly opened: number;
  amount: number;
  readonly price: number;
  readonly costPerShare: number;
}

/**
 * Round trips: what was bought is matched with what was sold, first in, first out.
 *
 * A fill against the open side closes the oldest lots; what is left of it opens the other side. Costs are shared out by amount and taken off the profit.
 * (pyfolio matches in the same order but first merges the fills of a day; with one fill a day and name both agree.)
 *
 * @throws UnknownNameError when a column is missing; InvalidArgumentError when fills of an instrument go back in time.
 * @example
 * roundTrips({ datetime: ["2020-01-02", "2020-01-06"], instrument: ["A", "A"], amount: [10, -10], price: [5, 6] }).trips.get("pnl", 0) // -> 10
 */
export function roundTrips(fills: FillSource): RoundTrips {
  const get = reader(fills);
  const [datetimes, instruments, amounts, prices] = ["datetime", "instrument", "amount", "price"].map((name) =>
    get(name)!,
  ) as [ArrayLike<DatetimeInput>, ArrayLike<string>, ArrayLike<number>, ArrayLike<number>];
  const costs = get("cost", false) as ArrayLike<number> | undefined;
  const book = new Map<string, Lot[]>();
  const trips: Trip[] = [];
  const latest = new Map<string, number>();
  let skipped = 0;
  for (let i = 0; i < datetimes.length; i++) {
    const [instrument, price] = [instruments[i]!, Number(prices[i])];
    let amount = Number(amounts[i]);
    if (!(price > 0) || !Number.isFinite(amount) || amount === 0) {
      skipped++;
      continue;
    }
    const when = parseDatetime(datetimes[i]!);
    if (when < (latest.get(instrument) ?? -Infinity))
      throw new InvalidArgumentError(
        `Cannot match round trips: fill ${i} of "${instrument}" is earlier than the one before, order of time expected`,
      );
    latest.set(instrument, when);
    const costPerShare = Number(costs?.[i] ?? 0) / Math.abs(amount);
    const lots = book.get(instrument) ?? [];
    book.set(instrument, lots);
    while (amount !== 0 && lots.length && Math.sign(lots[0]!.amount) !== Math.sign(amount)) {
      const lot = lots[0]!;
      const closed = Math.min(Math.abs(lot.amount), Math.abs(amount));
      const direction = Math.sign(lot.amount);
      const cost = closed * (lot.costPerShare + costPerShare);
      trips.push({
        instrument,
        side: direction > 0 ? "long" : "short",
        opened: lot.opened,
        closed: when,
        amount: closed,
        openPrice: lot.price,
        closePrice: price,
        cost,
        pnl: direction * closed * (price - lot.price) - cost,
      });
      lot.amount -= direction * closed;
      amount += direction * closed;
      if (Math.abs(lot.amount) <= 1e-9 * closed) lots.shift();
      if (Math.abs(amount) <= 1e-9 * closed) amount = 0;
    }
    if (amount !== 0) lots.push({ opened: when, amount, price, costPerShare });
  }
  const open = [...book.values()].reduce((total, lots) => total + lots.length, 0);
  return { trips: tripTable(trips), summary: summaryTable(trips), byInstrument: instrumentTable(trips), open, skipped };
}

function reader(fills: FillSource): (name: string, required?: boolean) => ArrayLike<unknown> | undefined {
  const isTable = "columnNames" in fills && typeof fills.columnNames === "function";
  const names = isTable ? (fills as ColumnTable).columnNames() : Object.keys(fills);
  return (name, required = true) => {
    if (!names.includes(name)) {
      if (required) throw new UnknownNameError("column", name, names, { context: "Cannot match round trips" });
      return undefined;
    }
    return isTable
      ? columnValues(fills as ColumnTable, name)
      : (fills as Readonly<Record<string, ArrayLike<unknown>>>)[name]!;
  };
}

const daysOf = (trip: Trip): number => (trip.closed - trip.opened) / DAY_MS;
const returnOf = (trip: Trip): number => trip.pnl / (trip.amount * trip.openPrice);

function tripTable(trips: readonly Trip[]): ColumnTable {
  return table({
    instrument: trips.map((trip) => trip.instrument),
    side: trips.map((trip) => trip.side),
    opened: trips.map((trip) => new Date(trip.opened)),
    closed: trips.map((trip) => new Date(trip.closed)),
    days: Float64Array.from(trips, daysOf),
    amount: Float64Array.from(trips, (trip) => trip.amount),
    openPrice: Float64Array.from(trips, (trip) => trip.openPrice),
    closePrice: Float64Array.from(trips, (trip) => trip.closePrice),
    cost: Float64Array.from(trips, (trip) => trip.cost),
    pnl: Float64Array.from(trips, (trip) => trip.pnl),
    return: Float64Array.from(trips, returnOf),
  });
}

function summaryTable(trips: readonly Trip[]): ColumnTable {
  const sides = (["all", "long", "short"] as const).map((side) => {
    const list = side === "all" ? trips : trips.filter((trip) => trip.side === side);
    const pnl = Float64Array.from(list, (trip) => trip.pnl);
    const [wins, losses] = [pnl.filter((value) => value > 0), pnl.filter((value) => value < 0)];
    const days = Float64Array.from(list, daysOf);
    const sum = (values: Float64Array) => values.reduce((total, value) => total + value, 0);
    return {
      side,
      trips: list.length,
      winRate: wins.length / list.length,
      pnl: sum(pnl),
      averagePnl: average(pnl),
      averageWin: average(wins),
      averageLoss: average(losses),
      profitFactor: losses.length ? sum(wins) / -sum(losses) : NaN,
      payoff: average(wins) / -average(losses),
      bestPnl: percentile(pnl, 1),
      worstPnl: percentile(pnl, 0),
      averageReturn: average(Float64Array.from(list, returnOf)),
      averageDays: average(days),
      medianDays: percentile(days, 0.5),
    };
  });
  const names = Object.keys(sides[0]!) as (keyof (typeof sides)[number])[];
  return table(Object.fromEntries(names.map((name) => [name, sides.map((one) => one[name])])));
}

function instrumentTable(trips: readonly Trip[]): ColumnTable {
  const found = new Map<string, { trips: number; wins: number; pnl: number }>();
  for (const { instrument, pnl } of trips) {
    const one = found.get(instrument) ?? { trips: 0, wins: 0, pnl: 0 };
    found.set(instrument, { trips: one.trips + 1, wins: one.wins + (pnl > 0 ? 1 : 0), pnl: one.pnl + pnl });
  }
  const rows = [...found].sort(([, a], [, b]) => b.pnl - a.pnl);
  const whole = rows.reduce((total, [, { pnl }]) => total + pnl, 0);
  return table({
    instrument: rows.map(([name]) => name),
    trips: rows.map(([, one]) => one.trips),
    winRate: rows.map(([, one]) => one.wins / one.trips),
    pnl: rows.map(([, one]) => one.pnl),
    share: rows.map(([, one]) => (whole === 0 ? NaN : one.pnl / whole)),
  });
}
