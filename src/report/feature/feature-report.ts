import { table, type ColumnTable } from "arquero";
import { analyseFeature } from "../../analysis/feature/analyse-feature.js";
import { summarizeFeatures } from "../../analysis/feature/summarize-features.js";
import { formatDatetime } from "../../engine/datetime.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import { host } from "../../host/host.js";
import type { PanelSource } from "../../panel/panel-from.js";
import { Panel } from "../../panel/panel.js";
import { numberText } from "../figure/number-text.js";
import { numbersOf } from "../figure/table-columns.js";
import { Report, type ReportSection } from "../report.js";
import { linesByDate, type DateLines } from "./date-lines.js";
import { distributionSpec, distributionTable } from "./feature-distribution.js";

export interface FeatureReportOptions {
  /** Columns to draw, at most 12. Default: the first 6 that are not the label. All columns are in the summary. */
  readonly features?: readonly string[];
  /** A column to hold the features against. */
  readonly label?: string;
}

const MOST_FEATURES = 12;

/**
 * What the columns of a panel look like, before a model is trained on them: gaps, spread, memory, outliers, by date.
 *
 * In Qlib: qlib.contrib.report.data.ana.FeaAnalyser and those that CombFeaAna stacks
 *
 * @throws InvalidArgumentError for a panel without rows or columns, or more than 12 features to draw; UnknownNameError for a column
 * that is not there.
 * @example
 * const panel = await queryFeatures(synthetic({ instruments: 5, days: 60 }), basicFactors().slice(0, 2));
 * (await featureReport(panel)).sections.map(({ name }) => name) // -> ["distribution", "missing", "moments", "shape", "autocorrelation", "distinct"]
 */
export async function featureReport(source: PanelSource, options: FeatureReportOptions = {}): Promise<Report> {
  refuseUnknownOptions("Cannot report on features", options, ["features", "label"]);
  const panel = Panel.from(source);
  const { label } = options;
  const columns = panel.columnNames.filter((name) => name !== label);
  const features = options.features ?? columns.slice(0, 6);
  if (panel.numRows === 0 || features.length === 0)
    throw new InvalidArgumentError(
      `Cannot report on features: the panel has ${panel.numRows} rows and ${columns.length} columns`,
    );
  if (features.length > MOST_FEATURES)
    throw new InvalidArgumentError(
      `Cannot report on features: ${features.length} to draw, at most ${MOST_FEATURES}\n  the summary covers all columns; name those to draw in features`,
    );
  const summary = await summarizeFeatures(panel, { ...(label === undefined ? {} : { label }) });
  const byDate: { name: string; table: ColumnTable }[] = [];
  for (const name of features) {
    await host.breathe();
    byDate.push({ name, table: analyseFeature(panel, name) });
  }
  const missing = numbersOf(summary, "missingShare");
  const worst = missing.indexOf(Math.max(...missing));
  const infinite = numbersOf(summary, "infinite").reduce((a, b) => a + b, 0);
  return new Report({
    kind: "feature-report",
    title: `Features, ${columns.length} ${columns.length === 1 ? "column" : "columns"}`,
    facts: {
      columns: columns.length,
      rows: panel.numRows,
      dates: panel.numDates,
      span: `${formatDatetime(panel.dates[0]!)} … ${formatDatetime(panel.dates.at(-1)!)}`,
      "missing, mean of columns": `${numberText((100 * missing.reduce((a, b) => a + b, 0)) / missing.length, 2)} %`,
      "most missing": `${columns[worst]} ${numberText(100 * missing[worst]!, 2)} %`,
      "infinite values": infinite,
      "columns with constant dates": numbersOf(summary, "constantDates").filter((n) => n > 0).length,
    },
    notes: [
      `Drawn: ${features.join(", ")}. Figures by date are over the instruments of a date; infinite values count as none.`,
    ],
    sections: [
      {
        name: "distribution",
        title: "Distribution",
        meaning: `Bars: rows per bin, all dates, between the 0.5 % and 99.5 % quantiles; what lies beyond stands in the outer bins. The table has all columns${label === undefined ? "" : `; ic: mean daily correlation with ${label}`}.`,
        table: summary,
        spec: distributionSpec(features.map((name) => ({ name, values: panel.get(name) }))),
        text: distributionTable(summary, features),
      },
      ...LINES.map((lines) => section(lines, byDate)),
    ],
  });
}

const LINES: readonly (DateLines & { readonly name: string; readonly meaning: string })[] = [
  {
    name: "missing",
    title: "Missing and infinite values",
    meaning: "Share of a date's rows without a value, and with an infinite one.",
    lines: [
      { field: "missingShare", title: "missing", color: "strategy" },
      { field: "infiniteShare", title: "infinite", color: "excess" },
    ],
    percent: true,
  },
  {
    name: "moments",
    title: "Mean and standard deviation",
    meaning: "Over the finite values of a date; standard deviation with ddof 1.",
    lines: [
      { field: "mean", title: "mean", color: "strategy" },
      { field: "std", title: "standard deviation", color: "excess" },
    ],
  },
  {
    name: "shape",
    title: "Skew and excess kurtosis",
    meaning: "Over the finite values of a date, corrected for bias; 0 for a normal distribution.",
    lines: [
      { field: "skew", title: "skew", color: "strategy" },
      { field: "kurtosis", title: "excess kurtosis", color: "excess" },
    ],
  },
  {
    name: "autocorrelation",
    title: "Autocorrelation",
    meaning:
      "Pearson correlation of a date's values with those of the date before, over the instruments that have both.",
    lines: [{ field: "autocorr", title: "autocorrelation", color: "strategy" }],
  },
  {
    name: "distinct",
    title: "Different values",
    meaning: "Different values over values, per date: below 1 where instruments share values, near 0 for a category.",
    lines: [{ field: "distinctShare", title: "different values", color: "strategy" }],
    percent: true,
  },
];

function section(
  lines: (typeof LINES)[number],
  byDate: readonly { readonly name: string; readonly table: ColumnTable }[],
): ReportSection {
  const withShare = byDate.map(({ name, table: one }) => ({ name, table: withInfiniteShare(one) }));
  const means = withShare.map(({ name, table: one }) => {
    const values = numbersOf(one, lines.lines[0]!.field).filter(Number.isFinite);
    return `${name} ${numberText(values.reduce((a, b) => a + b, 0) / values.length, 3)}`;
  });
  const text = `Mean over the dates, ${lines.lines[0]!.title}: ${means.join(" · ")}`;
  return {
    name: lines.name,
    title: lines.title,
    meaning: lines.meaning,
    table: stacked(
      withShare,
      lines.lines.map(({ field }) => field),
    ),
    spec: linesByDate(lines, withShare, text),
    text,
  };
}

function withInfiniteShare(one: ColumnTable): ColumnTable {
  const rows = numbersOf(one, "rows");
  return one.assign(table({ infiniteShare: numbersOf(one, "infinite").map((n, i) => n / rows[i]!) }));
}

/** `datetime, feature, …`: the features one under the other. */
function stacked(
  tables: readonly { readonly name: string; readonly table: ColumnTable }[],
  fields: string[],
): ColumnTable {
  const all = <T>(pick: (one: ColumnTable, name: string) => Iterable<T>) =>
    tables.flatMap(({ name, table: one }) => [...pick(one, name)]);
  return table({
    datetime: all((one) => one.array("datetime") as Iterable<Date>),
    feature: all((one, name) => Array<string>(one.numRows()).fill(name)),
    ...Object.fromEntries(fields.map((field) => [field, Float64Array.from(all((one) => numbersOf(one, field)))])),
  });
}
