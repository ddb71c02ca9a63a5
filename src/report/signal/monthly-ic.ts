import { table, type ColumnTable } from "arquero";
import { csvData } from "../figure/csv-data.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { numberText } from "../figure/number-text.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import { numbersOf, type SignalFigures } from "./signal-figures.js";

const MONTHS = '["Jan","Feb","Mar","Apr","May","Jun","Jul","Aug","Sep","Oct","Nov","Dec"][datum.value - 1]';
/** Wide enough for "+0.123" in the widest font a page may fall back to. */
const CELL = 55;
const ROW = 34;

/** Monthly mean IC as a heat map, years down, months across, the year's mean beside. */
export function monthlyIcSection(figures: SignalFigures): ReportSection {
  const byMonth = numbersOf(figures.monthly, "ic").filter((value) => !Number.isNaN(value));
  const positive = byMonth.filter((value) => value > 0).length;
  const [low, high] = byMonth.length ? [Math.min(...byMonth), Math.max(...byMonth)] : [NaN, NaN];
  const text = `${positive} of ${byMonth.length} months positive · best ${numberText(high, 3)} · worst ${numberText(low, 3)}`;
  return {
    name: "monthly-ic",
    title: "Monthly mean IC",
    meaning:
      "Mean of the daily IC of each calendar month; the year column is the mean of the year's days, not of its months. n = days with an IC.",
    table: figures.monthly,
    spec: monthlyIcSpec(figures, text),
    text,
  };
}

function monthlyIcSpec({ monthly, ic }: SignalFigures, subtitle: string): VegaLiteSpec {
  const k = ink("light");
  const years = yearMeans(ic);
  const limit = colourLimit(numbersOf(monthly, "ic"));
  const columns = {
    year: numbersOf(monthly, "year"),
    month: numbersOf(monthly, "month"),
    ic: numbersOf(monthly, "ic"),
  };
  const color = {
    field: "ic",
    type: "quantitative",
    legend: null,
    scale: {
      domain: [-1, -0.55, -0.2, 0, 0.2, 0.55, 1].map((share) => share * limit),
      range: k.diverging,
      clamp: true,
      interpolate: "rgb",
    },
  };
  const label = { labelAngle: 0, ticks: false, domain: false };
  const cells = (data: object, width: number, x: object, y: object) => ({
    data,
    width,
    height: { step: ROW },
    layer: [
      { mark: { type: "rect", cornerRadius: 3, stroke: k.background, strokeWidth: 3 }, encoding: { color } },
      {
        mark: { type: "text", fontSize: 10.5, fontWeight: 500 },
        encoding: {
          text: { field: "ic", format: "+.3f" },
          color: { condition: { test: `abs(datum.ic) > ${0.73 * limit}`, value: "#ffffff" }, value: k.onDiverging },
        },
      },
    ],
    encoding: { x, y },
  });
  return figure({
    title: { text: "Monthly mean IC", subtitle },
    description: subtitle,
    spacing: 14,
    hconcat: [
      cells(
        csvData({ year: columns.year, month: columns.month, ic: columns.ic }),
        12 * CELL,
        {
          field: "month",
          type: "ordinal",
          title: null,
          scale: { domain: Array.from({ length: 12 }, (_, i) => i + 1) },
          axis: { ...label, orient: "top", labelExpr: MONTHS, labelFontSize: 11 },
        },
        {
          field: "year",
          type: "ordinal",
          title: null,
          axis: { ...label, labelFontSize: 11.5, labelFontWeight: 500, labelColor: k.text },
        },
      ),
      cells(
        csvData({ year: numbersOf(years, "year"), ic: numbersOf(years, "ic") }),
        CELL + 9,
        {
          datum: "Year",
          type: "ordinal",
          title: null,
          axis: { ...label, orient: "top", labelFontSize: 11, labelFontWeight: 600, labelColor: k.text },
        },
        { field: "year", type: "ordinal", title: null, axis: null },
      ),
    ],
  });
}

function yearMeans(byDate: ColumnTable): ColumnTable {
  const values = numbersOf(byDate, "ic");
  const years = new Map<number, number[]>();
  Array.from(byDate.array("datetime") as ArrayLike<Date>).forEach((date, row) => {
    const year = date.getUTCFullYear();
    if (!years.has(year)) years.set(year, []);
    if (!Number.isNaN(values[row])) years.get(year)!.push(values[row]!);
  });
  return table({
    year: [...years.keys()],
    ic: Array.from(years.values(), (list) => list.reduce((sum, value) => sum + value, 0) / list.length),
  });
}

/** The value that gets the full colour: the 95th percentile of the magnitudes, so that one wild month does not bleach the rest. */
function colourLimit(values: Float64Array): number {
  const magnitudes = values
    .filter((value) => Number.isFinite(value))
    .map(Math.abs)
    .sort();
  return magnitudes.length ? Math.max(magnitudes[Math.floor(0.95 * (magnitudes.length - 1))]!, 1e-6) : 1;
}
