import { DataError, InvalidArgumentError } from "../errors.js";
import type { Exchange } from "./exchange.js";
import { InfPosition, Position, type Holding } from "./position.js";

/**
 * Cash, or `{ cash, <instrument>: adjusted amount or { amount, price } }`; a price not given is the last close before
 * the start.
 */
export type InitialAccount = number | InitialHoldings;
export interface InitialHoldings {
  readonly cash: number;
  readonly [instrument: string]: number | { readonly amount: number; readonly price?: number };
}

/** `InfPosition`: unlimited cash and stock, no report. */
export type PositionType = "Position" | "InfPosition";

/**
 * @param firstDay First trade date, index of the exchange's calendar.
 * @throws InvalidArgumentError for money or an amount that makes no sense; DataError for a holding without any price.
 */
export function initialPosition(
  account: InitialAccount,
  posType: PositionType,
  exchange: Exchange,
  firstDay: number,
): Position {
  if (posType === "InfPosition") return new InfPosition();
  const { cash, ...given } = typeof account === "number" ? { cash: account } : account;
  const holdings = Object.entries(given).map(([instrument, holding]): [string, Holding] => {
    const { amount, price } = typeof holding === "number" ? { amount: holding, price: undefined } : holding;
    if (!(amount > 0 && amount < Infinity))
      throw new InvalidArgumentError(
        `Cannot back-test: ${amount} of ${instrument} in the account, an amount > 0 expected`,
      );
    return [instrument, { amount, price: price ?? lastClose(exchange, instrument, firstDay), count: 0 }];
  });
  if (!(cash >= 0 && cash < Infinity) || (holdings.length === 0 && cash === 0))
    throw new InvalidArgumentError(`Cannot back-test: account is ${cash}, money > 0 expected`);
  return new Position(cash, holdings);
}

function lastClose(exchange: Exchange, instrument: string, firstDay: number): number {
  for (let day = firstDay - 1; day >= 0; day--) {
    const close = exchange.close(instrument, day);
    if (!Number.isNaN(close)) return close;
  }
  throw new DataError(
    `Cannot back-test: ${instrument} is in the account, but has no close before the first day\n  say what it is worth: { ${JSON.stringify(instrument)}: { amount, price } }`,
  );
}
