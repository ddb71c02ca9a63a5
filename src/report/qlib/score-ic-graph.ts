import { calcIc } from "../../analysis/ic.js";
import { summarizeIc } from "../../analysis/summarize-ic.js";
import { Panel } from "../../panel/panel.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { numberText } from "../figure/number-text.js";
import { datesOf, numbersOf } from "../figure/table-columns.js";
import { timePanels } from "../figure/time-panels.js";
import { Report } from "../report.js";

/**
 * IC and Rank IC by date as two lines, as Qlib's score IC graph. {@link signalReport} says more.
 *
 * Rows with a missing value are dropped first: a date without a complete row is not there, one with a single row is NaN.
 *
 * In Qlib: qlib.contrib.report.analysis_position.score_ic_graph
 *
 * @param predLabel Columns `score` and `label`.
 * @returns A report of one section, `score-ic`, with the table `datetime, ic, rankIc`.
 * @throws UnknownNameError when a column is not there.
 * @example
 * const day = { datetime: Array(3).fill("2020-01-02"), instrument: [..."ABC"], score: [1, 2, 3], label: [0.1, 0.3, 0.2] };
 * scoreIcGraph(day).table("score-ic").get("rankIc", 0) // -> 0.5
 */
export function scoreIcGraph(predLabel: PanelSource): Report {
  const panel = Panel.from(predLabel);
  const [scores, labels] = [panel.get("score"), panel.get("label")];
  const complete = Uint8Array.from(scores, (score, row) => (Number.isNaN(score) || Number.isNaN(labels[row]!) ? 0 : 1));
  const byDate = calcIc(panel.filter(complete));
  const mean = (name: string) => summarizeIc(numbersOf(byDate, name)).mean;
  const facts = { "Mean IC": numberText(mean("ic"), 4), "Mean Rank IC": numberText(mean("rankIc"), 4) };
  const text = `Mean IC ${facts["Mean IC"]} · mean Rank IC ${facts["Mean Rank IC"]} · ${byDate.numRows()} dates`;
  const k = ink("light");
  const lines = [
    { label: "Rank IC", color: k.excess, values: numbersOf(byDate, "rankIc") },
    { label: "IC", color: k.strategy, values: numbersOf(byDate, "ic") },
  ];
  return new Report({
    kind: "score-ic-graph",
    title: "Score IC",
    facts: { ...facts, Dates: byDate.numRows() },
    notes: [],
    sections: [
      {
        name: "score-ic",
        title: "Score IC",
        meaning: "Correlation of score and label over the complete rows of a date: Pearson (IC) and Spearman (Rank IC).",
        table: byDate,
        ...(byDate.numRows() > 0 && {
          spec: figure({
            title: { text: "Score IC", subtitle: text },
            description: text,
            vconcat: timePanels(k, datesOf(byDate), 760, [{ title: "Correlation", height: 220, lines, ticks: 5 }]),
          }),
        }),
        text,
      },
    ],
  });
}
