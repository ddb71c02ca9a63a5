import type { Market } from "../data/market.js";
import { formatDatetime } from "../engine/datetime.js";
import { host } from "../host/host.js";
import type { Task } from "../task/task.js";
import type { Recorder } from "../tracking/recorder.js";
import type { Trainer } from "../trainer/trainer.js";
import { computeSignals, type PrepareFunc } from "./compute-signals.js";
import { onlineAfter, type JournalEntry, type RunUpdate, type StrategyStep } from "./journal.js";
import { newSignals, type Freeze } from "./merge-signals.js";
import { OnlineToolR, updatePredictions } from "./online-tool-r.js";
import type { OnlineStrategy } from "./online-strategy.js";
import type { RunCache } from "./run-cache.js";
import type { SignalHistory } from "./signal-history.js";
import { taskAsOf } from "./task-as-of.js";

/** What a day's work needs; `save…` have written when they resolve. */
export interface DayContext {
  readonly manager: string;
  readonly strategies: readonly OnlineStrategy[];
  readonly trainer: Trainer;
  /** The market as it was known on the day. */
  readonly market: Market;
  /** Journal entries before this day's. */
  readonly earlier: readonly JournalEntry[];
  readonly freeze: Freeze;
  readonly prepareFunc: PrepareFunc;
  readonly signals: SignalHistory;
  readonly cache: RunCache;
  saveEntry(entry: JournalEntry): Promise<void>;
  saveSignals(signals: SignalHistory): Promise<void>;
}

/**
 * The first half of a day: for each strategy, what is due, a run for it, and which models are online then.
 *
 * Each step is written down when it is done; called again with what was written, it goes on from there.
 */
export async function planDay(given: JournalEntry, context: DayContext): Promise<JournalEntry> {
  let entry = given;
  const before = onlineAfter(context.earlier);
  const note = async (strategy: OnlineStrategy, step: StrategyStep) => {
    const strategies = { ...entry.strategies, [strategy.name]: { ...entry.strategies[strategy.name], ...step } };
    await context.saveEntry((entry = { ...entry, strategies }));
  };
  for (const strategy of context.strategies) {
    await host.breathe();
    const online = await context.cache.recorders(before.get(strategy.name) ?? []);
    const at = () => entry.strategies[strategy.name] ?? {};
    if (!at().tasks) {
      const tasks = await tasksOf(entry, strategy, online, context);
      // A day without training is most days: nothing of it needs to be written down step by step.
      const rest = tasks.length > 0 ? {} : { runs: [], online: keptOnline(strategy, online), fitted: true };
      await note(strategy, { tasks, ...rest });
    }
    if (!at().runs) await note(strategy, { tasks: [], runs: idsOf(await train(at().tasks!, strategy, context)) });
    if (!at().online) {
      const trained = await context.cache.recorders(at().runs!);
      await note(strategy, { online: idsOf(strategy.prepareOnlineModels(trained, online)) });
    }
  }
  if (entry.state === "begun") await context.saveEntry((entry = { ...entry, state: "planned" }));
  return entry;
}

/** The second half: models fitted and tagged, predictions extended to the day, signals issued. */
export async function finishDay(given: JournalEntry, context: DayContext): Promise<JournalEntry> {
  let entry = given;
  const before = onlineAfter(context.earlier);
  const note = async (name: string, step: StrategyStep) => {
    await context.saveEntry(
      (entry = { ...entry, strategies: { ...entry.strategies, [name]: { ...entry.strategies[name], ...step } } }),
    );
  };
  const names = context.strategies.map(({ name }) => name).filter((name) => entry.strategies[name]);
  for (const name of names) {
    await host.breathe();
    const { runs = [], online = [], fitted = false } = entry.strategies[name]!;
    if (fitted) continue;
    if (runs.length > 0) await context.trainer.endTrain(await context.cache.recorders(runs));
    await new OnlineToolR({ defaultExpName: name }).resetOnlineTag(await context.cache.recorders(online));
    await note(name, { fitted: true });
  }
  if (entry.kind === "routine") {
    for (const name of names) {
      if (entry.strategies[name]!.updates) continue;
      const { online = [] } = entry.strategies[name]!;
      const leaving = (before.get(name) ?? []).filter((id) => !online.includes(id));
      await note(name, { updates: await extendPredictions(leaving, online, entry.day, context) });
    }
    if (!entry.signals) entry = { ...entry, signals: await issueSignals(entry, context) };
  }
  await context.saveEntry((entry = { ...entry, state: "done", endedAt: new Date().toISOString() }));
  return entry;
}

const keptOnline = (strategy: OnlineStrategy, online: readonly Recorder[]) =>
  idsOf(strategy.prepareOnlineModels([], online));

async function tasksOf(
  { kind, day }: JournalEntry,
  strategy: OnlineStrategy,
  online: readonly Recorder[],
  { manager, market, cache }: DayContext,
): Promise<Task[]> {
  const tasks: Task[] = [];
  for (const recorder of online) tasks.push(await cache.task(recorder));
  const context = { now: day, calendar: market.calendar, online: tasks };
  const due = kind === "first" ? strategy.firstTasks(context) : strategy.prepareTasks(context);
  // The name keeps the runs of two managers apart: what is trained for one is extended day by day for that one.
  return due.map((task) => ({ ...taskAsOf(task, day, market), manager }));
}

/** Runs for tasks; those that an interrupted try made already are found again. */
async function train(tasks: readonly Task[], strategy: OnlineStrategy, { trainer }: DayContext): Promise<Recorder[]> {
  if (tasks.length === 0) return [];
  return trainer.train(tasks, { experimentName: strategy.name, rerun: "missing" });
}

/**
 * Each model forecasts the days up to the day, but none that a later roll of its template forecasts: models that leave get
 * the days that no routine was run on.
 */
async function extendPredictions(
  leaving: readonly string[],
  online: readonly string[],
  day: string,
  { cache, market: { calendar } }: DayContext,
): Promise<RunUpdate[]> {
  const runs = await cache.recorders([...leaving, ...online]);
  const rolls = await Promise.all(runs.map((run) => cache.roll(run)));
  const updates: RunUpdate[] = [];
  for (const [i, { run, template, start }] of rolls.entries()) {
    const later = rolls.filter((one) => one.template === template && one.start > start).map((one) => one.start);
    const first = later.length > 0 ? calendar.firstAtOrAfter(Math.min(...later)) : undefined;
    if (first === 0 || (first === undefined && i < leaving.length)) continue;
    const until = first === undefined ? day : formatDatetime(calendar.at(Math.min(first, calendar.length) - 1));
    for (const { status, rows, error } of await updatePredictions([run], {
      toDate: until,
      market: await cache.market(run, day),
    }))
      updates.push({ run: run.id, status, rows, ...(error !== undefined && { message: messageOf(error) }) });
  }
  return updates;
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Of the models online and of those before them: all others have had their say. */
async function issueSignals(entry: JournalEntry, context: DayContext): Promise<NonNullable<JournalEntry["signals"]>> {
  const [before, now] = [onlineAfter(context.earlier), onlineAfter([...context.earlier, entry])];
  const runs = new Map<string, readonly Recorder[]>();
  for (const [name, online] of now)
    runs.set(name, await context.cache.recorders([...new Set([...online, ...(before.get(name) ?? [])])]));
  const computed = await computeSignals(runs, context);
  const nothing = { rows: 0, from: null, to: null };
  if (!computed) {
    host.notice(`${entry.day}: no model that is online has a prediction, so there is no signal`);
    return nothing;
  }
  const issuedBefore = context.signals.with(entry.day, undefined);
  const previousDay = context.earlier.findLast(({ kind }) => kind === "routine")?.day ?? null;
  const fresh = newSignals(issuedBefore.current(), computed, { freeze: context.freeze, previousDay });
  if (!fresh) return nothing;
  await context.saveSignals(issuedBefore.with(entry.day, fresh));
  const [from, to] = [fresh.dates[0]!, fresh.dates.at(-1)!].map((date) => formatDatetime(date));
  return { rows: fresh.numRows, from: from!, to: to! };
}

const idsOf = (recorders: readonly Recorder[]): string[] => recorders.map(({ id }) => id);
