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

/**
 * Seconds as a person says them.
 * @example
 * [durationText(4.26), durationText(75), durationText(3725)] // -> ["4.3 s", "1 min 15 s", "1 h 02 min"]
 */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
