import { parseDatetime } from "../engine/datetime.js";
import { DataError, InvalidArgumentError } from "../errors.js";
import { roundDomain } from "../report/figure/layers.js";
import { m4 } from "../report/figure/m4.js";
import type { ChartOptions, Mark } from "./chart.js";
import type { ColumnKind, ShownTable } from "./shown-table.js";

export type Scale = "temporal" | "quantitative" | "ordinal" | "nominal";
/** What a column is drawn as; the names under which the columns stand in the figure's data, whatever the table calls them. */
export type Role = "x" | "y" | "color" | "facet";

/** More points a line than this are thinned. */
const MOST_POINTS = 1200;
/** Whole numbers with at most this many values, under bars, are names rather than a scale (years, months, windows). */
const MOST_NAMES = 60;

/** The part of a table that a chart draws, as plain columns by role. */
export interface ChartRows {
  readonly length: number;
  readonly columns: Readonly<Partial<Record<Role, readonly unknown[]>>>;
  readonly xScale: Scale;
  readonly yScale: Scale;
  /** What the table calls the columns; "" where several were laid under one another. */
  readonly titles: Readonly<Record<Role, string>>;
  readonly xDomain: [number, number];
  readonly colorDomain: [number, number];
  /** Names of the series in order of appearance; one "" when nothing splits the rows. */
  readonly series: readonly string[];
  readonly longNames: boolean;
  yDomain(mark: Mark): [number, number];
  /** Each series' last value. */
  ends(): { name: string; value: number }[];
  thinned(buckets: number): ChartRows;
}

type Columns = Partial<Record<Role, unknown[]>>;

/** Reads the columns; several y columns are laid under one another with their name as the series. */
export function chartRows(table: ShownTable, { x, y, color, facet, mark }: ChartOptions): ChartRows {
  const ys = [y].flat();
  if (ys.length > 1 && color !== undefined) {
    throw new InvalidArgumentError(
      `Cannot draw a chart: y names ${ys.length} columns, and color "${color}" splits the rows too\n  give one y with color, or several y without`,
    );
  }
  const column = (name: string) => table.columns.find((candidate) => candidate.name === name)!;
  const read = (name: string) => Array.from({ length: table.numRows }, (_, row) => column(name).value(row));
  const repeated = (name: string) => ys.flatMap(() => read(name));
  const columns: Columns = { x: repeated(x), y: ys.flatMap(read) };
  if (ys.length > 1) columns.color = ys.flatMap((name) => new Array<string>(table.numRows).fill(name));
  else if (color !== undefined) columns.color = mark === "rect" ? read(color) : read(color).map(nameOf);
  if (facet !== undefined) columns.facet = repeated(facet).map(nameOf);

  const dates = column(x).type === "text" ? asDates(columns.x!) : undefined;
  if (dates) columns.x = dates;
  const xScale = dates ? "temporal" : scaleOf(column(x).type, columns.x!, mark);
  const yScale = scaleOf(column(ys[0]!).type, [], undefined);
  if (xScale === "nominal" || xScale === "ordinal") columns.x = columns.x!.map((value) => value ?? "–");
  const titles = { x, y: ys.length > 1 ? "" : ys[0]!, color: color ?? "", facet: facet ?? "" };
  return make(columns, { xScale, yScale, titles });
}

type Scales = Pick<ChartRows, "xScale" | "yScale" | "titles">;

function make(columns: Columns, scales: Scales): ChartRows {
  const [xs, ys] = [columns.x!, columns.y!];
  const seriesOf = (row: number) => (columns.color === undefined ? "" : String(columns.color[row]));
  const series = [...new Set(xs.map((_, row) => seriesOf(row)))];
  const numbers = ys.map((value) => (value === null || value === undefined ? NaN : Number(value)));
  return {
    length: xs.length,
    columns,
    ...scales,
    xDomain: range(xs.map(Number)),
    colorDomain: columns.color === undefined ? [0, 1] : range(columns.color.map(Number)),
    series,
    longNames: xs.reduce<number>((most, value) => Math.max(most, String(value).length), 0) * Math.min(60, new Set(xs).size) > 110,
    yDomain(mark) {
      const drawn =
        mark === "bar" && isStacked({ ...scales, series }) ? stackedEnds(xs, columns.facet, numbers) : numbers;
      const [low, high] = range(mark === "bar" || mark === "area" ? [...drawn, 0] : drawn);
      return roundDomain(
        low === high ? [low - (Math.abs(low) / 2 || 1), high + (Math.abs(high) / 2 || 1)] : [low, high],
        5,
      );
    },
    ends: () => series.map((name) => ({ name, value: lastValue(xs, numbers, (row) => seriesOf(row) === name) })),
    thinned: (buckets) => make(thin(columns, numbers, seriesOf, buckets), scales),
  };
}

/** Bars of several series stand side by side over names, and on one another over dates and numbers. */
export const isStacked = ({ xScale, series }: Pick<ChartRows, "xScale" | "series">): boolean =>
  series.length > 1 && (xScale === "temporal" || xScale === "quantitative");

/** @throws InvalidArgumentError when two bars would stand in one place. */
export function checkBars({ columns, titles, xScale }: ChartRows): void {
  if (xScale === "temporal" || xScale === "quantitative") return;
  const seen = new Set<string>();
  columns.x!.forEach((x, row) => {
    const key = JSON.stringify([x, columns.color?.[row], columns.facet?.[row]]);
    if (seen.has(key)) {
      throw new InvalidArgumentError(
        `Cannot draw bars: ${titles.x} "${String(x)}" occurs in several rows\n  aggregate first (table.groupby(…).rollup(…), or GROUP BY in SQL), or split by color`,
      );
    }
    seen.add(key);
  });
}

/** Ends of the stacks: sums of the positive and of the negative values of each place. */
function stackedEnds(
  xs: readonly unknown[],
  facets: readonly unknown[] | undefined,
  values: readonly number[],
): number[] {
  const ends = new Map<string, [number, number]>();
  values.forEach((value, row) => {
    if (!Number.isFinite(value)) return;
    const key = `${Number(xs[row])}\u0000${String(facets?.[row])}`;
    const [low, high] = ends.get(key) ?? [0, 0];
    ends.set(key, value < 0 ? [low + value, high] : [low, high + value]);
  });
  return [...ends.values()].flat();
}

/** Sorts each line by x and thins it to what can be seen. */
function thin(
  columns: Columns,
  numbers: readonly number[],
  seriesOf: (row: number) => string,
  buckets: number,
): Columns {
  const lines = new Map<string, number[]>();
  columns.x!.forEach((_, row) => {
    const key = `${seriesOf(row)}\u0000${String(columns.facet?.[row])}`;
    const line = lines.get(key);
    if (line) line.push(row);
    else lines.set(key, [row]);
  });
  const kept = [...lines.values()].flatMap((rows) => {
    const x = rows.map((row) => Number(columns.x![row]));
    if (!x.every(Number.isFinite)) return rows;
    const order = rows.map((_, i) => i).sort((a, b) => x[a]! - x[b]!);
    const sorted = order.map((i) => rows[i]!);
    if (rows.length <= MOST_POINTS) return sorted;
    return Array.from(
      m4(
        order.map((i) => x[i]!),
        sorted.map((row) => numbers[row]!),
        buckets,
      ),
      (i) => sorted[i]!,
    );
  });
  return Object.fromEntries(Object.entries(columns).map(([role, values]) => [role, kept.map((row) => values[row])]));
}

/** Texts that are all dates, as dates; undefined when the first is none. @throws DataError when some are and some are not. */
function asDates(values: readonly unknown[]): Date[] | undefined {
  const isDate = (value: unknown) => {
    try {
      return typeof value === "string" && Number.isFinite(parseDatetime(value));
    } catch {
      return false;
    }
  };
  const first = values.find((value) => value !== null && value !== undefined);
  if (!isDate(first)) return undefined;
  const wrong = values.find((value) => !isDate(value));
  if (wrong !== undefined)
    throw new DataError(
      `Cannot draw a chart over dates: "${String(wrong)}" is no date\n  expected: YYYY-MM-DD or YYYY-MM-DD HH:MM, as in "${String(first)}"`,
    );
  return values.map((value) => new Date(parseDatetime(value as string)));
}

const nameOf = (value: unknown): string => (value === null || value === undefined ? "–" : String(value));

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
