import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { Bars } from "../data/bars.js";
import type { Market, Universe } from "../data/market.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { host } from "../host/host.js";
import { Panel, type PanelColumn } from "../panel/panel.js";
import { evaluateElsewhere, fieldsToLoad, withElsewhere, type CalendarSeries } from "./elsewhere.js";
import { toFeatureSpec, type FeatureInput, type FeatureSpec } from "./feature-spec.js";
import { lookbackOf } from "./lookback.js";
import { memberRows } from "./member-rows.js";
import { parseExpression } from "./parse-expression.js";
import { Program } from "./program.js";
import { RowBatch } from "./row-batch.js";

export interface QueryFeaturesOptions {
  /** Name of a universe, or a list of instruments; default: the market's own universe. */
  readonly universe?: Universe;
  /** First and last date, both inclusive; default: the whole calendar. */
  readonly start?: DatetimeInput | null;
  readonly end?: DatetimeInput | null;
  /** Type of the columns; computations are in float64 either way. Default `float64`. */
  readonly dtype?: "float64" | "float32";
}

/**
 * Expressions evaluated for every instrument of a universe.
 *
 * A row for every calendar day between an instrument's first and last stored day that lies in [start, end] and in one of its
 * membership spans; a suspended day is a row of missing values. Expressions see the instrument's whole history, also from before
 * `start` and from before it joined the universe, and stored days after `end` where they look ahead.
 *
 *     datetime    instrument  MOM5    LABEL0
 *     2020-01-02  A            0.021  -0.003
 *     2020-01-02  B            0.004      NaN
 *
 * A range beyond the calendar gives an empty panel and a notice.
 *
 * In Qlib: D.features.
 *
 * @param features Expressions or named ones, in the order of the columns. What is given twice is one column; no name for
 * two expressions.
 * @throws ExpressionError, with a caret, for text that is no expression. @throws UnknownNameError for an unknown operator, field,
 * universe, instrument or option.
 * @example
 * const market = synthetic({ instruments: 3, days: 60 });
 * (await queryFeatures(market, ["$close/Ref($close, 1) - 1"], { universe: ["S0001"], start: market.calendar.at(50) })).numRows // -> 10
 */
export async function queryFeatures(
  market: Market,
  features: readonly FeatureInput[],
  options: QueryFeaturesOptions = {},
): Promise<Panel> {
  if (typeof (market as Partial<Market> | undefined)?.loadBars !== "function" || !Array.isArray(features))
    throw new InvalidArgumentError(
      "Cannot query features: a market and a list of expressions expected\n" +
        '  e.g. queryFeatures(await openMarket("synthetic://"), ["$close", "Mean($close, 5)"], { universe: ["S0001"] })',
    );
  refuseUnknownOptions("Cannot query features", options, ["universe", "start", "end", "dtype"]);
  const specs = uniquelyNamed(features.map(toFeatureSpec));
  const expressions = specs.map(({ expression }) => parseExpression(expression));
  const program = new Program(expressions);
  checkFields(program.fields, market, specs);

  const { calendar } = market;
  const dtype = options.dtype ?? "float64";
  tellIfBeyond(calendar, options);
  const [from, to] = calendar.rangeOf(options);
  const reach = lookbackOf(expressions);
  if (from === to) return noRows(specs, dtype);
  const span = {
    calendar,
    start: calendar.at(Math.max(0, from - reach.left)),
    end: calendar.at(Math.min(calendar.length - 1, to - 1 + reach.right)),
  };
  const others = await evaluateElsewhere(program.elsewhere, market, span);
  const bars = await market.loadBars({
    fields: fieldsToLoad(program, market),
    universe: options.universe,
    start: span.start,
    end: span.end,
  });
  return evaluate(program, specs, { bars, others }, from, to, dtype);
}

const columnsOf = (specs: readonly FeatureSpec[], rows: number, dtype: "float64" | "float32"): PanelColumn[] =>
  specs.map(() => new (dtype === "float32" ? Float32Array : Float64Array)(rows));

function noRows(specs: readonly FeatureSpec[], dtype: "float64" | "float32"): Panel {
  const columns = columnsOf(specs, 0, dtype);
  return new Panel({
    dates: new Float64Array(0),
    offsets: new Int32Array(1),
    codes: new Int32Array(0),
    instruments: [],
    columns: new Map(specs.map(({ name }, c) => [name, columns[c]!])),
  });
}

async function evaluate(
  program: Program,
  specs: readonly FeatureSpec[],
  { bars, others }: { bars: Bars; others: ReadonlyMap<string, CalendarSeries> },
  from: number,
  to: number,
  dtype: "float64" | "float32",
): Promise<Panel> {
  const rows = memberRows(bars, from, to);
  const columns = columnsOf(specs, rows.codes.length, dtype);
  const progress = host.progress(`Computing ${specs.length} features`, bars.instruments.length);
  try {
    const batch = new RowBatch(rows, columns);
    for (const [code, instrument] of rows.instruments.entries()) {
      await host.breathe();
      batch.add(code, program.run(withElsewhere(instrument, others), instrument.length));
      progress.update(code + 1);
    }
    batch.flush();
  } finally {
    progress.end(`${rows.codes.length} rows`);
  }
  return new Panel({
    dates: rows.dates,
    offsets: rows.offsets,
    codes: rows.codes,
    instruments: rows.instruments.map(({ instrument }) => instrument),
    columns: new Map(specs.map(({ name }, c) => [name, columns[c]!])),
  });
}

function uniquelyNamed(specs: readonly FeatureSpec[]): readonly FeatureSpec[] {
  const seen = new Map<string, string>();
  const once: FeatureSpec[] = [];
  for (const spec of specs) {
    const { name, expression } = spec;
    const before = seen.get(name);
    // The same twice is one column: a panel's columns have names of their own.
    if (before === expression) continue;
    if (before !== undefined)
      throw new InvalidArgumentError(
        `Cannot query features: the name "${name}" occurs twice\n  for ${before} and ${expression}`,
      );
    if (name === "datetime" || name === "instrument")
      throw new InvalidArgumentError(`Cannot query features: a feature cannot be named "${name}", the panel's key`);
    seen.set(name, expression);
    once.push(spec);
  }
  return once;
}

function checkFields(fields: readonly string[], market: Market, specs: readonly FeatureSpec[]): void {
  for (const field of fields) {
    if (market.fields.includes(field)) continue;
    const user = specs.find(({ expression }) => expression.toLowerCase().includes(field));
    throw new UnknownNameError("field", field, market.fields, {
      context: `Cannot evaluate "${user?.expression ?? field}" on market ${market.name}`,
    });
  }
}

function tellIfBeyond(calendar: TradingCalendar, { start, end }: QueryFeaturesOptions): void {
  if (end != null && calendar.length && calendar.lastAtOrBefore(end) < 0)
    host.notice(
      `No features: end ${formatDatetime(parseDatetime(end))} lies before the calendar's first day ${formatDatetime(calendar.first)}`,
    );
  if (start == null || !(parseDatetime(start) > calendar.last)) return;
  host.notice(
    `No features: start ${formatDatetime(parseDatetime(start))} lies after the calendar's last day ${formatDatetime(calendar.last)}`,
  );
}
