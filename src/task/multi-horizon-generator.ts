import { deepcopyBasicType } from "../config/deepcopy-basic-type.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import type { TaskGenerator } from "./generate-tasks.js";
import { taskSegments, withSegments, type CalendarSource, type Task } from "./task.js";
import { labelTruncDays, truncSegments } from "./trunc-segments.js";

export interface MultiHorizonGeneratorOptions {
  /** Trading days of the label's return, one task each. Default [5]. */
  readonly horizon?: readonly number[];
  /** Days between the last training day and the test beyond the horizon, see {@link labelTruncDays}. Default 2. */
  readonly labelLeakDays?: number;
  /** Writes the horizon into a task, which is its own copy; or returns another task in its place. */
  readonly setHorizon: (task: Task, horizon: number) => Task | void;
}

/**
 * One task for each horizon of the label; train and valid end early enough for none of their labels to reach into the test.
 *
 * The test segment is named `test` and only aligned. The template is never changed.
 *
 * In Qlib: qlib.workflow.task.gen.MultiHorizonGenBase.
 *
 * @example
 * const calendar = TradingCalendar.from(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]);
 * const template = { dataset: { kwargs: { segments: { train: ["2024-01-02", "2024-01-04"], test: ["2024-01-05", null] } } } };
 * const generator = new MultiHorizonGenerator({ horizon: [1], setHorizon: (task, horizon) => ({ ...task, horizon }) });
 * generator.generate(template, { calendar })[0].dataset.kwargs.segments.train // -> [ '2024-01-02', '2024-01-02' ]
 */
export class MultiHorizonGenerator implements TaskGenerator {
  readonly horizon: readonly number[];
  readonly labelLeakDays: number;
  readonly #setHorizon: MultiHorizonGeneratorOptions["setHorizon"];

  /** @throws InvalidArgumentError for a horizon that is no whole number from 1 on. */
  constructor(options: MultiHorizonGeneratorOptions) {
    refuseUnknownOptions("Cannot make tasks for horizons", options, ["horizon", "labelLeakDays", "setHorizon"]);
    const { horizon = [5], labelLeakDays = 2, setHorizon } = options;
    if (typeof setHorizon !== "function")
      throw new InvalidArgumentError(
        "Cannot make tasks for horizons: setHorizon is no function\n  expected: (task, horizon) => task with the label of that horizon",
      );
    for (const days of horizon) labelTruncDays(days, labelLeakDays);
    [this.horizon, this.labelLeakDays, this.#setHorizon] = [[...horizon], labelLeakDays, setHorizon];
  }

  /** @throws EmptySegmentError when a segment keeps no day for a horizon. */
  generate(task: Task, source: CalendarSource): Task[] {
    return this.horizon.map((horizon) => {
      const copy = deepcopyBasicType(task);
      const set = this.#setHorizon(copy, horizon) ?? copy;
      const days = labelTruncDays(horizon, this.labelLeakDays);
      return withSegments(set, truncSegments(source, source.calendar.alignSeg(taskSegments(set)), { days }));
    });
  }
}
