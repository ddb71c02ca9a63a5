import type { ComponentConfig } from "../config/component-config.js";
import type { Market, Universe } from "../data/market.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../errors.js";
import { defaultLabel } from "../feature/basic-factors.js";
import { toFeatureSpec, type FeatureInput, type FeatureSpec } from "../feature/feature-spec.js";
import { lookbackOf } from "../feature/lookback.js";
import { parseExpression } from "../feature/parse-expression.js";
import { VIEW, type View, type Viewable } from "../panel/view.js";
import type { DataHandlerLPOptions, DataKey, HandlerState } from "./data-handler-options.js";
import type { GroupedPanel } from "./grouped-panel.js";
import { loadRaw } from "./load-raw.js";
import { makeProcessor } from "./make-processor.js";
import { addressOf, isMarket, openGiven } from "./market-address.js";
import type { Processor, ProcessorState } from "./processor.js";
import { fitWindowOf, runProcessors, type FitWindow, type Processed } from "./run-processors.js";

export type { DataHandlerLPOptions, DataKey, HandlerState } from "./data-handler-options.js";
export type { MarketAddress } from "./market-address.js";

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
 * @throws InvalidArgumentError for no features, a name that occurs twice, a processor among shared or infer ones that is only for
 * learning, a processor that learns without a fit window.
 * @example
 * new DataHandlerLP({ market: "synthetic://", features: ["$close/Ref($close, 1) - 1"] }).labels[0].name // -> LABEL0
 */
export class DataHandlerLP implements Viewable {
  readonly features: readonly FeatureSpec[];
  readonly labels: readonly FeatureSpec[];
  readonly #options: DataHandlerLPOptions;
  readonly #processors: {
    readonly shared: readonly Processor[];
    readonly infer: readonly Processor[];
    readonly learn: readonly Processor[];
  };
  readonly #window: FitWindow;
  readonly #running = new Map<string, Promise<unknown>>();
  readonly #made = new Map<string, Processed>();
  #market: Market | undefined;

  constructor(options: DataHandlerLPOptions) {
    const { label = defaultLabel } = options;
    this.features = options.features.map(toFeatureSpec);
    this.labels = (Array.isArray(label) ? (label as readonly FeatureInput[]) : [label as FeatureInput]).map((one, i) =>
      typeof one === "string" ? { name: `LABEL${i}`, expression: one } : one,
    );
    if (this.features.length === 0)
      throw new InvalidArgumentError("Cannot make a handler: no features\n  e.g. features: basicFactors()");
    checkNames([...this.features, ...this.labels]);
    this.#options = options;
    this.#window = { start: options.fitStartTime, end: options.fitEndTime };
    this.#processors = {
      shared: (options.sharedProcessors ?? []).map(makeProcessor),
      infer: (options.inferProcessors ?? []).map(makeProcessor),
      learn: (options.learnProcessors ?? []).map(makeProcessor),
    };
    for (const list of ["shared", "infer"] as const)
      for (const processor of this.#processors[list]) checkInferSafe(processor, list);
    if (isMarket(options.market)) this.#market = options.market;
  }

  /** The market, opened if need be. */
  async market(): Promise<Market> {
    const { market } = this.#options;
    if (isMarket(market)) return market;
    return (this.#market = await this.#once("market", () => openGiven(market)));
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
    if (this.#options.processType !== "independent") this.#forgetRaw();
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
    return lookbackOf(this.labels.map(({ expression }) => parseExpression(expression))).right;
  }

  /** Whether the raw view, and with it the raw label, is given up. */
  get dropRaw(): boolean {
    return this.#options.dropRaw ?? false;
  }

  /** The universe: as given, else the market's once it is open. */
  get universe(): Universe | undefined {
    return this.#options.universe ?? this.#market?.universe;
  }

  /** Makes an equal handler again: `new DataHandlerLP(config.kwargs)`. Data and fitted state are not in it. */
  config(): ComponentConfig {
    const {
      market,
      label: _label,
      cache: _cache,
      state: _state,
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
      market: isMarket(market) ? addressOf(market) : market,
      ...Object.fromEntries(times.filter(([, value]) => value !== undefined)),
      features: this.features,
      label: this.labels,
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
    const names = (processors: readonly Processor[]) =>
      processors.map((processor) => processor.config().class).join(", ") || "none";
    return {
      kind: "facts",
      title: `${this.constructor.name}, ${this.features.length} features`,
      facts: {
        market: typeof market === "string" ? market : market.address,
        universe: typeof this.universe === "object" ? `${this.universe.length} instruments` : this.universe,
        rows: this.loaded("infer")?.panel.numRows ?? "not loaded yet",
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
    const { features, labels } = this;
    const { universe, startTime, endTime, dtype = "float32", cache, processType = "append", state } = this.#options;
    if (key === "raw") {
      const request = {
        features,
        labels,
        cache,
        dtype,
        start: startTime ?? null,
        end: endTime ?? null,
        ...(universe === undefined ? {} : { universe }),
      };
      return { data: await loadRaw(await this.market(), request), states: [] };
    }
    const source = key === "shared" ? "raw" : key === "learn" && processType === "append" ? "infer" : "shared";
    return runProcessors(await this.#view(source), this.#processors[key], this.#window, state?.[key]);
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

function checkNames(specs: readonly FeatureSpec[]): void {
  const seen = new Set<string>();
  for (const { name } of specs) {
    if (seen.has(name))
      throw new InvalidArgumentError(
        `Cannot make a handler: the column name "${name}" occurs twice among features and labels`,
      );
    seen.add(name);
  }
}

function checkInferSafe(processor: Processor, list: string): void {
  if (processor.inferSafe) return;
  throw new InvalidArgumentError(
    `Cannot use ${processor.config().class} as ${list === "infer" ? "an infer" : "a shared"} processor: it is only for learning (rows to forecast have no label yet)\n  put it into learnProcessors`,
  );
}
