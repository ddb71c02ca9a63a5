import { camelKeys, classNameOf, isComponentConfig, type ComponentConfig } from "../config/component-config.js";
import { registry } from "../config/registry.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../errors.js";
import { host } from "../host/host.js";
import { Panel, type PanelColumn } from "../panel/panel.js";
import type { GroupedPanel } from "./grouped-panel.js";

/**
 * A step on one instrument's series when it is loaded: after the rows outside the universe are gone, before any other processor,
 * so that the raw view has it too. It may change values and leave out or add days; columns stay the same. Register the class to name
 * it in a workflow's `inst_processors`.
 *
 *     class Smooth {
 *       apply(series) { return series.assign({ x: smooth(series.get("x")) }); }
 *       config() { return { class: "Smooth" }; }
 *     }
 *
 * In Qlib: qlib.data.inst_processor.InstProcessor
 */
export interface InstProcessor {
  /** @param series A panel of this instrument alone, a row per date, ascending. */
  apply(series: Panel, instrument: string): Panel | Promise<Panel>;
  /** Makes an equal processor again. */
  config(): ComponentConfig;
}

/** Such a processor, the name of a registered class, or its configuration. */
export type InstProcessorInput = InstProcessor | string | ComponentConfig;

/**
 * A processor of series from what a configuration may hold; classes are found in the registry.
 *
 * @throws UnknownNameError with the nearest name; InvalidArgumentError for something that is none.
 */
export function makeInstProcessor(input: InstProcessorInput): InstProcessor {
  const config = typeof input === "string" ? { class: input } : input;
  const made = isComponentConfig(config) ? construct(config) : config;
  if (typeof (made as Partial<InstProcessor>).apply === "function" && typeof made.config === "function") return made;
  throw new InvalidArgumentError(
    'Cannot use an instProcessor: it has no apply() or no config()\n  e.g. { apply: (series, instrument) => series, config: () => ({ class: "Same" }) }',
  );
}

function construct({ class: given, kwargs }: ComponentConfig): InstProcessor {
  const Component = registry.find(classNameOf(given)) as
    (new (options: Record<string, unknown>) => InstProcessor) | undefined;
  if (!Component)
    throw new UnknownNameError("instProcessor", given, registry.names(), { context: "Cannot make a handler" });
  return new Component(camelKeys(kwargs ?? {}));
}

/** What a processor is: its configuration and the text of its class and method, which a cell may change under the same name. */
export const instProcessorKey = (processor: InstProcessor): unknown => [
  processor.config(),
  processor.constructor.toString(),
  processor.apply.toString(),
];

/** Each instrument's rows through the processors, one after the other. @throws DataError when one gives other columns back. */
export async function runInstProcessors(
  data: GroupedPanel,
  processors: readonly InstProcessor[],
): Promise<GroupedPanel> {
  if (processors.length === 0) return data;
  const { panel } = data;
  const rowsOf = rowsByInstrument(panel);
  const series: Panel[] = [];
  const progress = host.progress("Processing instruments", rowsOf.length);
  try {
    for (const [code, rows] of rowsOf.entries()) {
      await host.breathe();
      let current = seriesOf(panel, code, rows);
      if (rows.length)
        for (const processor of processors)
          current = checked(await processor.apply(current, panel.instruments[code]!), panel, processor, code);
      series.push(current);
      progress.update(code + 1);
    }
  } finally {
    progress.end();
  }
  return { ...data, panel: merged(panel, series) };
}

function rowsByInstrument({ codes, instruments, offsets, dates }: Panel): { day: number; row: number }[][] {
  const rows: { day: number; row: number }[][] = instruments.map(() => []);
  for (let day = 0; day < dates.length; day++)
    for (let row = offsets[day]!; row < offsets[day + 1]!; row++) rows[codes[row]!]!.push({ day, row });
  return rows;
}

function seriesOf({ dates, columns, instruments }: Panel, code: number, rows: { day: number; row: number }[]): Panel {
  const pick = (column: PanelColumn) => {
    const picked = like(column, rows.length);
    rows.forEach(({ row }, i) => (picked[i] = column[row]!));
    return picked;
  };
  return new Panel({
    dates: Float64Array.from(rows, ({ day }) => dates[day]!),
    offsets: Int32Array.from({ length: rows.length + 1 }, (_, i) => i),
    codes: new Int32Array(rows.length),
    instruments: [instruments[code]!],
    columns: new Map([...columns].map(([name, column]) => [name, pick(column)])),
  });
}

function checked(result: Panel, given: Panel, processor: InstProcessor, code: number): Panel {
  const names = given.columnNames;
  const problem = !(result instanceof Panel)
    ? "no Panel"
    : result.numRows !== result.numDates
      ? "several rows of a day"
      : result.columnNames.length !== names.length || names.some((name) => !result.columns.has(name))
        ? `the columns ${result.columnNames.join(", ")}`
        : undefined;
  if (problem === undefined) return result;
  throw new DataError(
    `Cannot process ${given.instruments[code]!}: ${processor.config().class} gave ${problem} back\n  a Panel with at most a row a day and the columns it was given expected: ${names.join(", ")}`,
  );
}

/** One panel of the series, in the order of the instruments. */
function merged(given: Panel, series: readonly Panel[]): Panel {
  const kept = series.map((one, code) => ({ one, name: given.instruments[code]! })).filter(({ one }) => one.numRows);
  const dates = Float64Array.from(new Set(kept.flatMap(({ one }) => [...one.dates]))).sort();
  const dayOf = new Map(Array.from(dates, (ms, day) => [ms, day]));
  const offsets = new Int32Array(dates.length + 1);
  for (const { one } of kept) for (const ms of one.dates) offsets[dayOf.get(ms)! + 1]!++;
  for (let day = 0; day < dates.length; day++) offsets[day + 1]! += offsets[day]!;
  const next = offsets.slice();
  const codes = new Int32Array(offsets.at(-1)!);
  const columns = new Map([...given.columns].map(([name, column]) => [name, like(column, codes.length)]));
  for (const [code, { one }] of kept.entries()) {
    const places = Int32Array.from(one.dates, (ms) => next[dayOf.get(ms)!]!++);
    for (const place of places) codes[place] = code;
    for (const [name, column] of columns) {
      const values = one.get(name);
      for (let row = 0; row < places.length; row++) column[places[row]!] = values[row]!;
    }
  }
  return new Panel({ dates, offsets, codes, instruments: kept.map(({ name }) => name), columns });
}

const like = (column: PanelColumn, length: number): PanelColumn =>
  column instanceof Float32Array ? new Float32Array(length) : new Float64Array(length);
