import { DataError } from "../errors.js";
import { mersenneShuffle } from "./mersenne-shuffle.js";
import type { Order } from "./order.js";
import type { TradeStep } from "./strategy.js";

/** Shares of the money by instrument, each ≥ 0. */
export type TargetWeights = ReadonlyMap<string, number>;

/**
 * Turns target weights into target amounts; an instrument left out keeps or loses its holding as the generator's rule
 * says.
 */
export type OrderGenerator = (
  weights: TargetWeights,
  step: TradeStep,
  riskDegree: number,
) => ReadonlyMap<string, number>;

/** Amounts from yesterday's closes, all known before the market opens. In Qlib: OrderGenWOInteract */
export const withoutInteraction: OrderGenerator = (weights, { exchange, day, position }, riskDegree) => {
  const budget = riskDegree * position.value;
  const amounts = new Map<string, number>();
  for (const [instrument, weight] of weights) {
    const known = exchange.isTradable(instrument, day) && exchange.isTradable(instrument, day - 1);
    const price = known ? exchange.close(instrument, day - 1) : position.holdings.get(instrument)?.price;
    if (price !== undefined) amounts.set(instrument, (budget * weight) / price);
  }
  return amounts;
};

/**
 * Amounts from the prices dealt at, over what is tradable, with the costs set aside. In Qlib: OrderGenWInteract A
 * suspended holding is valued at its last price.
 * @throws DataError for a weight outside [0, 1] or tradable weights above 1 in sum.
 */
export const withInteraction: OrderGenerator = (weights, { exchange, day, position }, riskDegree) => {
  const tradable = (instrument: string) => exchange.isTradable(instrument, day);
  let [all, traded, total] = [0, 0, 0];
  for (const [instrument, { amount, price }] of position.holdings) {
    const value =
      amount * (exchange.isSuspended(instrument, day) ? price : exchange.dealPrice(instrument, day, "sell"));
    all += value;
    if (tradable(instrument)) traded += value;
  }
  for (const [instrument, weight] of weights) {
    if (!(weight >= 0 && weight <= 1))
      throw new DataError(`Cannot trade weights: ${instrument} has ${weight}, 0 … 1 expected`);
    if (tradable(instrument)) total += weight;
  }
  if (total > 1 + 1e-5)
    throw new DataError(`Cannot trade weights: those of tradable instruments add up to ${total}, at most 1 expected`);
  const budget = traded + position.cash - (1 - riskDegree) * (all + position.cash);
  const amounts = new Map<string, number>();
  if (budget < 0) return amounts;
  const money = budget / (1 + Math.max(exchange.openCost, exchange.closeCost));
  for (const [instrument, weight] of weights)
    if (weight > 0 && tradable(instrument))
      amounts.set(instrument, Math.floor((money * weight) / total / exchange.dealPrice(instrument, day, "buy")));
  return amounts;
};

/** `sorted`: by name. `shuffled`: in one fixed random order of the names, the same as the reference's. */
export type DealOrder = "sorted" | "shuffled";

/**
 * Sells, then buys, that lead from the holdings to the amounts; what cannot be traded today is left alone.
 *
 * The order matters when cash runs short: the last buy gets what is left.
 */
export function ordersToAmounts(
  amounts: ReadonlyMap<string, number>,
  { exchange, day, position }: TradeStep,
  dealOrder: DealOrder = "sorted",
): Order[] {
  const [sells, buys]: [Order[], Order[]] = [[], []];
  const names = [...new Set([...amounts.keys(), ...position.holdings.keys()])].sort();
  for (const instrument of dealOrder === "shuffled" ? mersenneShuffle(names, 0) : names) {
    if (!exchange.isTradable(instrument, day)) continue;
    const [held, target] = [position.amountOf(instrument), amounts.get(instrument) ?? 0];
    const round = (amount: number) => exchange.roundAmount(instrument, day, amount);
    if (target > held) buys.push({ instrument, direction: "buy", amount: round(target - held) });
    else if (target < held)
      sells.push({ instrument, direction: "sell", amount: target === 0 ? held : round(held - target) });
  }
  return [...sells, ...buys].filter(({ amount }) => amount > 0);
}
