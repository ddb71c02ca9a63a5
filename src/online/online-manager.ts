import type { ColumnTable } from "arquero";
import { averageEnsemble } from "../collector/average-ensemble.js";
import { MergeCollector } from "../collector/merge-collector.js";
import { initInstanceByConfig } from "../config/init-instance-by-config.js";
import { defaultMarket } from "../data/default-market.js";
import { openMarket } from "../data/open-market.js";
import type { Market } from "../data/market.js";
import { addressOf, openGiven, type MarketAddress } from "../dataset/market-address.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { ConfigError, InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { VIEW, type View, type Viewable } from "../panel/view.js";
import { canonicalJson } from "../task/task-hash.js";
import type { Recorder } from "../tracking/recorder.js";
import { LocalTrainer } from "../trainer/local-trainer.js";
import type { Trainer } from "../trainer/trainer.js";
import { checkReopened } from "./check-reopened.js";
import type { PrepareFunc } from "./compute-signals.js";
import { onlineAfter, type JournalEntry } from "./journal.js";
import { ManagerStore, strategyName, type ManagerConfig } from "./manager-store.js";
import type { Freeze } from "./merge-signals.js";
import type { OnlineStrategy } from "./online-strategy.js";
import { finishDay, planDay, type DayContext } from "./run-day.js";
import { RunCache } from "./run-cache.js";
import { SignalHistory } from "./signal-history.js";

export interface OnlineManagerOptions {
  /** Its name: under it the manager is kept in the store and loaded again. */
  readonly name: string;
  readonly strategies: OnlineStrategy | readonly OnlineStrategy[];
  /** Trading days and, where a task names none, data. Default: the session's market (`init`). */
  readonly market?: Market | string | MarketAddress;
  /** Default {@link LocalTrainer}. One that delays leaves all fitting of a simulation to its end. */
  readonly trainer?: Trainer;
  /** The day of the first training; moved back to a trading day. Default: the last one with data. */
  readonly beginTime?: DatetimeInput;
  /** Makes one signal of the forecasts; not kept. Default {@link averageEnsemble}. */
  readonly prepareFunc?: PrepareFunc;
  /**
   * Which signals are never rewritten: `issued` (default), all of dates before the last one issued; `past`, only those of
   * dates up to the routine before, so that forecasts of coming days may change.
   */
  readonly freeze?: Freeze;
}

export interface AsOf {
  /** As it was known after the routine of this day. Default: now. */
  readonly asOf?: DatetimeInput;
}

const LOAD_OPTIONS = ["strategies", "market", "trainer", "prepareFunc"] as const;
const OPTIONS: readonly (keyof OnlineManagerOptions)[] = ["name", ...LOAD_OPTIONS, "beginTime", "freeze"];

/**
 * A practice: strategies trained once, then every day what is due, forecasts extended to the day, and a signal.
 *
 *     const manager = new OnlineManager({ name: "daily", strategies, market, beginTime: "2024-01-15" });
 *     await manager.firstTrain();
 *     await manager.runRoutine("2024-01-16");          // and so on, one call a day; default: the last day with data
 *     await manager.signals({ asOf: "2024-01-16" });   // what was known then
 *
 * A day's routine sees the market only up to that day. Every step is written to the store when it is done: a routine that
 * broke off is finished by running it again, one that is done is not done twice. `OnlineManager.load("daily")` goes on in
 * another process.
 *
 * In Qlib: qlib.workflow.online.manager.OnlineManager
 *
 * @example
 * // (await OnlineManager.load("daily")).onlineModels({ asOf: "2024-01-16" })
 */
export class OnlineManager implements Viewable {
  readonly name: string;
  readonly #trainer: Trainer;
  readonly #prepareFunc: PrepareFunc;
  readonly #freeze: Freeze | undefined;
  readonly #given: OnlineManagerOptions["market"];
  readonly #beginTime: DatetimeInput | undefined;
  readonly #cache = new RunCache();
  #strategies: OnlineStrategy[];
  #status: "online" | "simulating" = "online";
  #market: Promise<Market> | undefined;
  #opened: Promise<Opened> | undefined;

  /** @throws InvalidArgumentError for two strategies of one name. */
  constructor(options: OnlineManagerOptions) {
    refuseUnknownOptions("Cannot make an online manager", options, OPTIONS);
    const { name, strategies, market, trainer, beginTime, prepareFunc, freeze } = options;
    if (typeof name !== "string" || name.trim() === "")
      throw new InvalidArgumentError(`Cannot make an online manager: its name is ${JSON.stringify(name)}`);
    this.name = name;
    this.#strategies = [...(Array.isArray(strategies) ? strategies : [strategies])] as OnlineStrategy[];
    checkNames(this.#strategies);
    this.#given = market;
    this.#trainer = trainer ?? new LocalTrainer();
    this.#beginTime = beginTime;
    this.#prepareFunc = prepareFunc ?? averageEnsemble;
    this.#freeze = freeze;
  }

  /**
   * A manager from the store.
   *
   * @param options A trainer, a `prepareFunc`, or strategies of one's own classes: what data do not hold. A market takes the
   * place of the manager's own, which has moved.
   * @throws RecorderNotFoundError with the nearest name; ConfigError when it needs what only code can give.
   */
  static async load(
    name: string,
    options: Partial<Omit<OnlineManagerOptions, "name" | "beginTime" | "freeze">> = {},
  ): Promise<OnlineManager> {
    refuseUnknownOptions(`Cannot load online manager "${name}"`, options, LOAD_OPTIONS);
    const store = await ManagerStore.get(name);
    const config = await store.config();
    const market = options.market === undefined ? config.market : addressOf(await openGiven(options.market));
    if (canonicalJson(market) !== canonicalJson(config.market)) await store.saveConfig({ ...config, market });
    const strategies =
      options.strategies ??
      config.strategies.map((one) => initInstanceByConfig<OnlineStrategy>(one, { what: "online strategy" }));
    return new OnlineManager({
      market,
      ...options,
      ...{ name, strategies, beginTime: config.beginTime, freeze: config.freeze },
      trainer: options.trainer ?? trainerOf(config),
    });
  }

  /** Names of the managers in the store. */
  static names(): Promise<string[]> {
    return ManagerStore.names();
  }

  /** `simulating` while {@link simulate} runs. */
  get status(): "online" | "simulating" {
    return this.#status;
  }

  get strategies(): readonly OnlineStrategy[] {
    return this.#strategies;
  }

  /** The market as it is stored now. */
  market(): Promise<Market> {
    return (this.#market ??= this.#openMarket());
  }

  /** The run that keeps the manager: its artifacts are `manager`, `journal` and `signals`. */
  async run(): Promise<Recorder> {
    return (await this.#open()).store.run;
  }

  /** One entry a day, in order: what was done, and when. */
  async journal(): Promise<readonly JournalEntry[]> {
    return (await this.#open()).journal;
  }

  /** The day of the last routine that is done, `YYYY-MM-DD`; before the first one the day of the first training. */
  async currentDay(): Promise<string> {
    const { config, journal } = await this.#open();
    return journal.findLast(({ state }) => state === "done")?.day ?? config.beginTime;
  }

  /**
   * Trains each strategy for the first time, as of the day the manager begins; makes no signals. Strategies trained before
   * are left alone; a first training that broke off is finished.
   */
  async firstTrain(): Promise<this> {
    const { config } = await this.#open();
    const days = (await this.journal()).map(({ day }) => day);
    await this.#firstTrain(days.at(-1) ?? config.beginTime);
    return this;
  }

  /**
   * The work of one day: train what is due, extend the forecasts of the models online, issue the signals.
   *
   * @param day Default: the last day with data. A day that is done is not done again; one that broke off is finished; days
   * in between without a routine are forecast by the model that was due then.
   * @returns The day's entry in the journal.
   * @throws InvalidArgumentError before `firstTrain`, and for a day before the last one done.
   */
  async runRoutine(day?: DatetimeInput): Promise<JournalEntry> {
    const today = await this.#tradingDay(day);
    const { journal, config } = await this.#open();
    const done = journal.find((entry) => entry.kind === "routine" && entry.day === today);
    if (done?.state === "done") return done;
    const last = journal.findLast(({ kind }) => kind === "routine")?.day ?? config.beginTime;
    if (today < last)
      throw new InvalidArgumentError(
        `Cannot run the routine of ${today}: the manager is at ${last} already\n  what was known then: signals({ asOf: "${today}" }), or: alphabook online signals ${this.name} --as-of ${today}`,
      );
    await this.#finishBroken(today);
    const missing = this.#strategies.filter(({ name }) => !onlineAfter(journal).has(name)).map(({ name }) => name);
    if (missing.length > 0)
      throw new InvalidArgumentError(
        `Cannot run the routine of ${today}: not trained yet: ${missing.join(", ")}\n  first: await manager.firstTrain(), or: alphabook online first ${this.name}`,
      );
    return this.#work("routine", today);
  }

  /** Adds strategies and trains them for the first time, as of the day the manager has reached. */
  async addStrategies(strategies: OnlineStrategy | readonly OnlineStrategy[]): Promise<this> {
    const added = (Array.isArray(strategies) ? strategies : [strategies]) as OnlineStrategy[];
    checkNames([...this.#strategies, ...added]);
    const opened = await this.#open();
    this.#strategies = [...this.#strategies, ...added];
    await this.#saveConfig(opened);
    await this.#firstTrain(opened.journal.at(-1)?.day ?? opened.config.beginTime);
    return this;
  }

  /**
   * Routines for every trading day from where the manager is to `until`, each with the market as it was known then; with a
   * trainer that delays, all fitting is done afterwards, in the order of the days. Called again it goes on where it ended.
   *
   * @param options.until Default: the last day with data.
   * @returns The signals, as {@link signals}.
   */
  async simulate(options: { readonly until?: DatetimeInput } = {}): Promise<ColumnTable> {
    refuseUnknownOptions(`Cannot simulate ${this.name}`, options, ["until"]);
    const { calendar } = await this.market();
    const end = await this.#tradingDay(options.until);
    const { config } = await this.#open();
    const days = Array.from(calendar.slice({ start: config.beginTime, end }).datetimes, (ms) => formatDatetime(ms));
    const progress = host.progress(`Simulate ${this.name}`, days.length);
    this.#status = "simulating";
    try {
      await this.firstTrain();
      for (const [i, day] of days.entries()) {
        progress.update(i, day);
        if (await this.#isDue(day)) await this.#work("routine", day);
      }
      if (this.#trainer.isDelay()) await this.#finishDelayed();
    } finally {
      this.#status = "online";
      progress.end();
    }
    return this.signals();
  }

  /**
   * The signals: of each date the latest issue.
   *
   * @param options.asOf What was issued up to that day, as it was then.
   * @returns `datetime, instrument, score, issued`, ascending; `issued` is the day of the routine.
   */
  async signals(options: AsOf = {}): Promise<ColumnTable> {
    const asOf = asOfDay("Cannot give signals", options);
    return (await this.#open()).signals.currentTable(asOf);
  }

  /** Everything ever issued, replaced rows too: `datetime, instrument, score, issued`, by day of issue. */
  async signalHistory(): Promise<ColumnTable> {
    return (await this.#open()).signals.all();
  }

  /**
   * The models online, by strategy.
   *
   * @param options.asOf After the routine of that day.
   */
  async onlineModels(options: AsOf = {}): Promise<Readonly<Record<string, readonly Recorder[]>>> {
    const asOf = asOfDay("Cannot give the models online", options);
    const online = onlineAfter(await this.journal(), asOf);
    const models: [string, readonly Recorder[]][] = [];
    for (const [name, ids] of online) models.push([name, await this.#cache.recorders(ids)]);
    return Object.fromEntries(models);
  }

  /** The forecasts of all strategies: `{ pred: { (model class): table } }` under each strategy's name. */
  getCollector(): MergeCollector {
    return new MergeCollector({
      collectorDict: Object.fromEntries(this.#strategies.map((one) => [one.name, one.getCollector()])),
    });
  }

  toString(): string {
    return `OnlineManager(${this.name}, ${this.#strategies.map(({ name }) => name).join(", ")})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  [VIEW](): View {
    return {
      kind: "facts",
      title: `Online manager ${this.name}`,
      facts: { strategies: this.#strategies.map(({ name }) => name).join(", "), status: this.#status },
      notes: ["how it stands: await onlineStatus(manager)"],
    };
  }

  async #firstTrain(day: string): Promise<void> {
    const { journal } = await this.#open();
    await this.#finishBroken(day);
    const trained = onlineAfter(journal);
    if (this.#strategies.every(({ name }) => trained.has(name))) return;
    await this.#work("first", day);
  }

  /** Whether the day has no routine yet, and none after it, or one that broke off. */
  async #isDue(day: string): Promise<boolean> {
    const routines = (await this.journal()).filter(({ kind }) => kind === "routine");
    const entry = routines.find((one) => one.day === day);
    if (entry) return entry.state === "begun" || (entry.state === "planned" && !this.#postpones);
    return routines.length === 0 || routines.at(-1)!.day < day;
  }

  /** What was broken off before `today` is finished first. */
  async #finishBroken(today: string): Promise<void> {
    const opened = await this.#open();
    for (const entry of [...opened.journal]) {
      if (entry.state === "done" || (entry.kind === "routine" && entry.day >= today)) continue;
      if (entry.state === "planned" && this.#postpones) continue;
      await this.#work(entry.kind, entry.day);
    }
  }

  async #finishDelayed(): Promise<void> {
    const planned = (await this.journal()).filter(({ state }) => state !== "done");
    const progress = host.progress("Fit what was planned", planned.length);
    try {
      for (const [i, entry] of planned.entries()) {
        await host.breathe();
        progress.update(i, entry.day);
        await finishDay(entry, await this.#context(entry));
      }
    } finally {
      progress.end();
    }
  }

  async #work(kind: JournalEntry["kind"], day: string): Promise<JournalEntry> {
    const { journal } = await this.#open();
    const found = journal.find((entry) => entry.kind === kind && entry.day === day);
    const isNew = found === undefined || (kind === "first" && found.state === "done");
    const begun: JournalEntry = found
      ? { ...found, ...(isNew && { state: "begun" as const, endedAt: null }) }
      : { kind, day, startedAt: new Date().toISOString(), endedAt: null, state: "begun", strategies: {} };
    const context = await this.#context(begun);
    const planned = begun.state === "begun" ? await planDay(begun, context) : begun;
    return this.#postpones ? planned : finishDay(planned, context);
  }

  get #postpones(): boolean {
    return this.#status === "simulating" && this.#trainer.isDelay();
  }

  async #context({ kind, day }: JournalEntry): Promise<DayContext> {
    const opened = await this.#open();
    const at = opened.journal.findIndex((entry) => entry.kind === kind && entry.day === day);
    const place = at < 0 ? opened.journal.length : at;
    const earlier = opened.journal.slice(0, place);
    const known = onlineAfter(earlier);
    const { address, ...options } = opened.config.market;
    return {
      manager: this.name,
      strategies: this.#strategies.filter(({ name }) => (kind === "first") !== known.has(name)),
      trainer: this.#trainer,
      market: await openMarket(address, { ...options, asOf: day }),
      earlier,
      freeze: opened.config.freeze,
      prepareFunc: this.#prepareFunc,
      signals: opened.signals,
      cache: this.#cache,
      saveEntry: async (entry) => {
        opened.journal[place] = entry;
        await opened.store.saveJournal(opened.journal);
      },
      saveSignals: async (signals) => {
        await opened.store.saveSignals(signals);
        opened.signals = signals;
      },
    };
  }

  #open(): Promise<Opened> {
    return (this.#opened ??= this.#openStored().catch((error: unknown) => {
      this.#opened = undefined;
      throw error;
    }));
  }

  async #openStored(): Promise<Opened> {
    const found = await ManagerStore.find(this.name);
    if (!found) {
      const config = await this.#config();
      return { store: await ManagerStore.create(config), config, journal: [], signals: noSignals() };
    }
    const config = await found.config();
    const opened = { store: found, config, journal: await found.journal(), signals: await found.signals() };
    checkReopened(config, {
      strategies: this.#strategies.map((one) => one.config()),
      market: addressOf(await this.market()),
      beginTime: this.#beginTime === undefined ? undefined : await this.#tradingDay(this.#beginTime),
      freeze: this.#freeze,
    });
    const known = new Set(config.strategies.map(strategyName));
    if (this.#strategies.some(({ name }) => !known.has(name))) await this.#saveConfig(opened);
    return opened;
  }

  async #saveConfig(opened: Opened): Promise<void> {
    opened.config = { ...opened.config, strategies: this.#strategies.map((one) => one.config()) };
    await opened.store.saveConfig(opened.config);
  }

  async #config(): Promise<ManagerConfig> {
    const market = await this.market();
    return {
      name: this.name,
      market: addressOf(market),
      beginTime: await this.#tradingDay(this.#beginTime),
      freeze: this.#freeze ?? "issued",
      trainer: { class: this.#trainer.constructor.name },
      strategies: this.#strategies.map((strategy) => strategy.config()),
    };
  }

  async #openMarket(): Promise<Market> {
    if (this.#given !== undefined) return openGiven(this.#given);
    const stored = await (await ManagerStore.find(this.name))?.config();
    if (stored) return openGiven(stored.market);
    const market = defaultMarket();
    if (market !== undefined) return market;
    throw new InvalidArgumentError(
      `Cannot tell the trading days of online manager "${this.name}": no market\n  e.g. new OnlineManager({ …, market: "folder" }), or once for all: await init({ providerUri: "folder" })`,
    );
  }

  /** The trading day at or before a day, at most the last one with data. */
  async #tradingDay(day: DatetimeInput | undefined): Promise<string> {
    const { calendar } = await this.market();
    const last = calendar.present.lastAtOrBefore(calendar.transformEndDate(day ?? null));
    if (last >= 0) return formatDatetime(calendar.at(last));
    throw new InvalidArgumentError(
      `Cannot find a trading day up to ${dayText(day!)}: the market begins on ${formatDatetime(calendar.first)}`,
    );
  }
}

interface Opened {
  readonly store: ManagerStore;
  config: ManagerConfig;
  readonly journal: JournalEntry[];
  signals: SignalHistory;
}

const dayText = (day: DatetimeInput): string => formatDatetime(parseDatetime(day));
function asOfDay(context: string, options: AsOf): string | null {
  refuseUnknownOptions(context, options, ["asOf"]);
  return options.asOf === undefined ? null : dayText(options.asOf);
}

const noSignals = (): SignalHistory => new SignalHistory();

function checkNames(strategies: readonly OnlineStrategy[]): void {
  const names = strategies.map(({ name }) => name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new InvalidArgumentError(
      `Cannot make an online manager: two strategies are named "${twice}"\n  their runs would share one experiment`,
    );
}

function trainerOf({ name, trainer }: ManagerConfig): Trainer {
  if (["LocalTrainer", "DelayedLocalTrainer"].includes(trainer.class))
    return initInstanceByConfig<Trainer>(trainer, { what: "trainer" });
  throw new ConfigError(
    `Cannot load online manager "${name}": it was made with a ${trainer.class}\n  give one: OnlineManager.load("${name}", { trainer })`,
  );
}
