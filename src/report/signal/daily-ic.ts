import { table, type ColumnTable } from "arquero";
import { formatDatetime } from "../../engine/datetime.js";
import { axisFormat } from "../figure/axis-format.js";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { m4 } from "../figure/m4.js";
import { numberText } from "../figure/number-text.js";
import { dateAxis, endLabels, roundDomain, zeroLine } from "../figure/layers.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import { cumulativeSum, extent, lastOf, pick } from "../figure/series.js";
import { datesOf, numbersOf } from "../figure/table-columns.js";
import { type SignalFigures } from "./signal-figures.js";

/** More daily bars than this are drawn as weekly means: one bar would be thinner than a pixel. */
const MOST_BARS = 1500;
const WIDTH = 760;
const DAY_MS = 86_400_000;

/** Daily IC and Rank IC as bars with their monthly mean, and both accumulated. */
export function dailyIcSection(figures: SignalFigures): ReportSection {
  const { icSummary: ic, rankIcSummary: rank } = figures;
  const text =
    `Mean IC ${numberText(ic.mean, 3)} · ICIR ${numberText(ic.icir, 2)} · Rank IC ${numberText(rank.mean, 3)} · ` +
    `Rank ICIR ${numberText(rank.icir, 2)} · t ${numberText(ic.neweyWest.tStat, 1)} (Newey–West) · ${ic.n} days`;
  return {
    name: "ic",
    title: "Information coefficient",
    meaning:
      "IC: Pearson correlation of score and label across instruments, per date; Rank IC: Spearman. " +
      "Standard deviations with ddof 1; the monthly line is the mean of the days of a calendar month; the lower panel adds the days up.",
    table: figures.ic,
    spec: dailyIcSpec(figures, text),
    text,
  };
}

function dailyIcSpec(figures: SignalFigures, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const { ic: byDate } = figures;
  const days = datesOf(byDate);
  const domain: [number, number] = [days[0] ?? 0, days.at(-1) ?? 0];
  const bars = barTable(byDate);
  const months = monthLine(figures.monthly, domain);
  const cumulative = { ic: cumulativeSum(numbersOf(byDate, "ic")), rankIc: cumulativeSum(numbersOf(byDate, "rankIc")) };
  const weekly = bars.numRows() < byDate.numRows();

  const barPanel = (field: "ic" | "rankIc", title: string) => ({
    width: WIDTH,
    height: 130,
    layer: [
      {
        data: csvData({ datetime: datesOf(bars), [field]: numbersOf(bars, field) }),
        mark: { type: "bar", width: barWidth(bars.numRows()), color: k.bench, opacity: 0.6 },
        encoding: {
          x: dateAxis(domain, { labels: false }),
          y: {
            field,
            type: "quantitative",
            title,
            axis: { tickCount: 5, format: axisFormat(extent(numbersOf(bars, field)), 5) },
          },
        },
      },
      zeroLine(k),
      {
        data: csvData({ datetime: datesOf(months), [field]: numbersOf(months, field) }),
        mark: { type: "line", color: k.strategy, strokeWidth: 2, interpolate: "monotone" },
        encoding: { x: { field: "datetime", type: "temporal" }, y: { field, type: "quantitative" } },
      },
    ],
  });
  const series = [
    { name: "IC", color: k.strategy, values: cumulative.ic },
    { name: "Rank IC", color: k.excess, values: cumulative.rankIc },
  ].map((line) => ({ ...line, rows: m4(days, line.values, WIDTH / 3) }));
  const range = roundDomain(extent(...series.map(({ values }) => values), [0]), 4);
  return figure({
    title: { text: "Information coefficient", subtitle },
    description: `${subtitle}. ${formatDatetime(domain[0])} to ${formatDatetime(domain[1])}.`,
    spacing: 14,
    vconcat: [
      barPanel("ic", weekly ? "IC, weekly mean" : "Daily IC"),
      barPanel("rankIc", weekly ? "Rank IC, weekly mean" : "Daily Rank IC"),
      {
        width: WIDTH,
        height: 110,
        layer: [
          ...series.map(({ color, rows, values }) => ({
            data: csvData({ datetime: pick(days, rows), value: pick(values, rows) }),
            mark: { type: "line", color, strokeWidth: 1.7 },
            encoding: {
              x: dateAxis(domain),
              y: {
                field: "value",
                type: "quantitative",
                title: "Cumulative",
                scale: { domain: range, nice: false },
                axis: { tickCount: 4, format: axisFormat(range, 4) },
              },
            },
          })),
          zeroLine(k),
          ...endLabels(
            series.map(({ name, color, values }) => ({ text: name, color, value: lastOf(values) })),
            { at: domain[1], domain: range, height: 110 },
          ),
        ],
      },
    ],
  });
}

/** The days themselves, or means of calendar weeks when there are too many to draw. */
function barTable(byDate: ColumnTable): ColumnTable {
  if (byDate.numRows() <= MOST_BARS) return byDate;
  const days = datesOf(byDate);
  const weeks = new Map<number, number[]>();
  days.forEach((ms, row) => {
    const monday = Math.floor((ms / DAY_MS + 3) / 7) * 7 * DAY_MS - 3 * DAY_MS;
    weeks.set(monday, [...(weeks.get(monday) ?? []), row]);
  });
  const mean = (name: string) => {
    const values = numbersOf(byDate, name);
    return Float64Array.from(weeks.values(), (rows) => {
      const present = rows.map((row) => values[row]!).filter((value) => !Number.isNaN(value));
      return present.reduce((sum, value) => sum + value, 0) / present.length;
    });
  };
  return table({ datetime: Array.from(weeks.keys(), (ms) => new Date(ms)), ic: mean("ic"), rankIc: mean("rankIc") });
}

/** Each month's mean at the middle of the month, or at the first or last day when that lies outside. */
function monthLine(monthly: ColumnTable, [first, last]: readonly [number, number]): ColumnTable {
  const [years, months] = [numbersOf(monthly, "year"), numbersOf(monthly, "month")];
  return table({
    datetime: Array.from(
      years,
      (year, row) => new Date(Math.min(last, Math.max(first, Date.UTC(year, months[row]! - 1, 15)))),
    ),
    ic: numbersOf(monthly, "ic"),
    rankIc: numbersOf(monthly, "rankIc"),
  });
}

const barWidth = (bars: number) => Math.max(0.4, Math.min(8, (0.7 * WIDTH) / Math.max(1, bars)));
