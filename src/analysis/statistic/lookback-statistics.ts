import { annual, total, type ReturnFacts } from "./return-facts.js";
import { statistic, type Statistic } from "./statistic.js";

/** Returns since a date; NaN when the series begins later than that, so that no short series poses as a long one. */
function since(facts: ReturnFacts, start: (end: Date) => number, yearly: boolean): number {
  const dates = facts.dates!;
  if (dates.length === 0) return NaN;
  const from = start(new Date(dates.at(-1)!));
  if (dates[0]! > from + 7 * 86_400_000) return NaN;
  const tail = facts.returns.subarray(dates.findIndex((date) => date >= from));
  return yearly ? annual(tail, facts.conventions) : total(tail, facts.conventions.mode);
}

/** The day after the same day `months` earlier; the last day of the month where that one is shorter. */
function monthsBack(end: Date, months: number): number {
  const first = new Date(Date.UTC(end.getUTCFullYear(), end.getUTCMonth() - months, 1));
  const last = new Date(Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1, 0)).getUTCDate();
  return first.setUTCDate(Math.min(end.getUTCDate(), last)) + 86_400_000;
}

const whole = { product: "Π(1 + r) − 1", sum: "Σ r" };
const perYear = { product: "(Π(1 + r))^(N/n) − 1", sum: "mean(r) · N" };

const lookback = (id: string, label: string, months: number, yearly = false): Statistic =>
  statistic(
    "lookback",
    "share",
    id,
    label,
    yearly ? perYear : whole,
    `after the same calendar day ${months < 12 ? `${months} months` : `${months / 12} year${months > 12 ? "s" : ""}`} before the last date; undefined when the series begins over 7 days later`,
    "ffn lookback returns",
    (facts) => since(facts, (end) => monthsBack(end, months), yearly),
    ["dates"],
  );

/** What the last months and years returned. */
export const LOOKBACK_STATISTICS: readonly Statistic[] = [
  statistic(
    "lookback",
    "share",
    "mtd",
    "Month to date",
    whole,
    "since the first of the last date's month",
    "quantstats metrics",
    (facts) =>
      total(
        facts.dates!.length ? facts.returns.subarray(firstOf(facts, "month")) : facts.returns,
        facts.conventions.mode,
      ),
    ["dates"],
  ),
  lookback("return_3m", "3 months", 3),
  lookback("return_6m", "6 months", 6),
  statistic(
    "lookback",
    "share",
    "ytd",
    "Year to date",
    whole,
    "since 1 January of the last date's year",
    "quantstats metrics",
    (facts) =>
      total(
        facts.dates!.length ? facts.returns.subarray(firstOf(facts, "year")) : facts.returns,
        facts.conventions.mode,
      ),
    ["dates"],
  ),
  lookback("return_1y", "1 year", 12),
  lookback("return_3y", "3 years (per year)", 36, true),
  lookback("return_5y", "5 years (per year)", 60, true),
  lookback("return_10y", "10 years (per year)", 120, true),
];

const firstOf = (facts: ReturnFacts, period: "month" | "year"): number => {
  const start = facts.by(period).starts.at(-1)!;
  return facts.dates!.findIndex((date) => date >= start);
};
