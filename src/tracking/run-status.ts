import { durationText } from "../host/duration-text.js";
import { VIEW, type View } from "../panel/view.js";
import { readSketches, type MetricSketch } from "../store/run-queries.js";
import type { Recorder } from "./recorder.js";
import { sparkline } from "./sparkline.js";

/** Bars of a sparkline. */
const BARS = 30;
/** More metrics than this are counted, not shown. */
const SHOWN_METRICS = 30;

/** How far a run is, at one moment. */
export class RunStatus {
  readonly run: Recorder;
  readonly metrics: ReadonlyMap<string, MetricSketch>;
  readonly now: Date;

  private constructor(run: Recorder, metrics: ReadonlyMap<string, MetricSketch>, now: Date) {
    this.run = run;
    this.metrics = metrics;
    this.now = now;
  }

  static async read(run: Recorder): Promise<RunStatus> {
    const metrics = await readSketches(run.store, run.id, BARS);
    return new RunStatus(run, metrics, new Date());
  }

  /** Seconds since the run began; of an ended one, those it took. */
  get elapsed(): number {
    const { startTime, endTime } = this.run;
    return startTime ? ((endTime ?? this.now).getTime() - startTime.getTime()) / 1000 : 0;
  }

  [VIEW](): View {
    const { run, metrics } = this;
    const { name, status, info, owner } = run;
    const shown = [...metrics].slice(0, SHOWN_METRICS);
    const steps = [...metrics.values()].map(({ step }) => step);
    return {
      kind: "run-status",
      title: name,
      facts: {
        status: info.reason === undefined ? status : `${status} (${info.reason})`,
        elapsed: durationText(this.elapsed),
        ...(steps.length && { step: Math.max(...steps) }),
        "run by": status === "RUNNING" ? owner : undefined,
      },
      ...(shown.length && {
        table: shown.map(([metric, { value, min, max, points, line }]) => ({
          metric,
          last: value,
          min,
          max,
          points,
          history: sparkline(line),
        })),
      }),
      notes: metrics.size > shown.length ? [`${metrics.size - shown.length} more metrics are not shown`] : [],
    };
  }
}
