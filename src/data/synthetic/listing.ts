import type { Random } from "../../panel/random.js";

export type Fate = "stays" | "merger" | "failure";

/** When a stock is listed, and how it ends. */
export interface Listing {
  /** Calendar index of the first day. */
  readonly first: number;
  /** Calendar index after the last day. */
  readonly end: number;
  readonly fate: Fate;
}

const LATE_SHARE = 0.15;
/** Of listed stocks that disappear in a year. */
const DELISTED_A_YEAR = 0.025;
const SHORTEST = 120;
const FAILING_DAYS = 60;
const FAILING_DRIFT = -0.012;
const MERGING_DAYS = 40;
const MERGER_PREMIUM = 0.22;

export function drawListing(random: Random, days: number): Listing {
  const first = random.uniform() < LATE_SHARE ? Math.floor(random.uniform() * days * 0.7) : 0;
  const isDelisted = random.uniform() < 1 - Math.exp((-DELISTED_A_YEAR * days) / 252);
  if (!isDelisted) return { first, end: days, fate: "stays" };
  const end = Math.max(first + SHORTEST, Math.floor(random.uniform() * days));
  const fate = random.uniform() < 0.5 ? "merger" : "failure";
  return end >= days - 5 ? { first, end: days, fate: "stays" } : { first, end, fate };
}

/** A day's log return, changed by what is coming: a failing stock slides, one with an offer jumps to it and then stays there. */
export function withFate({ end, fate }: Listing, day: number, logReturn: number, random: Random): number {
  if (fate === "failure" && day > end - FAILING_DAYS) return logReturn + FAILING_DRIFT;
  if (fate === "merger" && day === end - MERGING_DAYS) return logReturn + MERGER_PREMIUM;
  if (fate === "merger" && day > end - MERGING_DAYS) return 0.0004 * random.normal();
  return logReturn;
}
