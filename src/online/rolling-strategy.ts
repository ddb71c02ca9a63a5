import { rollingGroup } from "../collector/group.js";
import { RecorderCollector } from "../collector/recorder-collector.js";
import { classNameOf, isComponentConfig, type ComponentConfig } from "../config/component-config.js";
import { parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { host } from "../host/host.js";
import { generateTasks } from "../task/generate-tasks.js";
import { RollingGenerator, type RollingGeneratorOptions } from "../task/rolling-generator.js";
import { taskSegments, type Task } from "../task/task.js";
import { getSegment } from "../task/trunc-segments.js";
import { OnlineStrategy, type PlanContext } from "./online-strategy.js";
import { keptTask } from "./task-as-of.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";

export interface RollingStrategyOptions {
  /** Its name, and that of the experiment of its runs. */
  readonly name: string;
  /** One training or several: all of them are rolled. Without `record` the prediction is recorded. */
  readonly taskTemplate: Task | readonly Task[];
  /** How they are rolled; options, or a generator. */
  readonly rollingGen: RollingGenerator | RollingGeneratorOptions;
}

/**
 * Trains the templates anew every so many days: at first all rolls up to today, later each roll on the day its test
 * segment begins. The newest rolls are online.
 *
 * In Qlib: qlib.workflow.online.strategy.RollingStrategy
 *
 * @example
 * const task = { dataset: { kwargs: { handler: { class: "Alpha158" }, segments: { test: ["2024-01-02", null] } } } };
 * new RollingStrategy({ name: "ridge", taskTemplate: task, rollingGen: { step: 20, rtype: "sliding" } }).name // -> ridge
 */
export class RollingStrategy extends OnlineStrategy {
  readonly taskTemplate: readonly Task[];
  readonly rollingGen: RollingGenerator;

  /** @throws ConfigError for a template that cannot be kept as data. */
  constructor(options: RollingStrategyOptions) {
    const { name, taskTemplate, rollingGen } = options;
    super(name);
    refuseUnknownOptions(`Cannot make strategy "${name}"`, options, ["name", "taskTemplate", "rollingGen"]);
    const templates = Array.isArray(taskTemplate) ? (taskTemplate as readonly Task[]) : [taskTemplate as Task];
    this.taskTemplate = templates.map((task, template) => ({
      ...keptTask({ record: { class: "SignalRecord" }, ...task }, `template ${template + 1} of strategy "${name}"`),
      template,
    }));
    this.rollingGen = rollingGen instanceof RollingGenerator ? rollingGen : new RollingGenerator(rollingGen);
  }

  override firstTasks({ calendar }: PlanContext): Task[] {
    return generateTasks(this.taskTemplate, this.rollingGen, { calendar });
  }

  /** The rolls that follow the newest online ones and whose test has begun. */
  override prepareTasks({ calendar, now, online }: PlanContext): Task[] {
    if (online.length === 0) {
      host.notice(
        `Strategy "${this.name}" has no model online: nothing to roll on\n  first: await manager.firstTrain()`,
      );
      return [];
    }
    const ends = online.map((task) => this.#test(task));
    const newest = ends.reduce((a, b) => (isLater(b, a) ? b : a));
    const latest = online.filter((_, i) => !isLater(newest, ends[i]!));
    return latest.flatMap((task) => [...this.rollingGen.genFollowingTasks(task, now, { calendar })]);
  }

  override config(): ComponentConfig {
    const taskTemplate = this.taskTemplate.map(({ template: _, ...task }) => task);
    return {
      class: "RollingStrategy",
      kwargs: { name: this.name, taskTemplate, rollingGen: this.rollingGen.config().kwargs },
    };
  }

  /** One table a model class; where several templates have one class, one a template. */
  override getCollector(): RecorderCollector {
    return new RecorderCollector({
      experiment: this.name,
      processList: rollingGroup(),
      recKeyFunc: async (run) => {
        const task = (await run.loadObject("task")) as Task;
        const name = isComponentConfig(task.model) ? classNameOf(task.model.class) : "";
        const template = this.taskTemplate.length > 1 ? [`template ${Number(task.template) + 1}`] : [];
        return [name, ...template, JSON.stringify(taskSegments(task)[this.rollingGen.testKey])];
      },
    });
  }

  #test(task: Task): readonly [number, number] {
    const [start, end] = getSegment(taskSegments(task), this.rollingGen.testKey);
    const ms = (time: DatetimeInput | null | undefined, open: number) => (time == null ? open : parseDatetime(time));
    return [ms(start, -Infinity), ms(end, Infinity)];
  }
}

const isLater = (a: readonly [number, number], b: readonly [number, number]): boolean =>
  a[0] > b[0] || (a[0] === b[0] && a[1] > b[1]);
