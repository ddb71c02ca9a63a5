import { holdBuySell } from "../../analysis/portfolio/hold-buy-sell.js";
import type { ReturnSource } from "../../analysis/statistic/return-series.js";
import type { DatetimeInput } from "../../engine/datetime.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { DECISIONS, oneDecision, rankSection } from "../portfolio/decisions.js";
import { Report } from "../report.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";

export interface PositionGraphOptions {
  /** First and last date shown; sums begin there. */
  readonly start?: DatetimeInput;
  readonly end?: DatetimeInput;
}

/**
 * What followed on buying, selling and holding, over the benchmark, as Qlib's cumulative return graph.
 *
 * In Qlib: qlib.contrib.report.analysis_position.cumulative_return_graph
 *
 * @param positions A back-test's positions: `datetime, instrument, amount, price`.
 * @param report Its report, with `bench`.
 * @param labels `datetime, instrument, label`: return from the date to the next.
 * @returns A report with the sections `buy`, `sell`, `buy-minus-sell`, `hold`; for what was sold, falling is good.
 * @throws UnknownNameError for a column that is not there.
 * @example
 * const days = ["2020-01-02", "2020-01-03"];
 * const positions = { datetime: days, instrument: ["A", "A"], amount: [1, 1], price: [2, 3] };
 * const labels = { datetime: days, instrument: ["A", "A"], label: [0.5, 0.25] };
 * cumulativeReturnGraph(positions, { datetime: days, return: [0, 0.5], bench: [0, 0.25] }, labels).table("buy").get("cum_buy", 0) // -> 0.25
 */
export function cumulativeReturnGraph(
  positions: PanelSource,
  report: ReturnSource,
  labels: PanelSource,
  options: PositionGraphOptions = {},
): Report {
  refuseUnknownOptions("Cannot draw the cumulative return graph", options, ["start", "end"]);
  const found = holdBuySell(positions, labels, { ...options, report });
  return new Report({
    kind: "cumulative-return-graph",
    title: "Cumulative return of what was bought, sold, held",
    facts: { Dates: found.returns.numRows() },
    notes: unlabelledNote(found.unlabelled),
    sections: DECISIONS.map((decision) => oneDecision(found.returns, decision)),
  });
}

/**
 * How the return of what was held, bought and sold ranked among all names, as Qlib's rank label graph.
 *
 * In Qlib: qlib.contrib.report.analysis_position.rank_label_graph
 *
 * @param labels As {@link cumulativeReturnGraph} takes them, of all names, not only of held ones.
 * @returns A report with the section `rank-label`: `datetime, hold, buy, sell` in per cent, low is good for held and bought; none when nothing is labelled.
 * @throws UnknownNameError for a column that is not there.
 * @example
 * const positions = { datetime: ["2020-01-02"], instrument: ["A"], amount: [1], price: [2] };
 * const labels = { datetime: Array(2).fill("2020-01-02"), instrument: ["A", "B"], label: [0.5, 0.25] };
 * rankLabelGraph(positions, labels).table("rank-label").get("buy", 0) // -> 50
 */
export function rankLabelGraph(
  positions: PanelSource,
  labels: PanelSource,
  options: PositionGraphOptions = {},
): Report {
  refuseUnknownOptions("Cannot draw the rank label graph", options, ["start", "end"]);
  const found = holdBuySell(positions, labels, options);
  const section = rankSection(found);
  return new Report({
    kind: "rank-label-graph",
    title: "Rank of what was held, bought, sold",
    facts: { Dates: found.ranks.numRows() },
    notes: unlabelledNote(found.unlabelled),
    sections: section ? [section] : [],
  });
}

const unlabelledNote = (count: number) =>
  count ? [`Coverage: ${count} positions without a label on their date are left out.`] : [];
