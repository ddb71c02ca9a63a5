import { isComponentConfig, type ComponentConfig } from "../config/component-config.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import { updateConfig } from "../config/update-config.js";
import { defaultMarket } from "../data/default-market.js";
import { openMarket, type OpenMarketOptions } from "../data/open-market.js";
import type { DatetimeInput } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { ConfigError, DataError } from "../errors.js";
import { planTasks, type TaskPlan } from "../task/plan-tasks.js";
import { RollingGenerator, type RollingGeneratorOptions } from "../task/rolling-generator.js";
import { taskSegments, withSegments, type CalendarSource, type Task } from "../task/task.js";
import type { Recorder } from "../tracking/recorder.js";
import { LocalTrainer } from "../trainer/local-trainer.js";
import { taskTrain } from "../trainer/task-train.js";
import { asList, type Trainer } from "../trainer/trainer.js";
import { recordRolled } from "./record-rolled.js";
import { rollPredictions } from "./roll-predictions.js";
import { findGaps } from "./rolling-gaps.js";
import { RollingResult } from "./rolling-result.js";

export interface RollingExperimentOptions {
  /** The training to roll: one model on one train and one long test segment. */
  readonly task: Task;
  /** Where the rolled prediction is recorded. Default `Rolling`. */
  readonly experimentName?: string;
  /** Where the single trainings are kept. Default: `experimentName` and ` rolls`. */
  readonly rollingExp?: string;
  /**
   * Trading days of the label's return: the label becomes `Ref($close, -(h+1))/Ref($close, -1)-1`, and the other
   * segments end h + 2
   * days before the test. null: the task keeps its label, and `truncDays` says where segments end. Default 20.
   */
  readonly horizon?: number | null;
  /** Trading days from one training to the next. Default 20. */
  readonly step?: number;
  /** Default `expanding`. */
  readonly rtype?: RollingGeneratorOptions["rtype"];
  /** Only where `horizon` is null. Default none. */
  readonly truncDays?: number | null;
  /** Instead of the task's own. */
  readonly trainStart?: DatetimeInput;
  readonly testEnd?: DatetimeInput;
  /** Laid over the task, as `updateConfig` does it. */
  readonly taskExtConf?: Readonly<Record<string, unknown>>;
  /** Market or `{ calendar }`. Default: the market of the task's handler. */
  readonly source?: CalendarSource;
  /** Trains the tasks. Default a {@link LocalTrainer}. */
  readonly trainer?: Trainer;
}

const OPTIONS: readonly (keyof RollingExperimentOptions)[] = [
  ...(["task", "experimentName", "rollingExp", "horizon", "step", "rtype", "truncDays"] as const),
  ...(["trainStart", "testEnd", "taskExtConf", "source", "trainer"] as const),
];

export interface RollingRunOptions {
  /**
   * `missing` (default) takes the good runs there are of the same tasks; `always` trains all again. Nothing is deleted.
   */
  readonly rerun?: "missing" | "always";
  /** Name of the run with the rolled prediction. Default `rolling`. */
  readonly recorderName?: string;
}

/**
 * One strategy of training, judged as it would have been used: trained again every `step` days, each model forecasting
 * the days up
 * to the next, all forecasts joined into one prediction that is analysed like any other.
 *
 * What each part does can be seen before it runs: `baseTask()` → `tasks()` → `plan()` → `run()`. A second `run()` after
 * an interrupt or
 * a failure trains only what is missing; days without a forecast are reported, not filled.
 *
 * In Qlib: qlib.contrib.rolling.base.Rolling, which deletes the experiment of the rolls and starts again
 *
 * @example
 * new RollingExperiment({ task: { dataset: { kwargs: { segments: {} } } }, step: 60 }).rollingExp // -> Rolling rolls
 */
export class RollingExperiment {
  readonly experimentName: string;
  readonly rollingExp: string;
  readonly #options: RollingExperimentOptions;
  #source: CalendarSource | undefined;

  constructor(options: RollingExperimentOptions) {
    refuseUnknownOptions("Cannot make a rolling experiment", options, OPTIONS);
    this.#options = options;
    this.experimentName = options.experimentName ?? "Rolling";
    this.rollingExp = options.rollingExp ?? `${this.experimentName} rolls`;
    this.#source = options.source;
  }

  /** The task as it is rolled: dates, then label, then extensions. @throws ConfigError where a label cannot be set. */
  baseTask(): Task {
    const { task, trainStart, testEnd, taskExtConf, horizon = 20 } = this.#options;
    const { train, test, ...others } = taskSegments(task);
    const segments = {
      ...(train && { train: [trainStart ?? train[0], train[1]] as const }),
      ...others,
      ...(test && { test: [test[0], testEnd ?? test[1]] as const }),
    };
    const dated = withSegments(task, segments);
    const labelled = horizon === null ? dated : withLabel(dated, horizon);
    return taskExtConf === undefined ? labelled : (updateConfig(labelled, taskExtConf) as unknown as Task);
  }

  /** One task a roll; each records only its prediction. The last test segment ends with the last day known. */
  async tasks(): Promise<Task[]> {
    const { horizon = 20, step = 20, rtype, truncDays } = this.#options;
    const generator = new RollingGenerator({
      step,
      pastEnd: "clamp",
      ...(rtype !== undefined && { rtype }),
      ...(horizon === null ? { truncDays: truncDays ?? null } : { horizon }),
    });
    const source = await this.#calendarSource();
    const rolls = generator.generate(this.baseTask(), source);
    return rolls.map((task) => ({ ...task, record: [{ class: "SignalRecord" }] }));
  }

  /** The segments of all tasks, before anything runs. */
  async plan(): Promise<TaskPlan> {
    return planTasks(await this.tasks(), await this.#calendarSource());
  }

  /** Trains the task as it is, not rolled, with its own records: what rolling is compared with. */
  runBase(recorderName = "base"): Promise<Recorder> {
    return taskTrain(this.baseTask(), { experimentName: this.experimentName, recorderName });
  }

  /**
   * Trains what is missing, joins the forecasts and records them in one run: `pred`, `label`, `dataset`, the tags of a
   * trial, then the
   * task's own records except SignalRecord (without any: SigAnaRecord).
   *
   * @returns The run, its gaps and what became of each roll. @throws DataError when no roll has a prediction.
   */
  async run(options: RollingRunOptions = {}): Promise<RollingResult> {
    refuseUnknownOptions("Cannot run a rolling experiment", options, ["rerun", "recorderName"]);
    const { rerun = "missing", recorderName = "rolling" } = options;
    const tasks = await this.tasks();
    const { calendar } = await this.#calendarSource();
    const { trainer = new LocalTrainer() } = this.#options;
    const outcomes = await trainer.settle(tasks, { experimentName: this.rollingExp, rerun });
    const runs = await trainer.endTrain(outcomes.flatMap(({ recorder }) => (recorder ? [recorder] : [])));
    if (runs.length === 0)
      throw new DataError(`Cannot roll: none of ${tasks.length} trainings succeeded`, { cause: outcomes[0]?.error });
    const rolled = await rollPredictions(runs);
    const gaps = findGaps({ tasks, outcomes, calendar, pred: rolled.pred });
    const record = this.baseTask().record as ComponentConfig | readonly ComponentConfig[] | undefined;
    const recorder = await recordRolled({
      ...{ rolled, runs, gaps, recorderName },
      experimentName: this.experimentName,
      params: this.#params(tasks.length),
      records: analysesOf(record),
    });
    return new RollingResult({ recorder, outcomes, gaps, tasks });
  }

  #params(rolls: number): Record<string, unknown> {
    const { horizon = 20, step = 20, rtype = "expanding" } = this.#options;
    return { exp_name: this.rollingExp, rolls, step, horizon, rtype };
  }

  async #calendarSource(): Promise<CalendarSource> {
    return (this.#source ??= await marketOf(this.#options.task));
  }
}

function withLabel(task: Task, horizon: number): Task {
  const { handler } = task.dataset.kwargs;
  if (!isComponentConfig(handler))
    throw new ConfigError(
      `Cannot set the label of a rolling task: its handler is no configuration { class, kwargs }\n  horizon: null keeps the label it has`,
    );
  const label = [`Ref($close, -${horizon + 1})/Ref($close, -1)-1`];
  const changed = { ...handler, kwargs: { ...handler.kwargs, label } };
  return { ...task, dataset: { ...task.dataset, kwargs: { ...task.dataset.kwargs, handler: changed } } };
}

async function marketOf(task: Task): Promise<CalendarSource> {
  const { handler } = task.dataset.kwargs;
  const named = isComponentConfig(handler) ? handler.kwargs : (handler as { market?: unknown } | undefined);
  const given = named?.market ?? defaultMarket();
  if (typeof given === "string") return openMarket(given);
  if (isPlainObject(given) && typeof given.address === "string") {
    const { address, ...options } = given;
    return openMarket(address, options as OpenMarketOptions);
  }
  if (given !== undefined && given !== null) return given as CalendarSource;
  throw new ConfigError(
    "Cannot roll: the task's handler names no market, so its trading days are not known\n  give one: new RollingExperiment({ task, source: market })",
  );
}

function analysesOf(record: ComponentConfig | readonly ComponentConfig[] | undefined): readonly ComponentConfig[] {
  const list = record === undefined ? [] : asList(record);
  const analyses = list.filter((one) => !(one.class ?? String(one)).endsWith("SignalRecord"));
  return analyses.length > 0 ? analyses : [{ class: "SigAnaRecord" }];
}
