import type { ColumnTable } from "arquero";
import { calcIc } from "../../analysis/ic.js";
import { calcLongShortReturn } from "../../analysis/long-short-return.js";
import { calcQuantileReturns } from "../../analysis/quantile-returns.js";
import { coverage } from "../../analysis/coverage.js";
import { monthlyIc } from "../../analysis/monthly-ic.js";
import { summarizeIc, type IcSummary } from "../../analysis/summarize-ic.js";
import type { Panel } from "../../panel/panel.js";
import { numbersOf } from "../figure/table-columns.js";

/** Every number that the signal report shows, computed once. */
export interface SignalFigures {
  /** `datetime, ic, rankIc`, one row per date. */
  readonly ic: ColumnTable;
  readonly icSummary: IcSummary;
  readonly rankIcSummary: IcSummary;
  /** `year, month, ic, rankIc, n` */
  readonly monthly: ColumnTable;
  /** `datetime, Q1 … Qn, spread, average` */
  readonly quantiles: ColumnTable;
  readonly numQuantiles: number;
  /** `datetime, longShort, longAvg` */
  readonly longShort: ColumnTable;
  readonly coverage: CoverageTotals;
  readonly periodsPerYear: number;
}

/** Sums over all dates. */
export interface CoverageTotals {
  readonly dates: number;
  readonly rows: number;
  readonly pairs: number;
  readonly infinite: number;
  /** Share of scored rows whose score occurs more than once on its date. */
  readonly tiedShare: number;
}

export interface SignalFigureOptions {
  /** Number of score buckets. Default 5. */
  readonly quantiles?: number;
  /** Default 252. */
  readonly periodsPerYear?: number;
}

export function signalFigures(
  predLabel: Panel,
  { quantiles = 5, periodsPerYear = 252 }: SignalFigureOptions = {},
): SignalFigures {
  const ic = calcIc(predLabel);
  return {
    ic,
    icSummary: summarizeIc(numbersOf(ic, "ic")),
    rankIcSummary: summarizeIc(numbersOf(ic, "rankIc")),
    monthly: monthlyIc(ic),
    quantiles: calcQuantileReturns(predLabel, { quantiles }),
    numQuantiles: quantiles,
    longShort: calcLongShortReturn(predLabel),
    coverage: totals(coverage(predLabel)),
    periodsPerYear,
  };
}

function totals(byDate: ColumnTable): CoverageTotals {
  const sum = (name: string) => numbersOf(byDate, name).reduce((total, value) => total + value, 0);
  const scored = numbersOf(byDate, "scored");
  const tied = numbersOf(byDate, "tiedShare").reduce(
    (total, share, d) => total + (Number.isNaN(share) ? 0 : share * scored[d]!),
    0,
  );
  return {
    dates: byDate.numRows(),
    rows: sum("rows"),
    pairs: sum("pairs"),
    infinite: sum("infinite"),
    tiedShare: tied / sum("scored"),
  };
}
