import { table, type ColumnTable } from "arquero";
import { colourLimit, monthCells, yearCells } from "../figure/calendar-cells.js";
import { figure } from "../figure/figure.js";
import { ink } from "../figure/ink.js";
import { numberText } from "../figure/number-text.js";
import type { ReportSection, VegaLiteSpec } from "../report.js";
import { numbersOf } from "../figure/table-columns.js";
import { type SignalFigures } from "./signal-figures.js";

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
  const values = numbersOf(monthly, "ic");
  const look = { format: "+.3f", limit: colourLimit(values) };
  return figure({
    title: { text: "Monthly mean IC", subtitle },
    description: subtitle,
    spacing: 14,
    hconcat: [
      monthCells(k, { year: numbersOf(monthly, "year"), month: numbersOf(monthly, "month"), value: values }, look),
      yearCells(k, { year: numbersOf(years, "year"), value: numbersOf(years, "ic") }, look),
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
