import { inspect } from "node:util";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { figure } from "../report/figure/figure.js";
import type { Mode } from "../report/figure/ink.js";
import type { VegaLiteSpec } from "../report/report.js";
import { chartBundle, type DisplayBundle } from "./chart-bundle.js";
import { chartSpec } from "./chart-spec.js";
import { renderPng, renderSvg } from "./render.js";
import { findTable, type TableSource } from "./shown-table.js";

export const MARKS = ["line", "area", "bar", "point", "tick", "rect"] as const;
export type Mark = (typeof MARKS)[number];

export interface ChartOptions {
  /** Default: `line` over dates, `bar` over names, `point` for two numbers. */
  readonly mark?: Mark;
  /** Column for the horizontal axis: dates, numbers or names. */
  readonly x: string;
  /** Column for the vertical axis; several become one series each. */
  readonly y: string | readonly string[];
  /** Column that splits rows into series; for `rect` the number that is coloured. */
  readonly color?: string;
  /** Column that splits rows into small figures. */
  readonly facet?: string;
  readonly title?: string;
  readonly subtitle?: string;
  /** Size of the plot in px, axes and title not counted. Default 700 × 280, for a facet 240 × 140. */
  readonly width?: number;
  readonly height?: number;
  /** Default `light`, or what ALPHABOOK_THEME says. */
  readonly theme?: Mode;
}

/** A figure: shows itself as the last value of a cell; `spec` is plain Vega-Lite. */
export class Chart {
  readonly spec: VegaLiteSpec;
  readonly text: string;

  constructor(spec: VegaLiteSpec, text: string) {
    this.spec = spec;
    this.text = text;
  }

  /** The figure as a PNG, twice the size it is to be shown at. */
  async toPng(): Promise<Uint8Array> {
    return (await renderPng(this.spec)).png;
  }

  /** The figure as SVG text. */
  toSvg(): Promise<string> {
    return renderSvg(this.spec);
  }

  async [Symbol.for("Jupyter.display")](): Promise<DisplayBundle> {
    return chartBundle(this.spec, this.text);
  }

  [inspect.custom](): string {
    return `Chart(${this.text})`;
  }
}

const OPTIONS: readonly (keyof ChartOptions)[] = [
  ...(["mark", "x", "y", "color", "facet", "title", "subtitle", "width", "height", "theme"] as const),
];

/**
 * A figure of any table in one line, or of a Vega-Lite specification in the house's look.
 *
 * Columns of dates become a time axis (UTC), numbers a scale, texts names. Up to eight lines are named at their ends in their own colours.
 * Long lines are thinned to what can be seen (M4); other marks take up to 5,000 rows.
 *
 * @param source An arquero table, a panel, a SQL result, an array of plain objects; or a Vega-Lite specification (5.6).
 * @throws UnknownNameError for a column or mark that does not exist; InvalidArgumentError for too many rows, with what to do.
 * @example
 * chart([{ year: 2015, ic: 0.03 }, { year: 2016, ic: 0.05 }], { mark: "bar", x: "year", y: "ic" }).text // -> ic by year, 2 rows
 */
export function chart(source: TableSource, options: ChartOptions): Chart;
export function chart(spec: VegaLiteSpec, options?: { readonly theme?: Mode }): Chart;
export function chart(source: unknown, options: Partial<ChartOptions> = {}): Chart {
  refuseUnknownOptions("Cannot draw a chart", options, OPTIONS);
  const theme = options.theme ?? (process.env.ALPHABOOK_THEME === "dark" ? "dark" : "light");
  const table = findTable(source);
  if (!table) return specChart(source, theme);
  const { mark, x, y, color, facet, title } = options;
  const names = table.columns.map((column) => column.name);
  if (mark !== undefined && !MARKS.includes(mark)) throw new UnknownNameError("mark", mark, MARKS);
  if (x === undefined || y === undefined)
    throw new InvalidArgumentError(
      `Cannot draw a chart: ${x === undefined ? "x" : "y"} is not set\n  columns: ${names.join(", ")}`,
    );
  for (const name of [x, ...[y].flat(), color, facet]) {
    if (name !== undefined && !names.includes(name))
      throw new UnknownNameError("column", name, names, { context: "Cannot draw a chart" });
  }
  const words = `${[y].flat().join(", ")} by ${[x, color, facet].filter((name) => name !== undefined).join(", ")}, ${table.numRows.toLocaleString("en-US")} rows`;
  const spec = chartSpec(table, { ...options, x, y, theme });
  const values = [y].flat().flatMap((name) => table.columns.filter((column) => column.name === name));
  const empty = !values.some(({ value }) =>
    Array.from({ length: table.numRows }, (_, row) => value(row)).some(
      (one) => one !== null && one !== undefined && !Number.isNaN(one),
    ),
  );
  return new Chart(spec, `${title ? `${title}: ` : ""}${words}${empty ? ", no values" : ""}`);
}

const SPEC_KEYS = ["mark", "layer", "hconcat", "vconcat", "concat", "facet", "repeat"];

function specChart(source: unknown, theme: Mode): Chart {
  const spec = source as Record<string, unknown> | null;
  if (typeof spec !== "object" || spec === null || !SPEC_KEYS.some((key) => key in spec)) {
    throw new InvalidArgumentError(
      `Cannot draw a chart of ${inspect(source, { depth: 0 })}: it is no table and no Vega-Lite specification\n  e.g. chart(table, { x: "datetime", y: "ic" })`,
    );
  }
  const title =
    typeof spec.title === "string"
      ? spec.title
      : ((spec.title as { text?: string } | undefined)?.text ?? "Vega-Lite figure");
  return new Chart(figure({ description: title, ...spec }, theme), title);
}
