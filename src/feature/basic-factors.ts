import type { FeatureSpec } from "./feature-spec.js";

/**
 * The label of Qlib's ready-made feature sets: the return from tomorrow's close to the close after it, the first that can be
 * earned on what today's close tells.
 */
export const defaultLabel: FeatureSpec = { name: "LABEL0", expression: "Ref($close, -2)/Ref($close, -1) - 1" };

/** Keeps a quotient finite where its divisor is 0. */
const TINY = "1e-12";

const BASIC_FACTORS: readonly (FeatureSpec & { readonly measures: string })[] = [
  {
    name: "MOM5",
    expression: "$close/Ref($close, 5) - 1",
    measures: "return of the last week; winners of a week tend to give back",
  },
  { name: "MOM20", expression: "$close/Ref($close, 20) - 1", measures: "return of the last month" },
  { name: "MOM60", expression: "$close/Ref($close, 60) - 1", measures: "return of the last quarter" },
  {
    name: "MOM60SKIP5",
    expression: "Ref($close, 5)/Ref($close, 60) - 1",
    measures: "momentum without the last week, which tends to reverse",
  },
  { name: "REV1", expression: "1 - $close/Ref($close, 1)", measures: "yesterday's loss: one-day reversal" },
  { name: "GAP", expression: "$open/Ref($close, 1) - 1", measures: "overnight gap" },
  { name: "BODY", expression: "($close - $open)/$open", measures: "move within the day" },
  { name: "RANGE", expression: "($high - $low)/$close", measures: "width of the day's bar" },
  {
    name: "CLOSEPOS",
    expression: `($close - $low)/($high - $low + ${TINY})`,
    measures: "where in its bar the day closed, 0 low to 1 high",
  },
  {
    name: "MA20",
    expression: "Mean($close, 20)/$close - 1",
    measures: "distance to the month's mean price, positive when below it",
  },
  { name: "EMA10", expression: "EMA($close, 10)/$close - 1", measures: "distance to the fast-forgetting mean price" },
  {
    name: "POS20",
    expression: `($close - Min($low, 20))/(Max($high, 20) - Min($low, 20) + ${TINY})`,
    measures: "position in the month's range, 0 low to 1 high",
  },
  { name: "SINCEHIGH60", expression: "IdxMax($high, 60)/60", measures: "how recent the quarter's high is, 1 = today" },
  { name: "SLOPE20", expression: "Slope($close, 20)/$close", measures: "daily trend of the month's straight line" },
  { name: "RSQR20", expression: "Rsquare($close, 20)", measures: "how straight the month's path was, 0 to 1" },
  {
    name: "VOL20",
    expression: "Std($close/Ref($close, 1) - 1, 20)",
    measures: "volatility of daily returns over the month",
  },
  {
    name: "VOLRATIO",
    expression: `Std($close/Ref($close, 1) - 1, 5)/(Std($close/Ref($close, 1) - 1, 60) + ${TINY})`,
    measures: "the week's volatility against the quarter's",
  },
  {
    name: "SKEW60",
    expression: "Skew($close/Ref($close, 1) - 1, 60)",
    measures: "lottery-likeness: skewness of the quarter's returns",
  },
  {
    name: "VOLSHOCK",
    expression: `$volume/(Mean($volume, 20) + ${TINY})`,
    measures: "today's volume against the month's mean",
  },
  {
    name: "PRESSURE5",
    expression: "Mean(Sign($close - Ref($close, 1))*Log($volume/Mean($volume, 20)), 5)",
    measures: "did the week's rises (or falls) come with more volume than usual",
  },
  {
    name: "TURNOVER",
    expression: `Mean($volume, 5)/(Mean($volume, 60) + ${TINY})`,
    measures: "the week's turnover against the quarter's",
  },
  {
    name: "PVCORR20",
    expression: "Corr($close/Ref($close, 1), Log($volume/Ref($volume, 1) + 1), 20)",
    measures: "do price and volume move together",
  },
];

/**
 * The teaching set: 22 named, scale-free factors of open, high, low, close and volume, each small enough to read. The sets of
 * Qlib (Alpha158, Alpha360) say more with less meaning per column.
 *
 * Values of a suspended day are missing, as are those of days before enough history exists where a `Ref` needs it.
 *
 * @example
 * basicFactors().length // -> 22
 */
export function basicFactors(): FeatureSpec[] {
  return BASIC_FACTORS.map(({ name, expression }) => ({ name, expression }));
}

/** What each factor of {@link basicFactors} measures, by name. */
export function basicFactorMeanings(): ReadonlyMap<string, string> {
  return new Map(BASIC_FACTORS.map(({ name, measures }) => [name, measures]));
}
