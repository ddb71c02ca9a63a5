import type { SyntheticSettings } from "./synthetic-options.js";

/** What differs between exchanges. */
export interface MarketRules {
  /** How far a day's price may be from the previous close, as a share; null: as far as it likes. */
  readonly limit: number | null;
  /** Probability that a stock is suspended after a day. */
  readonly suspensionRate: number;
  /** Dividends of a year as a share of the price. */
  readonly dividendYield: number;
}

export function marketRules({ region, dividends }: SyntheticSettings): MarketRules {
  return region === "cn"
    ? { limit: 0.1, suspensionRate: 1.5e-3, dividendYield: dividends }
    : { limit: null, suspensionRate: 4e-4, dividendYield: dividends };
}
