import { deflatedSharpe, expectedMaxSharpe } from "../luck/deflated-sharpe.js";
import { minTrackRecordLength, probabilisticSharpe, sharpeFacts } from "../luck/sharpe-odds.js";
import { normalProbability } from "../normal-quantile.js";
import { downside } from "./risk-statistics.js";
import type { ReturnFacts } from "./return-facts.js";
import { average, ratio, unbiasedShape } from "./series-moments.js";
import { statistic, type Statistic } from "./statistic.js";

const moments = "SR per period, ddof 1; skew and raw kurtosis biased (over n)";
const formula = "Φ((SR − SR*) / √((1 − skew·SR + (kurt − 1)/4·SR²) / (n − 1)))";

/** The same error formula with the Sortino ratio in the Sharpe ratio's place, as quantstats does. */
function probabilisticSortino(f: ReturnFacts): number {
  const base = ratio(average(f.excess), downside(f.excess));
  const { skew, kurtosis } = unbiasedShape(f.excess);
  return normalProbability(base / Math.sqrt((1 - skew * base + ((kurtosis - 1) / 4) * base ** 2) / (f.n - 1)));
}

/** How much of it may be luck. */
export const LUCK_STATISTICS: readonly Statistic[] = [
  statistic(
    "honesty",
    "share",
    "sharpe_error",
    "Sharpe ratio, standard error",
    "√((1 − skew·SR + (kurt − 1)/4·SR²) / (n − 1)) · √N",
    moments,
    "Mertens 2002; Bailey and López de Prado 2012",
    (f) => sharpeFacts(f.excess).standardError * Math.sqrt(f.periodsPerYear),
  ),
  statistic(
    "honesty",
    "probability",
    "probabilistic_sharpe",
    "Probabilistic Sharpe ratio",
    `${formula}, SR* = 0`,
    moments,
    "Bailey and López de Prado 2012",
    (f) => probabilisticSharpe(f.excess),
  ),
  statistic(
    "honesty",
    "probability",
    "probabilistic_sharpe_unbiased",
    "Probabilistic Sharpe ratio, corrected moments",
    `${formula}, SR* = 0`,
    "skew and kurtosis bias-corrected (pandas)",
    "quantstats probabilistic_sharpe_ratio",
    (f) => probabilisticSharpe(f.excess, { moments: "unbiased" }),
  ),
  statistic(
    "honesty",
    "probability",
    "probabilistic_sortino",
    "Probabilistic Sortino ratio",
    "the same with the Sortino ratio per period",
    "skew and kurtosis bias-corrected (pandas)",
    "quantstats probabilistic_sortino_ratio",
    probabilisticSortino,
  ),
  statistic(
    "honesty",
    "periods",
    "min_track_record",
    "Minimum track record",
    "1 + (1 − skew·SR + (kurt − 1)/4·SR²) · (Φ⁻¹(0.95) / SR)²",
    `${moments}; infinite when SR ≤ 0`,
    "Bailey and López de Prado 2012",
    (f) => minTrackRecordLength(f.excess),
  ),
  statistic(
    "honesty",
    "ratio",
    "expected_max_sharpe",
    "Best Sharpe ratio by luck",
    "std(SRs) · ((1 − γ)Φ⁻¹(1 − 1/T) + γΦ⁻¹(1 − 1/(Te))) · √N",
    "T trials taken for independent, ddof 1",
    "Bailey and López de Prado 2014; ffn",
    (f) => expectedMaxSharpe(f.trials!) * Math.sqrt(f.periodsPerYear),
    ["trials"],
  ),
  statistic(
    "honesty",
    "probability",
    "deflated_sharpe",
    "Deflated Sharpe ratio",
    `${formula}, SR* = best by luck`,
    moments,
    "Bailey and López de Prado 2014; vectorbt, ffn",
    (f) => deflatedSharpe(f.excess, { trials: f.trials! }).deflated,
    ["trials"],
  ),
];
