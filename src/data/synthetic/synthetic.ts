import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { BarMarket, type BarMarketOptions } from "../bar-market.js";
import type { BarSource } from "../bar-source.js";
import type { Market } from "../market.js";
import { MinuteSource } from "./minute-source.js";
import { simulate } from "./simulation.js";
import { SyntheticSource } from "./synthetic-source.js";
import { syntheticSettings, type SyntheticOptions } from "./synthetic-options.js";

export type { SyntheticOptions } from "./synthetic-options.js";

const OPTIONS: readonly (keyof SyntheticOptions | keyof BarMarketOptions)[] = [
  ...(["instruments", "days", "seed", "ic", "start", "region", "dividends", "top", "freq"] as const),
  ...(["universe", "benchmark", "precision", "keepColumns"] as const),
];

/**
 * A market made up by rule: returns with a market, ten sectors and stocks of their own, whose volatility comes in clusters and
 * whose shocks have fat tails; earnings jumps, late listings, mergers, failures, suspensions (those days are missing), splits and,
 * if asked for, dividends (`$factor` steps, adjusted prices do not); a capitalisation-weighted index as benchmark; and a planted
 * alpha, most of which can be found in prices and volumes, as strong as `ic` says.
 *
 * Fields `$open $high $low $close $vwap` (adjusted), `$volume`, `$factor`, derived `$change`; with `region: "cn"` also
 * `$limit_up $limit_down`. The same options give the same market on every machine. With `freq` in minutes the same days are told by
 * shorter bars: put together again they give the days (but for `$vwap`).
 *
 * @throws InvalidArgumentError for an option out of range.
 * @example
 * synthetic({ instruments: 5, days: 10 }).instruments().length // -> 5
 * synthetic({ instruments: 5, days: 10, freq: "30min" }).calendar.length // -> 130
 */
export function synthetic(options: SyntheticOptions & Omit<BarMarketOptions, "region"> = {}): Market {
  refuseUnknownOptions("Cannot make a synthetic market", options, OPTIONS);
  const { universe, benchmark, precision, keepColumns, ...rest } = options;
  return new BarMarket(syntheticSource(rest), { universe, benchmark, precision, keepColumns });
}

/** The bars of {@link synthetic}. */
export function syntheticSource(options: SyntheticOptions): BarSource {
  const settings = syntheticSettings(options);
  const daily = new SyntheticSource(settings, simulate(settings));
  return settings.freq === "1day" ? daily : new MinuteSource(settings, daily);
}
