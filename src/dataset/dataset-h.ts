import { camelKeys, classNameOf, isComponentConfig, type ComponentConfig } from "../config/component-config.js";
import { registry } from "../config/registry.js";
import { formatDatetime, parseDatetime } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../errors.js";
import { host } from "../host/host.js";
import type { Panel } from "../panel/panel.js";
import { VIEW, type View, type Viewable } from "../panel/view.js";
import { DataHandlerLP, type DataHandlerLPOptions, type DataKey, type HandlerChanges } from "./data-handler-lp.js";
import { duplicateRows } from "./duplicate-rows.js";
import { columnsOf, type ColumnGroup, type FieldsGroup, type GroupedPanel } from "./grouped-panel.js";
import { checkLeaks, type LeakCheck } from "./leak-check.js";
import { spanOf } from "./run-processors.js";
import { withEmbargo } from "./embargo.js";
import { parseSegments, segmentText, type Segments } from "./segments.js";

export interface DatasetHOptions {
  /** A handler, or its configuration `{ class: "DataHandlerLP", kwargs }`. */
  readonly handler: DataHandlerLP | ComponentConfig;
  /** Name → [first day, last day], both inclusive, null = open. Models train on `train`, watch `valid` and forecast `test`. */
  readonly segments: Segments;
  /**
   * What happens when `train` is prepared for learning and knowledge of the test days could reach the model: labels that look into
   * test, processors fitted outside train, shared days. `warn` (default) tells each finding once; `error` refuses, repeated rows
   * included; `ignore` leaves it to the record, which is always stamped.
   */
  readonly leaks?: "warn" | "error" | "ignore";
  /**
   * Trading days left out at the end of `train` and `valid` before the segment that follows. The default, 0, is Qlib's; the label's
   * horizon (2 for the default label) keeps every label out of the next segment.
   */
  readonly embargoDays?: number;
}

export interface PrepareOptions {
  /** Which columns: a group, several, or all of them (`"__all"`, the default, and Qlib's `"__raw"`: groups are no part of a name here). */
  readonly colSet?: "__all" | "__raw" | ColumnGroup | readonly ColumnGroup[];
  /** Which view of the handler. Default `infer`. */
  readonly dataKey?: DataKey;
}

/** A date as text, `2020-01-31`, also with a time of day. */
export type DateText = `${number}-${number}-${number}`;
/** First and last date instead of a segment's name, both inclusive, null = open. */
export type DateSlice = readonly [start: DateText | Date | null, end: DateText | Date | null];

/**
 * A handler's data cut into named segments.
 *
 * Preparing the same segment twice costs nothing: columns are shared with the handler's view, not copied.
 *
 * In Qlib: qlib.data.dataset.DatasetH
 */
export class DatasetH implements Viewable {
  readonly handler: DataHandlerLP;
  /** Name → [start, end] as texts, null = open. */
  readonly segments: Readonly<Record<string, readonly [string | null, string | null]>>;

  readonly #leaks: "warn" | "error" | "ignore";
  readonly #embargoDays: number;
  #told = false;

  /** @throws UnknownNameError for an option that does not exist; InvalidArgumentError for no segments, or one that ends before it starts; DataError for a text that is no date. */
  constructor(options: DatasetHOptions) {
    refuseUnknownOptions("Cannot make a dataset", options, ["handler", "segments", "leaks", "embargoDays"]);
    const { handler, segments, leaks = "warn", embargoDays = 0 } = options;
    if (!["warn", "error", "ignore"].includes(leaks))
      throw new UnknownNameError("leaks option", leaks, ["warn", "error", "ignore"], {
        context: "Cannot make a dataset",
      });
    if (!Number.isInteger(embargoDays) || embargoDays < 0)
      throw new InvalidArgumentError(
        `Cannot make a dataset: embargoDays is ${JSON.stringify(embargoDays)}, a whole number of trading days expected`,
      );
    this.#leaks = leaks;
    this.#embargoDays = embargoDays;
    this.handler = handler instanceof DataHandlerLP ? handler : makeHandler(handler);
    this.segments = parseSegments(segments);
  }

  /**
   * The rows of a segment, or of several (one panel each, in the order asked for).
   *
   * What is no segment may be dates: one date; two, `["2020-01-02", null]`, the first and the last one; or more, those alone. Then no
   * embargo and no leak check apply.
   *
   * @throws UnknownNameError for a segment that is not there, or another option; DataError for one without rows, naming its days and
   * those of the data.
   */
  prepare(segment: string, options?: PrepareOptions): Promise<Panel>;
  prepare(
    dates: DateSlice | readonly [DateText, DateText, DateText, ...DateText[]],
    options?: PrepareOptions,
  ): Promise<Panel>;
  prepare(segments: readonly string[], options?: PrepareOptions): Promise<Panel[]>;
  async prepare(
    segments: string | DateSlice | readonly string[],
    options: PrepareOptions = {},
  ): Promise<Panel | Panel[]> {
    refuseUnknownOptions("Cannot prepare data", options, ["colSet", "dataKey"]);
    const { colSet, dataKey = "infer" } = options;
    const select = (data: GroupedPanel) => data.panel.select(columnsOf(data, groupsOf(colSet)));
    const dates = typeof segments === "string" ? [segments] : segments;
    if (dates.length && !dates.some((date) => typeof date === "string" && this.has(date)) && dates.every(isDate))
      return select(await this.#prepareDates(dates, dataKey));
    if (typeof segments === "string") return select(await this.prepareGroups(segments, dataKey));
    const panels: Panel[] = [];
    for (const segment of segments as readonly string[])
      panels.push(select(await this.prepareGroups(segment, dataKey)));
    return panels;
  }

  /** The rows of a segment with the names of its feature and label columns. Throws as {@link prepare} does. */
  async prepareGroups(segment: string, dataKey: DataKey = "infer"): Promise<GroupedPanel> {
    this.#rangeOf(segment);
    if (segment === "train" && dataKey === "learn") await this.#mindLeaks();
    return this.#cut(`segment "${segment}"`, (await this.#cutSegments())[segment]!, dataKey);
  }

  async #cut(what: string, range: readonly [string | null, string | null], dataKey: DataKey): Promise<GroupedPanel> {
    const data = await this.handler.fetch(dataKey);
    const panel = data.panel.between(...range);
    if (panel.numRows === 0)
      throw new DataError(
        `Cannot prepare ${what} (${segmentText(range)}): it has no rows in the ${dataKey} view\n  ${spanOf(data)}`,
      );
    return { ...data, panel };
  }

  /** Whether a segment is defined. */
  has(segment: string): boolean {
    return Object.hasOwn(this.segments, segment);
  }

  /** What could have carried knowledge of the test days into the model. Loads the data when they are not loaded yet. */
  async leakCheck(): Promise<LeakCheck> {
    // After processing, filled rows look alike: repeated rows can be told in the raw view only.
    const raw = this.handler.dropRaw ? undefined : await this.handler.fetch("raw");
    return this.#leakCheckOf(raw ? await duplicateRows(raw.panel, columnsOf(raw, null)) : null);
  }

  /**
   * The same dataset for other days or instruments, with what its processors learnt: for forecasts of days that came later.
   *
   * In Qlib: DatasetH.config(handler_kwargs, segments), then setup_data({ init_type: "load_state" })
   *
   * @param changes `segments`: those that are named replace this dataset's; `handlerKwargs`: range, universe or market.
   */
  async reconfigured({
    handlerKwargs = {},
    segments = this.segments,
  }: {
    readonly handlerKwargs?: HandlerChanges;
    readonly segments?: Segments;
  }): Promise<DatasetH> {
    const handler = await this.handler.extended(handlerKwargs);
    const Dataset = this.constructor as new (options: DatasetHOptions) => DatasetH;
    return new Dataset({
      ...(this.config().kwargs as Omit<DatasetHOptions, "handler">),
      handler,
      segments,
    } as DatasetHOptions);
  }

  /** Makes an equal dataset again, also in another process: `new DatasetH(config.kwargs)`. */
  config(): ComponentConfig {
    return {
      class: "DatasetH",
      kwargs: {
        handler: this.handler.config(),
        segments: this.segments,
        ...(this.#leaks === "warn" ? {} : { leaks: this.#leaks }),
        ...(this.#embargoDays ? { embargoDays: this.#embargoDays } : {}),
      },
    };
  }

  [VIEW](): View {
    const raw = this.handler.loaded("raw");
    const loaded = raw ?? this.handler.loaded("infer");
    return {
      kind: "facts",
      title: `DatasetH, ${this.handler.features.length} features`,
      table: Object.entries(this.segments).map(([segment, range]) => ({
        segment,
        start: range[0],
        end: range[1],
        ...(loaded ? sizeOf(loaded, range) : {}),
      })),
      notes: loaded
        ? [`missing: share of feature values without a number, ${raw ? "before any processor" : "in the infer view"}`]
        : ["sizes are known once the data are loaded: await dataset.handler.setup()"],
    };
  }

  toString(): string {
    return `DatasetH(${Object.entries(this.segments)
      .map(([name, range]) => `${name} ${segmentText(range)}`)
      .join(", ")})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  /** The segments as they are cut, days before the next one left out. */
  async #cutSegments(): Promise<DatasetH["segments"]> {
    if (this.#embargoDays === 0) return this.segments;
    return withEmbargo(this.segments, await this.handler.calendar(), this.#embargoDays);
  }

  async #leakCheckOf(duplicates: number | null): Promise<LeakCheck> {
    return checkLeaks({
      calendar: await this.handler.calendar(),
      segments: this.segments,
      cutSegments: await this.#cutSegments(),
      labelHorizonDays: this.handler.labelHorizonDays,
      fitWindows: this.handler.fitWindows,
      duplicateRows: duplicates,
    });
  }

  async #mindLeaks(): Promise<void> {
    if (this.#leaks === "ignore" || this.#told) return;
    const { findings, labelDaysInTest, labelHorizonDays } = await (this.#leaks === "error"
      ? this.leakCheck()
      : this.#leakCheckOf(null));
    if (findings.length === 0) return;
    const advice = labelDaysInTest ? `\n  embargoDays: ${labelHorizonDays} keeps labels out of test` : "";
    if (this.#leaks === "error")
      throw new DataError(
        `Cannot prepare train: knowledge of the test days could reach the model\n  ${findings.join("\n  ")}${advice}`,
      );
    this.#told = true;
    host.notice(`Leak check: ${findings.join("; ")}${advice}`);
  }

  /** The rows of one date, of two and those between, or of more. */
  async #prepareDates(dates: readonly (string | Date | null)[], dataKey: DataKey): Promise<GroupedPanel> {
    if (dates.length === 2) {
      const { dates: range } = parseSegments({ dates: dates as [string | null, string | null] });
      return this.#cut("dates", range!, dataKey);
    }
    const days = dates
      .filter((date) => date !== null)
      .map((date) => formatDatetime(parseDatetime(date)))
      .sort();
    const data = await this.#cut("dates", [days[0]!, days.at(-1)!], dataKey);
    if (days.length === 1) return data;
    const wanted = new Set(days);
    const keep = new Uint8Array(data.panel.numRows);
    for (let d = 0; d < data.panel.numDates; d++)
      if (wanted.has(formatDatetime(data.panel.dates[d]!))) keep.fill(1, ...data.panel.rowsOf(d));
    return { ...data, panel: data.panel.filter(keep) };
  }

  #rangeOf(segment: string): readonly [string | null, string | null] {
    if (!this.has(segment))
      throw new UnknownNameError("segment", segment, Object.keys(this.segments), { context: "Cannot prepare data" });
    return this.segments[segment]!;
  }
}

/** The groups that `colSet` means; null: all. */
export const groupsOf = (colSet: PrepareOptions["colSet"]): FieldsGroup =>
  colSet === undefined || colSet === "__all" || colSet === "__raw" ? null : colSet;

/** An open end, or what is a date and could be no name of a segment. */
const isDate = (end: unknown): boolean => end === null || end instanceof Date || /^\d{4}-\d{2}-\d{2}/.test(String(end));

function makeHandler(config: ComponentConfig): DataHandlerLP {
  if (!isComponentConfig(config))
    throw new InvalidArgumentError("Cannot make a dataset: handler is neither a DataHandlerLP nor { class, kwargs }");
  const name = classNameOf(config.class);
  const Handler =
    name === "DataHandlerLP" ? DataHandlerLP : (registry.get(name, "handler") as unknown as typeof DataHandlerLP);
  const handler = new Handler(camelKeys(config.kwargs ?? {}) as unknown as DataHandlerLPOptions);
  if (handler instanceof DataHandlerLP) return handler;
  throw new InvalidArgumentError(`Cannot make a dataset: "${config.class}" is no handler`);
}

function sizeOf(
  data: GroupedPanel,
  range: readonly [string | null, string | null],
): { dates: number; rows: number; features: number; missing: number } {
  const panel = data.panel.between(...range);
  let missing = 0;
  for (const name of data.feature) {
    const column = panel.get(name);
    for (let row = 0; row < column.length; row++) if (column[row] !== column[row]) missing++;
  }
  return {
    dates: panel.numDates,
    rows: panel.numRows,
    features: data.feature.length,
    missing: missing / (panel.numRows * data.feature.length),
  };
}
