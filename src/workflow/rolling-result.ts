import { rangeText } from "../calendar/segment.js";
import { VIEW, type View, type Viewable } from "../panel/view.js";
import { taskSegments, type Task } from "../task/task.js";
import type { Recorder } from "../tracking/recorder.js";
import type { TrainOutcome } from "../trainer/trainer.js";
import type { RollingGap } from "./rolling-gaps.js";

/** What a rolling experiment gives; a cell that ends with it shows one row a roll. */
export class RollingResult implements Viewable {
  /** The run with the rolled prediction: `result.recorder.report()` draws it. */
  readonly recorder: Recorder;
  readonly outcomes: readonly TrainOutcome[];
  /** Days without a forecast, by roll; empty when there are none. */
  readonly gaps: readonly RollingGap[];
  readonly tasks: readonly Task[];

  constructor(parts: Pick<RollingResult, "recorder" | "outcomes" | "gaps" | "tasks">) {
    this.recorder = parts.recorder;
    this.outcomes = parts.outcomes;
    this.gaps = parts.gaps;
    this.tasks = parts.tasks;
  }

  /** Trading days of all gaps. */
  get missingDays(): number {
    return this.gaps.reduce((sum, gap) => sum + gap.missingDays, 0);
  }

  [VIEW](): View {
    const { IC, "Rank IC": rankIc } = this.recorder.metrics;
    return {
      kind: "table",
      title: `Rolling: ${this.tasks.length} trainings, one prediction`,
      facts: { run: this.recorder.name, IC, "Rank IC": rankIc, "days without forecast": this.missingDays },
      table: this.tasks.map((task, i) => {
        const { train, test } = taskSegments(task);
        const gap = this.gaps.find(({ roll }) => roll === i + 1);
        return {
          roll: i + 1,
          train: train ? rangeText(train as [string, string]) : null,
          test: test ? rangeText(test as [string, string]) : null,
          status: this.outcomes[i]!.status,
          "missing days": gap?.missingDays ?? 0,
        };
      }),
      notes: this.gaps.map(
        ({ roll, test, days, missingDays, reason }) =>
          `roll ${roll} (${test}): ${missingDays} of ${days} days without a forecast, ${reason}`,
      ),
    };
  }

  toString(): string {
    const missing = this.missingDays ? `, ${this.missingDays} days without a forecast` : "";
    return `RollingResult(${this.tasks.length} rolls, run "${this.recorder.name}"${missing})`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    return this.toString();
  }
}
