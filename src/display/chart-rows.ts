import { m4 } from "../report/figure/m4.js";
import { roundDomain } from "../report/figure/layers.js";
import type { ChartOptions, Mark } from "./chart.js";
import type { ColumnKind, ShownTable } from "./shown-table.js";

export type Scale = "temporal" | "quantitative" | "ordinal" | "nominal";

/** More points a line than this are thinned. */
const MOST_POINTS = 1200;
/** Whole numbers with at most this many values, under bars, are names rather than a scale (years, months, windows). */
const MOST_NAMES = 60;

/** The part of a table that a chart draws: x, y, and what splits the rows, as plain columns. */
export interface ChartRows {
  readonly length: number;
  readonly columns: Readonly<Record<string, unknown[]>>;
  /** Names of the columns above by their role. */
  readonly fields: { readonly x: string; readonly y: string; readonly color?: string; readonly facet?: string };
  readonly xScale: Scale;
  readonly yScale: Scale;
  readonly xTitle: string;
  readonly yTitle: string;
  readonly xDomain: [number, number];
  readonly colorDomain: [number, number];
  readonly lastX: number;
  /** Names of the series in order of appearance; one "" when nothing splits the rows. */
  readonly series: readonly string[];
  readonly longNames: boolean;
  yDomain(mark: Mark): [number, number];
  /** Each series' last value. */
  ends(): { name: string; value: number }[];
  thinned(buckets: number): ChartRows;
}

/** Reads the columns; several y columns are laid under one another with their name as the series. */
export function chartRows(table: ShownTable, { x, y, color, facet, mark }: ChartOptions): ChartRows {
  const ys = [y].flat();
  const folded = ys.length > 1;
  const columns: Record<string, unknown[]> = { [x]: [], [folded ? "value" : ys[0]!]: [] };
  const colorName = folded ? "series" : color;
  const fields = { x, y: folded ? "value" : ys[0]!, ...(colorName === undefined ? {} : { color: colorName }), ...(facet === undefined ? {} : { facet }) };
  const roles = [...new Set([x, fields.y, colorName, facet])].filter((name): name is string => name !== undefined);
  for (const name of roles) columns[name] = [];
  const column = (name: string) => table.columns.find((candidate) => candidate.name === name)!;
  const value = (name: string, row: number) => column(name).value(row);
  for (const one of ys) {
    for (let row = 0; row < table.numRows; row++) {
      for (const name of roles) columns[name]!.push(name === "series" && folded ? one : name === fields.y ? value(one, row) : value(name, row));
    }
  }
  const kind = (name: string): ColumnKind => (folded && name === "series" ? "text" : column(folded && name === "value" ? ys[0]! : name).type);
  const xScale = scaleOf(kind(x), columns[x]!, mark);
  return make(columns, fields, { xScale, yScale: scaleOf(kind(fields.y), [], undefined), xTitle: x, yTitle: folded ? "" : fields.y });
}

interface Scales {
  readonly xScale: Scale;
  readonly yScale: Scale;
  readonly xTitle: string;
  readonly yTitle: string;
}

function make(columns: Record<string, unknown[]>, fields: ChartRows["fields"], scales: Scales): ChartRows {
  const [xs, ys] = [columns[fields.x]!, columns[fields.y]!];
  const seriesOf = (row: number) => (fields.color === undefined ? "" : String(columns[fields.color]![row]));
  const series = [...new Set(xs.map((_, row) => seriesOf(row)))];
  const numbers = ys.map(Number);
  return {
    length: xs.length,
    columns,
    fields,
    ...scales,
    xDomain: range(xs.map(Number)),
    colorDomain: fields.color === undefined ? [0, 1] : range(columns[fields.color]!.map(Number)),
    lastX: range(xs.map(Number))[1],
    series,
    longNames: Math.max(0, ...xs.map((value) => String(value).length)) * Math.min(60, new Set(xs).size) > 110,
    yDomain(mark) {
      const [low, high] = range(mark === "bar" || mark === "area" ? [...numbers, 0] : numbers);
      return roundDomain(low === high ? [low - (Math.abs(low) / 2 || 1), high + (Math.abs(high) / 2 || 1)] : [low, high], 5);
    },
    ends: () => series.map((name) => ({ name, value: lastValue(xs, numbers, (row) => seriesOf(row) === name) })),
    thinned: (buckets) => make(thin(columns, fields, seriesOf, buckets), fields, scales),
  };
}

/** Sorts each line by x and thins it to what can be seen. */
function thin(columns: Record<string, unknown[]>, fields: ChartRows["fields"], seriesOf: (row: number) => string, buckets: number): Record<string, unknown[]> {
  const lines = new Map<string, number[]>();
  columns[fields.x]!.forEach((_, row) => {
    const key = `${seriesOf(row)}\u0000${fields.facet === undefined ? "" : String(columns[fields.facet]![row])}`;
    const line = lines.get(key);
    if (line) line.push(row);
    else lines.set(key, [row]);
  });
  const kept = [...lines.values()].flatMap((rows) => {
    const x = rows.map((row) => Number(columns[fields.x]![row]));
    if (!x.every(Number.isFinite)) return rows;
    const order = rows.map((_, i) => i).sort((a, b) => x[a]! - x[b]!);
    const sorted = order.map((i) => rows[i]!);
    if (rows.length <= MOST_POINTS) return sorted;
    const seen = m4(order.map((i) => x[i]!), sorted.map((row) => Number(columns[fields.y]![row] ?? NaN)), buckets);
    return Array.from(seen, (i) => sorted[i]!);
  });
  return Object.fromEntries(Object.entries(columns).map(([name, values]) => [name, kept.map((row) => values[row])]));
}

function scaleOf(kind: ColumnKind, values: readonly unknown[], mark: Mark | undefined): Scale {
  if (kind === "date") return "temporal";
  if (kind === "int" && mark === "bar" && new Set(values).size <= MOST_NAMES) return "ordinal";
  if (kind === "int" || kind === "f64" || kind === "f32") return "quantitative";
  return "nominal";
}

function range(values: readonly number[]): [number, number] {
  let [low, high] = [Infinity, -Infinity];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  return low > high ? [0, 1] : [low, high];
}

function lastValue(xs: readonly unknown[], values: readonly number[], belongs: (row: number) => boolean): number {
  let best = -1;
  for (let row = 0; row < xs.length; row++) {
    if (belongs(row) && Number.isFinite(values[row]) && (best < 0 || Number(xs[row]) >= Number(xs[best]))) best = row;
  }
  return best < 0 ? NaN : values[best]!;
}
