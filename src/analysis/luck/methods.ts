import { UnknownNameError } from "../../errors.js";

/** How one figure of honesty works, as a report prints it. */
export interface Method {
  readonly id: string;
  readonly label: string;
  /** One sentence for a researcher who has not met it. */
  readonly sentence: string;
  readonly paper: string;
  /** What the formula leaves open, as it is done here. */
  readonly convention: string;
}

const method = (id: string, label: string, sentence: string, paper: string, convention: string): Method =>
  Object.freeze({ id, label, sentence, paper, convention });

/** Every method by which a report says how much of a result may be luck. */
export const METHODS: readonly Method[] = Object.freeze([
  method(
    "newey_west",
    "Newey–West interval",
    "Neighbouring days resemble each other, so a mean of many days is less certain than it looks; this error allows for that.",
    "Newey and West, A simple, positive semi-definite, heteroskedasticity and autocorrelation consistent covariance matrix, Econometrica 55, 1987",
    "Bartlett weights, floor(4·(n/100)^(2/9)) lags unless given, no small-sample factor, normal quantile",
  ),
  method(
    "bootstrap",
    "Stationary block bootstrap interval",
    "The history is dealt out anew in blocks thousands of times; the figure would have come out inside this range in 95 % of them.",
    "Politis and Romano, The stationary bootstrap, JASA 89, 1994; block length: Politis and White, Econometric Reviews 23, 2004, corrected 28, 2009",
    "percentile interval; geometric blocks that wrap at the end; seeded",
  ),
  method(
    "probabilistic_sharpe",
    "Probabilistic Sharpe ratio",
    "The probability that the true Sharpe ratio is above the threshold, given how long and how crooked the sample is.",
    "Bailey and López de Prado, The Sharpe ratio efficient frontier, Journal of Risk 15, 2012",
    "Sharpe ratio per period with ddof 1; skew and raw kurtosis biased (over n) unless asked otherwise",
  ),
  method(
    "deflated_sharpe",
    "Deflated Sharpe ratio",
    "The best of many tries looks good by luck alone; this is the probability that the result is better than that.",
    "Bailey and López de Prado, The deflated Sharpe ratio, Journal of Portfolio Management 40, 2014",
    "threshold = expected maximum of as many independent trials, from the spread (ddof 1) of their Sharpe ratios; biased moments",
  ),
  method(
    "min_track_record",
    "Minimum track record length",
    "So many periods of such returns are needed before one may be 95 % sure that the Sharpe ratio is above 0.",
    "Bailey and López de Prado, The Sharpe ratio efficient frontier, Journal of Risk 15, 2012",
    "in periods; infinite when the Sharpe ratio is not above the threshold",
  ),
  method(
    "pbo",
    "Probability of backtest overfitting",
    "Of all ways to cut the history in two halves, this share has the winner of one half below the middle of the field in the other.",
    "Bailey, Borwein, López de Prado and Zhu, The probability of backtest overfitting, Journal of Computational Finance 20, 2017",
    "equal contiguous blocks, the last n mod S days left out; ties share the average rank; logit ≤ 0 counts as overfitted",
  ),
  method(
    "false_discovery",
    "False discovery rate",
    "Among the factors marked as discoveries, at most this share is expected to be false, however many were tested.",
    "Benjamini and Hochberg, Controlling the false discovery rate, JRSS B 57, 1995; Benjamini and Yekutieli, Annals of Statistics 29, 2001",
    "adjusted p-values; missing ones are no tests",
  ),
  method(
    "random_signals",
    "Random signals",
    "The labels are dealt out at random among the instruments of each day; this is where the signal falls among signals that know nothing.",
    "Fisher, The design of experiments, 1935; Phipson and Smyth, Permutation p-values should never be zero, SAGMB 9, 2010",
    "(1 + #at least as high) / (shuffles + 1); dates dealt independently; seeded",
  ),
]);

/**
 * The note that a report prints beside a figure.
 *
 * @param id One of the ids in {@link METHODS}.
 * @throws UnknownNameError with the nearest id.
 * @example
 * explainMethod("pbo").label // -> "Probability of backtest overfitting"
 */
export function explainMethod(id: string): Method {
  const found = METHODS.find((one) => one.id === id);
  if (!found)
    throw new UnknownNameError(
      "method",
      id,
      METHODS.map((one) => one.id),
    );
  return found;
}
