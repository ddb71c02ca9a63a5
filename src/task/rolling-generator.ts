import type { DateRanges, RollMode } from "../calendar/segment.js";
import { requireRollMode, shiftRange } from "../calendar/segment-arithmetic.js";
import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { ComponentConfig } from "../config/component-config.js";
import { deepcopyBasicType } from "../config/deepcopy-basic-type.js";
import type { DatetimeInput } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { ConfigError, InvalidArgumentError, InvalidSegmentError, UnknownNameError } from "../errors.js";
import type { TaskGenerator } from "./generate-tasks.js";
import { handlerMod, type TaskHook } from "./handler-mod.js";
import { taskSegments, withSegments, type CalendarSource, type Task } from "./task.js";
import { getSegment, labelTruncDays, truncSegments } from "./trunc-segments.js";

export interface RollingGeneratorOptions {
  /** Trading days of one test segment, and from one task to the next. Default 40. */
  readonly step?: number;
  /** `expanding`: train keeps its start and grows; `sliding`: it moves. Default expanding. */
  readonly rtype?: RollMode;
  /** Runs on each task made; null: nothing. Default {@link handlerMod}. */
  readonly dsExtraModFunc?: TaskHook | null;
  /** The segment that is cut into steps. Default `test`. */
  readonly testKey?: string;
  /** The segment that grows when expanding; null: none. Default `train`. */
  readonly trainKey?: string | null;
  /** Trading days between the last day of the other segments and the first test day; null: they stay as they are. */
  readonly truncDays?: number | null;
  /** Instead of `truncDays`: trading days of the label's return, see {@link labelTruncDays}. */
  readonly horizon?: number;
  /** With `horizon`. Default 2. */
  readonly labelLeakDays?: number;
  /** How a task is copied. Default: plain data are copied, objects of classes shared. */
  readonly taskCopyFunc?: (task: Task) => Task;
  /** A test end past the last known day: `open` (null, it grows with the data) or `clamp` (the last known day). Default open. */
  readonly pastEnd?: "open" | "clamp";
}

const OPTIONS: readonly (keyof RollingGeneratorOptions)[] = [
  ...(["step", "rtype", "dsExtraModFunc", "testKey", "trainKey", "truncDays"] as const),
  ...(["horizon", "labelLeakDays", "taskCopyFunc", "pastEnd"] as const),
];

/**
 * Cuts a task's test segment into steps and moves the other segments along: walk-forward training as plain data.
 *
 *     train 01-03 … 01-09, test 01-15 … 01-25, step 3, sliding
 *     ──▶ 01-03 … 01-09 → 01-15 … 01-17,  01-08 … 01-12 → 01-18 … 01-22,  01-11 … 01-17 → 01-23 … 01-25
 *
 * Test segments follow each other without gap or overlap, each `step` trading days long; the last one contains the template's
 * test end and is not cut to it. Where it reaches past the last known day its end is null. With future days in the calendar
 * the end is known, but no task starts after the last day with data.
 *
 * The template is never changed, and no calendar is kept: the same generator gives more tasks when the market has more days.
 *
 * In Qlib: qlib.workflow.task.gen.RollingGen (the registry knows that name too).
 *
 * @example
 * const calendar = TradingCalendar.from(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]);
 * const template = { dataset: { kwargs: { segments: { train: ["2024-01-02", "2024-01-02"], test: ["2024-01-03", null] } } } };
 * new RollingGenerator({ step: 2 }).generate(template, { calendar }).map((task) => task.dataset.kwargs.segments.test) // -> [ [ '2024-01-03', '2024-01-04' ], [ '2024-01-05', null ] ]
 */
export class RollingGenerator implements TaskGenerator {
  static readonly ROLL_EX = "expanding";
  static readonly ROLL_SD = "sliding";

  readonly step: number;
  readonly rtype: RollMode;
  readonly testKey: string;
  readonly trainKey: string | null;
  readonly truncDays: number | null;
  readonly pastEnd: "open" | "clamp";
  readonly #hook: TaskHook | null;
  readonly #copy: (task: Task) => Task;

  /** @throws InvalidArgumentError unless `step` is a whole number from 1 on; UnknownNameError for another `rtype`. */
  constructor(options: RollingGeneratorOptions = {}) {
    refuseUnknownOptions("Cannot roll", options, OPTIONS);
    const { step = 40, rtype = "expanding", testKey = "test", trainKey = "train", pastEnd = "open" } = options;
    if (!Number.isInteger(step) || step < 1)
      throw new InvalidArgumentError(
        `Cannot roll: step is ${String(step)}\n  expected: trading days, a whole number from 1 on`,
      );
    requireRollMode(rtype);
    if (pastEnd !== "open" && pastEnd !== "clamp")
      throw new UnknownNameError("pastEnd", String(pastEnd), ["open", "clamp"]);
    [this.step, this.rtype, this.testKey, this.trainKey, this.pastEnd] = [step, rtype, testKey, trainKey, pastEnd];
    this.truncDays = truncDaysOf(options);
    this.#hook = options.dsExtraModFunc === undefined ? handlerMod : options.dsExtraModFunc;
    this.#copy = options.taskCopyFunc ?? deepcopyBasicType;
  }

  /**
   * All tasks up to the template's test end, or to the last day with data where that is open or later.
   *
   * @throws InvalidSegmentError without a test start. UnknownNameError when a segment named by an option is missing.
   * EmptySegmentError when a segment has no trading day, or keeps none before the test. CalendarRangeError outside the calendar.
   */
  generate(task: Task, source: CalendarSource): Task[] {
    const { calendar } = source;
    this.#requireKeys(taskSegments(task));
    const aligned = calendar.alignSeg(taskSegments(task));
    const [start, end] = aligned[this.testKey]!;
    if (start === null)
      throw new InvalidSegmentError(
        `Cannot roll: segment "${this.testKey}" has no start\n  give it one; its end may be null`,
      );
    const testEnd = calendar.transformEndDate(end);
    const oneDay = [start, start] as const;
    const test = this.#shift(calendar, oneDay, this.testKey, this.step - 1, "expanding");
    const whole = { ...aligned, [this.testKey]: test };
    const segments =
      this.truncDays === null ? whole : truncSegments(source, whole, { days: this.truncDays, testKey: this.testKey });
    const first = this.#make(task, segments, calendar);
    return [first, ...this.genFollowingTasks(first, testEnd, source)];
  }

  /**
   * The tasks that follow one, as far as their test segments start by `testEnd`; made one by one, `task` itself not among them.
   *
   * Each is a copy of `task`, so what a hook changes does not add up. A task appears on the day its test segment begins.
   *
   * @param testEnd Null: the last day with data.
   */
  *genFollowingTasks(task: Task, testEnd: DatetimeInput | null, { calendar }: CalendarSource): Generator<Task, void> {
    let segments = taskSegments(task);
    this.#requireKeys(segments);
    if (getSegment(segments, this.testKey)[0] == null)
      throw new InvalidSegmentError(`Cannot roll: segment "${this.testKey}" has no start`);
    const last = calendar.lastAtOrBefore(testEnd ?? calendar.transformEndDate());
    while (this.#nextStartsBy(calendar, segments, last)) {
      segments = Object.fromEntries(
        Object.entries(segments).map(([name, range]) => [
          name,
          this.#shift(calendar, range, name, this.step, this.#modeOf(name)),
        ]),
      );
      yield this.#make(task, segments, calendar);
    }
  }

  /** Makes an equal generator again. @throws ConfigError when it has functions of one's own, which data cannot hold. */
  config(): ComponentConfig {
    if ((this.#hook !== null && this.#hook !== handlerMod) || this.#copy !== deepcopyBasicType)
      throw new ConfigError(
        "Cannot keep a RollingGenerator as data: it was made with dsExtraModFunc or taskCopyFunc\n  give the generator again when it is loaded",
      );
    const { step, rtype, testKey, trainKey, truncDays, pastEnd } = this;
    const kwargs = { step, rtype, testKey, trainKey, truncDays, pastEnd };
    return { class: "RollingGenerator", kwargs: this.#hook === null ? { ...kwargs, dsExtraModFunc: null } : kwargs };
  }

  toString(): string {
    return `RollingGenerator(step ${this.step}, ${this.rtype}${this.truncDays === null ? "" : `, ${this.truncDays} days before ${this.testKey}`})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }

  #modeOf(name: string): RollMode {
    return name === this.trainKey ? this.rtype : "sliding";
  }

  #shift(calendar: TradingCalendar, range: DateRanges[string], name: string, step: number, rtype: RollMode) {
    return shiftRange(calendar, range, step, { rtype, pastEnd: this.pastEnd }, `segment "${name}"`);
  }

  /** Whether, one step on, every segment starts inside the calendar and the test by the index `last`. */
  #nextStartsBy(calendar: TradingCalendar, segments: DateRanges, last: number): boolean {
    return Object.entries(segments).every(([name, [start]]) => {
      if (start == null) return true;
      const next = calendar.firstAtOrAfter(start) + (this.#modeOf(name) === "sliding" ? this.step : 0);
      return next < calendar.length && (name !== this.testKey || next <= last);
    });
  }

  #make(task: Task, segments: DateRanges, calendar: TradingCalendar): Task {
    const made = withSegments(this.#copy(task), segments);
    return this.#hook?.(made, { calendar, testKey: this.testKey }) ?? made;
  }

  #requireKeys(segments: DateRanges): void {
    getSegment(segments, this.testKey);
    if (this.rtype === "expanding" && this.trainKey !== null) getSegment(segments, this.trainKey);
  }
}

function truncDaysOf({ truncDays = null, horizon, labelLeakDays }: RollingGeneratorOptions): number | null {
  if (horizon === undefined && labelLeakDays !== undefined)
    throw new InvalidArgumentError("Cannot roll: labelLeakDays without horizon\n  give both, or truncDays");
  if (horizon !== undefined && truncDays !== null)
    throw new InvalidArgumentError("Cannot roll: truncDays and horizon say the same thing twice\n  give one of them");
  if (horizon !== undefined) return labelTruncDays(horizon, labelLeakDays);
  if (truncDays !== null && (!Number.isInteger(truncDays) || truncDays < 0))
    throw new InvalidArgumentError(
      `Cannot roll: truncDays is ${truncDays}\n  expected: trading days, a whole number from 0 on`,
    );
  return truncDays;
}
