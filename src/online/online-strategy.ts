import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { ComponentConfig } from "../config/component-config.js";
import type { RecorderCollector } from "../collector/recorder-collector.js";
import { InvalidArgumentError } from "../errors.js";
import type { Task } from "../task/task.js";
import type { Recorder } from "../tracking/recorder.js";

/** What a strategy may know when it plans. */
export interface PlanContext {
  /** The day of the routine, `YYYY-MM-DD`. */
  readonly now: string;
  /** Trading days up to it. */
  readonly calendar: TradingCalendar;
  /** The tasks of the models that are online. */
  readonly online: readonly Task[];
}

/**
 * Which models a practice trains, and when; which of them are used.
 *
 * A strategy of one's own extends this class. It keeps nothing between days: what is online comes with the context, so
 * that a routine can be run again.
 *
 * In Qlib: qlib.workflow.online.strategy.OnlineStrategy
 */
export abstract class OnlineStrategy {
  /** Its name, and that of the experiment of its runs. */
  readonly name: string;

  /** @throws InvalidArgumentError for an empty name. */
  constructor(name: string) {
    if (typeof name !== "string" || name.trim() === "")
      throw new InvalidArgumentError(`Cannot make an online strategy: its name is ${JSON.stringify(name)}`);
    this.name = name;
  }

  /** What is trained before the first routine. */
  abstract firstTasks(context: PlanContext): readonly Task[];

  /** What is due on a later day; often nothing. */
  abstract prepareTasks(context: PlanContext): readonly Task[];

  /** Makes an equal strategy again. @throws ConfigError when it holds what data cannot. */
  abstract config(): ComponentConfig;

  /** Its forecasts, collected. */
  abstract getCollector(): RecorderCollector;

  /** Which models are online from now on: the new ones, or when there are none those that are. */
  prepareOnlineModels(trained: readonly Recorder[], online: readonly Recorder[]): readonly Recorder[] {
    return trained.length > 0 ? trained : online;
  }
}
