import { TradingCalendar } from "../calendar/trading-calendar.js";
import type { ComponentConfig } from "../config/component-config.js";
import { defaultMarket } from "../data/default-market.js";
import { filterInstruments, type InstrumentFilter } from "../data/instrument-filter.js";
import type { Market, Universe } from "../data/market.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../errors.js";
import type { FeatureSpec } from "../feature/feature-spec.js";
import { sourceName, type StaticSource } from "./loader/static-source.js";
import { beside } from "./loader/nested-data-loader.js";
import { StaticDataLoader } from "./loader/static-data-loader.js";
import type { DataLoader, LoadRequest } from "./loader/data-loader.js";
import { cacheOf, fromEntry, hashOf, processorKey, toEntry } from "./panel-cache.js";
import type { PanelSource } from "../panel/panel-from.js";
import { Panel } from "../panel/panel.js";
import { VIEW, type View, type Viewable } from "../panel/view.js";
import type { DataHandlerLPOptions, DataKey, HandlerState } from "./data-handler-options.js";
import { checkNames, loaderOf, type FromDfOptions, type HandlerChanges } from "./handler-loader.js";
import type { GroupedPanel } from "./grouped-panel.js";
import { instProcessorKey, makeInstProcessor, runInstProcessors, type InstProcessor } from "./inst-processor.js";
import { makeFilter } from "./make-filter.js";
import { makeProcessor } from "./make-processor.js";
import { addressOf, isMarket, openGiven } from "./market-address.js";
import type { Processor, ProcessorState } from "./processor.js";
import { fitWindowOf, runProcessors, type FitWindow, type Processed } from "./run-processors.js";

export type { DataHandlerLPOptions, DataKey, HandlerState } from "./data-handler-options.js";
export type { MarketAddress } from "./market-address.js";
export type { FromDfOptions, HandlerChanges } from "./handler-loader.js";

/**
 * Features and labels of a market in three views, each made when it is first asked for and then kept.
 *
 *     raw ──shared──▶ ──infer processors──▶ infer ──learn processors──▶ learn      (processType "append")
 *
 * Processors learn from the fit window only, each from what the one before it made. Loading again, or tomorrow, with `state` of
 * an earlier handler gives the same transformation. A failed or interrupted view is made anew at the next call.
 *
 * In Qlib: qlib.data.dataset.handler.DataHandlerLP
 *
 * @throws UnknownNameError for an option that does not exist; InvalidArgumentError for no features, a name that occurs twice, a
 * processor among shared or infer ones that is only for learning, a processor that learns without a fit window.
 * @example
 * new DataHandlerLP({ market: "synthetic://", features: ["$close/Ref($close, 1) - 1"] }).labels[0].name // -> LABEL0
 */
export class DataHandlerLP implements Viewable {
  readonly #loader: DataLoader;
  readonly #factors: StaticDataLoader | undefined;
  readonly #options: DataHandlerLPOptions;
  readonly #processors: {
    readonly shared: readonly Processor[];
    readonly infer: readonly Processor[];
    readonly learn: readonly Processor[];
  };
  readonly #instProcessors: readonly InstProcessor[];
  readonly #window: FitWindow;
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #made = new Map<string, Processed>();
  #market: Market | undefined;

  /** What is taken out of the universe, in order. */
  readonly filters: readonly InstrumentFilter[];

  constructor(given: DataHandlerLPOptions) {
    const named = withUniverse(given);
    const options = named.market == null && named.dataLoader === undefined ? withDefaultMarket(named) : named;
    this.#loader = loaderOf(options);
    this.#factors = options.factors === undefined ? undefined : new StaticDataLoader({ config: options.factors });
    checkNames([...this.features, ...this.labels]);
    if (options.market === undefined && options.dataLoader === undefined)
      throw new InvalidArgumentError(
        'Cannot make a handler: no market\n  e.g. market: await openMarket("synthetic://"), or once for all: await init({ providerUri: "synthetic://" })',
      );
    const { processType = "append", initType = "fit_seq" } = options;
    if (!["append", "independent"].includes(processType))
      throw new UnknownNameError("processType", processType, ["append", "independent"], {
        context: "Cannot make a handler",
      });
    if (!["fit_seq", "fit_ind"].includes(initType))
      throw new UnknownNameError("initType", initType, ["fit_seq", "fit_ind"], { context: "Cannot make a handler" });
    this.#options = options;
    this.filters = (options.filterPipe ?? []).map(makeFilter);
    this.#window = { start: options.fitStartTime, end: options.fitEndTime };
    this.#processors = {
      shared: (options.sharedProcessors ?? []).map(makeProcessor),
      infer: (options.inferProcessors ?? []).map(makeProcessor),
      learn: (options.learnProcessors ?? []).map(makeProcessor),
    };
    this.#instProcessors = (options.instProcessors ?? []).map(makeInstProcessor);
    for (const list of ["shared", "infer"] as const)
      for (const processor of this.#processors[list]) checkInferSafe(processor, list);
    if (options.market !== undefined && isMarket(options.market)) this.#market = options.market;
  }

  /**
   * A handler of a table that is ready, without a market.
   *
   * In Qlib: DataHandlerLP.from_df
   *
   * @param source See {@link StaticDataLoader}. @param options `label`: names of the columns that are labels, default none.
   * @throws UnknownNameError for a label that is no column.
   * @example
   * const day = { datetime: ["2020-01-02"], instrument: ["A"], quality: [0.3], LABEL0: [0.01] };
   * DataHandlerLP.fromDf(day, { label: ["LABEL0"] }).labels.map(({ name }) => name) // -> ["LABEL0"]
   */
  static fromDf(
    source: PanelSource,
    { label = [], labelHorizonDays = 0, ...options }: FromDfOptions = {},
  ): DataHandlerLP {
    const panel = Panel.from(source);
    const labels = panel.select(label);
    const features = panel.select(panel.columnNames.filter((name) => !label.includes(name)));
    const config = { feature: features, ...(label.length ? { label: labels } : {}) };
    return new DataHandlerLP({ ...options, dataLoader: new StaticDataLoader({ config, labelHorizonDays }) });
  }

  /** The columns that a model sees; those of a file are known once it is loaded. */
  get features(): readonly FeatureSpec[] {
    return [...(this.#loader.features ?? []), ...(this.#factors?.features ?? [])];
  }

  /** The columns to be forecast. */
  get labels(): readonly FeatureSpec[] {
    return this.#loader.labels ?? [];
  }

  /** The market, opened if need be. @throws InvalidArgumentError for a handler of a ready table, which has none. */
  async market(): Promise<Market> {
    // A loader of tables needs none; one of expressions takes the session's.
    const market = this.#options.market ?? this.#market ?? defaultMarket();
    if (market === undefined)
      throw new InvalidArgumentError(
        "Cannot give the market: the handler was made without one\n  give it beside dataLoader: market: await openMarket(…)",
      );
    if (isMarket(market)) return (this.#market = market);
    return (this.#market = await this.#once("market", () => openGiven(market)));
  }

  /** Trading days: the market's, or the days of the table where there is no market. */
  async calendar(): Promise<TradingCalendar> {
    if (this.#options.market !== undefined) return (await this.market()).calendar;
    const { panel } = await this.#view(this.#options.dropRaw ? "infer" : "raw");
    return new TradingCalendar(panel.dates);
  }

  /** Equal for equal data: the market's fingerprint, or a hash of the table where there is no market. */
  async fingerprint(): Promise<string> {
    if (this.#options.market !== undefined) return (await this.market()).fingerprint();
    return hashOf(await this.#loader.contentKey(this.#request()));
  }

  /** Loads and processes now what would otherwise be at first use. */
  async setup(): Promise<this> {
    await this.fetch(this.#options.dropRaw ? "learn" : "infer");
    return this;
  }

  /**
   * One of the views, all days.
   * @throws DataError for the raw view after `dropRaw`; UnknownNameError for another key.
   */
  async fetch(dataKey: DataKey = "infer"): Promise<GroupedPanel> {
    if (!["raw", "infer", "learn"].includes(dataKey))
      throw new UnknownNameError("data key", dataKey, ["raw", "infer", "learn"]);
    if (!this.#options.dropRaw) return this.#view(dataKey);
    if (dataKey === "raw")
      throw new DataError(
        "Cannot give raw data: the handler was made with dropRaw\n  make it without, or read another view",
      );
    const infer = await this.#view("infer");
    // Where the learn view continues the infer view, the raw one can go before it is made.
    if (this.#options.processType !== "independent" && this.#options.initType !== "fit_ind") this.#forgetRaw();
    const learn = await this.#view("learn");
    this.#forgetRaw();
    return dataKey === "infer" ? infer : learn;
  }

  /** The view if it has been made; never loads. */
  loaded(dataKey: DataKey): GroupedPanel | undefined {
    return this.#made.get(dataKey)?.data;
  }

  /** What the processors learnt, to be kept or given to another handler as `state`; JSON gives it back unchanged. */
  async fitted(): Promise<HandlerState> {
    await this.fetch("infer");
    await this.fetch("learn");
    const states = (view: string) => this.#made.get(view)?.states ?? [];
    return { shared: this.#sharedStates, infer: states("infer"), learn: states("learn") };
  }

  /** The windows that processors learn from; undefined ends are not set. Empty when none learns. */
  get fitWindows(): readonly (FitWindow & { readonly processor: string })[] {
    const all = [...this.#processors.shared, ...this.#processors.infer, ...this.#processors.learn];
    return all
      .filter((processor) => processor.fit)
      .map((processor) => ({ processor: processor.config().class, ...fitWindowOf(processor, this.#window) }));
  }

  /** How many trading days ahead the labels look. */
  get labelHorizonDays(): number {
    return this.#loader.labelHorizonDays ?? 0;
  }

  /** Whether the raw view, and with it the raw label, is given up. */
  get dropRaw(): boolean {
    return this.#options.dropRaw ?? false;
  }

  /** The universe: as given, else the market's once it is open. */
  get universe(): Universe | undefined {
    return this.#options.universe ?? this.#market?.universe;
  }

  /**
   * The same handler for other days or instruments, with what its processors learnt: tomorrow's rows are scaled as yesterday's.
   *
   * In Qlib: DatasetH.config and setup_data with init_type load_state
   */
  async extended({ instruments, ...changes }: HandlerChanges): Promise<DataHandlerLP> {
    const { market, cache, dataLoader, factors } = this.#options;
    const Handler = this.constructor as new (options: Record<string, unknown>) => DataHandlerLP;
    const { shared, infer, learn } = this.#processors;
    return new Handler({
      ...this.config().kwargs,
      ...given({ market: this.#market ?? market, cache, dataLoader, factors }),
      ...(this.#instProcessors.length ? { instProcessors: this.#instProcessors } : {}),
      ...{ sharedProcessors: shared, inferProcessors: infer, learnProcessors: learn },
      ...given({ ...changes, universe: changes.universe ?? instruments }),
      state: await this.fitted(),
    });
  }

  /** Makes an equal handler again: `new DataHandlerLP(config.kwargs)`. Data and fitted state are not in it. */
  config(): ComponentConfig {
    const {
      market = this.#market,
      features: _features,
      label: _label,
      dataLoader: _loader,
      factors: _factors,
      cache: _cache,
      state: _state,
      instProcessors: _p,
      sharedProcessors: _s,
      inferProcessors: _i,
      learnProcessors: _l,
      ...rest
    } = this.#options;
    const times = Object.entries(rest).map(([name, value]) => [
      name,
      name.endsWith("Time") && value != null ? formatDatetime(parseDatetime(value as DatetimeInput)) : value,
    ]);
    const kwargs = {
      ...(market === undefined ? {} : { market: isMarket(market) ? addressOf(market) : market }),
      ...Object.fromEntries(times.filter(([, value]) => value !== undefined)),
      ...(this.filters.length ? { filterPipe: this.filters.map((filter) => filter.config()) } : {}),
      ...(this.#options.dataLoader === undefined
        ? { features: this.#loader.features, label: this.labels }
        : { dataLoader: this.#loader.config() }),
      ...(this.#factors ? { factors: (this.#factors.config().kwargs!["config"] as { feature: unknown }).feature } : {}),
      ...(this.#instProcessors.length
        ? { instProcessors: this.#instProcessors.map((processor) => processor.config()) }
        : {}),
      ...Object.fromEntries(
        Object.entries(this.#processors).map(([list, processors]) => [
          `${list}Processors`,
          processors.map((processor) => processor.config()),
        ]),
      ),
    };
    return { class: "DataHandlerLP", kwargs };
  }

  [VIEW](): View {
    const { market } = this.#options;
    const names = (processors: readonly (Processor | InstProcessor)[]) =>
      processors.map((processor) => processor.config().class).join(", ") || "none";
    return {
      kind: "facts",
      title: `${this.constructor.name}, ${countOf(this.features.length, "feature")}`,
      facts: {
        market: market === undefined ? "none" : typeof market === "string" ? market : market.address,
        universe: typeof this.universe === "object" ? `${this.universe.length} instruments` : this.universe,
        ...(this.filters.length ? { filters: this.filters.join(", ") } : {}),
        rows: this.loaded("infer")?.panel.numRows ?? "not loaded yet",
        ...(this.#instProcessors.length ? { "instrument processors": names(this.#instProcessors) } : {}),
        "shared processors": names(this.#processors.shared),
        "infer processors": names(this.#processors.infer),
        "learn processors": names(this.#processors.learn),
      },
      table: [
        ...this.features.map((spec) => ({ group: "feature", ...spec })),
        ...this.labels.map((spec) => ({ group: "label", ...spec })),
      ],
    };
  }

  toString(): string {
    return `${this.constructor.name}(${this.features.length} features, ${this.labels.length} ${this.labels.length === 1 ? "label" : "labels"}${this.loaded("infer") ? `, ${this.loaded("infer")!.panel.numRows} rows` : ", not loaded"})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  async #view(key: DataKey | "shared"): Promise<GroupedPanel> {
    const made = this.#made.get(key) ?? (await this.#once(key, () => this.#make(key)));
    return made.data;
  }

  #forgetRaw(): void {
    this.#made.delete("raw");
    this.#made.delete("shared");
  }

  #sharedStates: readonly ProcessorState[] = [];

  async #make(key: DataKey | "shared"): Promise<Processed> {
    const made = await this.#compute(key);
    if (key === "shared") this.#sharedStates = made.states;
    this.#made.set(key, made);
    return made;
  }

  async #compute(key: DataKey | "shared"): Promise<Processed> {
    const cache = key === "raw" || (key === "infer" && this.#isProcessed) ? cacheOf(this.#options.cache) : undefined;
    if (!cache) return this.#computeAnew(key);
    const contentKey = await this.#contentKey(key);
    const kept = await cache.get(contentKey);
    if (kept) {
      const made = fromEntry(kept);
      if (key === "raw") return made;
      const numShared = this.#processors.shared.length;
      this.#sharedStates = made.states.slice(0, numShared);
      return { data: made.data, states: made.states.slice(numShared) };
    }
    const made = await this.#computeAnew(key);
    await cache.put(
      contentKey,
      toEntry(key === "raw" ? made : { ...made, states: [...this.#sharedStates, ...made.states] }),
    );
    return made;
  }

  async #computeAnew(key: DataKey | "shared"): Promise<Processed> {
    const { processType = "append", initType = "fit_seq", state } = this.#options;
    if (key === "raw") return { data: await this.#load(), states: [] };
    const source = key === "shared" ? "raw" : key === "learn" && processType === "append" ? "infer" : "shared";
    const fitOn = initType === "fit_ind" && !state ? await this.#view("raw") : undefined;
    return runProcessors(await this.#view(source), this.#processors[key], this.#window, {
      states: state?.[key],
      fitOn,
    });
  }

  async #load(): Promise<GroupedPanel> {
    const request = await this.#filtered(this.#request());
    const data = await runInstProcessors(await this.#loader.load(request), this.#instProcessors);
    if (!this.#factors) return data;
    // The rows of the data are the universe already.
    const factors = await this.#factors.load({ ...request, universe: undefined });
    checkNames([...this.features, ...this.labels]);
    return beside(data, factors, nameOfFactors(this.#options.factors!));
  }

  get #isProcessed(): boolean {
    return this.#processors.shared.length + this.#processors.infer.length > 0;
  }

  /** The same request for the instruments that the filters leave. */
  async #filtered(request: LoadRequest): Promise<LoadRequest> {
    if (this.filters.length === 0) return request;
    return { ...request, universe: await filterInstruments(await this.market(), request.universe, this.filters) };
  }

  #request(): LoadRequest {
    const { universe, startTime = null, endTime = null, dtype = "float32" } = this.#options;
    return { market: () => this.market(), universe, start: startTime, end: endTime, dtype };
  }

  async #contentKey(key: DataKey | "shared"): Promise<string> {
    const request = this.#request();
    const day = (time: DatetimeInput | null | undefined) => (time == null ? time : formatDatetime(parseDatetime(time)));
    const { shared, infer } = this.#processors;
    return hashOf([
      CACHE_FORMAT,
      await this.#loader.contentKey(request),
      (await this.#factors?.contentKey()) ?? null,
      this.filters.length === 0 ? (this.universe ?? null) : [this.universe, this.filters.map((one) => one.config())],
      [day(request.start), day(request.end), request.dtype],
      ...(this.#instProcessors.length ? [this.#instProcessors.map(instProcessorKey)] : []),
      key === "raw"
        ? null
        : [
            [...shared, ...infer].map((processor) => {
              const { start, end } = fitWindowOf(processor, this.#window);
              return [processorKey(processor), processor.fit ? [day(start) ?? null, day(end) ?? null] : null];
            }),
            this.#options.state ?? null,
            ...(this.#options.initType === "fit_ind" ? ["fit_ind"] : []),
          ],
    ]);
  }

  /** Callers at the same time share one computation; a failed one is forgotten. */
  #once<T>(key: string, make: () => Promise<T>): Promise<T> {
    let running = this.#running.get(key) as Promise<T> | undefined;
    if (!running) {
      running = make().finally(() => this.#running.delete(key));
      this.#running.set(key, running);
    }
    return running;
  }
}

const OPTIONS = [
  "market",
  "features",
  "label",
  "factors",
  "dataLoader",
  "universe",
  "instruments",
  "filterPipe",
  "startTime",
  "endTime",
  "fitStartTime",
  "fitEndTime",
  "instProcessors",
  "sharedProcessors",
  "inferProcessors",
  "learnProcessors",
  "processType",
  "initType",
  "dropRaw",
  "dtype",
  "state",
  "cache",
] as const satisfies readonly (keyof DataHandlerLPOptions)[];

/** The options with the universe under one name. */
function withUniverse(given: DataHandlerLPOptions): DataHandlerLPOptions {
  refuseUnknownOptions("Cannot make a handler", given, OPTIONS);
  const { instruments, ...options } = given;
  if (instruments == null) return options;
  if (options.universe != null && options.universe !== instruments)
    throw new InvalidArgumentError("Cannot make a handler: universe and instruments are the same, give one of them");
  return { ...options, universe: instruments };
}

/** Raise it when the same key would mean other values than before. */
const CACHE_FORMAT = 1;

function withDefaultMarket(options: DataHandlerLPOptions): DataHandlerLPOptions {
  const market = defaultMarket();
  return market === undefined ? options : { ...options, market };
}

const given = (options: object): Record<string, unknown> =>
  Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));

const nameOfFactors = (source: StaticSource): string => `factors (${sourceName(source)})`;
const countOf = (n: number, noun: string): string => `${n} ${noun}${n === 1 ? "" : "s"}`;

function checkInferSafe(processor: Processor, list: string): void {
  if (processor.inferSafe) return;
  throw new InvalidArgumentError(
    `Cannot use ${processor.config().class} as ${list === "infer" ? "an infer" : "a shared"} processor: it is only for learning (rows to forecast have no label yet)\n  put it into learnProcessors`,
  );
}
