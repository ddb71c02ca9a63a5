import { VIEW, type View, type Viewable } from "../panel/view.js";
import type { Recorder } from "../tracking/recorder.js";

/** `skipped-existing`: all artifacts were there; `skipped-missing`: what it depends on is not there; `empty`: no labels. */
export type RecordStatus = "generated" | "skipped-existing" | "skipped-missing" | "empty";

export interface RecordResultParts {
  readonly status: RecordStatus;
  readonly recorder: Recorder;
  /** Paths written, inside the run. */
  readonly artifacts?: readonly string[];
  readonly metrics?: Readonly<Record<string, number>>;
  /** One sentence each: why a figure is missing, what was skipped, what to bear in mind. */
  readonly notes?: readonly string[];
  readonly view: View;
}

/** What a record template did; the last expression of a cell, so it shows what there is to see. */
export class RecordResult implements Viewable {
  readonly status: RecordStatus;
  readonly recorder: Recorder;
  readonly artifacts: readonly string[];
  readonly metrics: Readonly<Record<string, number>>;
  readonly notes: readonly string[];
  readonly #view: View;

  constructor({ status, recorder, artifacts = [], metrics = {}, notes = [], view }: RecordResultParts) {
    this.status = status;
    this.recorder = recorder;
    this.artifacts = artifacts;
    this.metrics = metrics;
    this.notes = notes;
    this.#view = view;
  }

  [VIEW](): View {
    const notes = [...(this.#view.notes ?? []), ...this.notes];
    return notes.length ? { ...this.#view, notes } : this.#view;
  }

  toString(): string {
    const what = this.artifacts.length ? this.artifacts.join(", ") : "nothing written";
    return `${this.#view.title ?? "Record"}: ${this.status}, ${what}`;
  }

  [Symbol.for("nodejs.util.inspect.custom")](): string {
    const figures = Object.entries(this.metrics).map(([key, value]) => `${key} ${Number(value.toPrecision(4))}`);
    return [this.toString(), ...(figures.length ? [figures.join(" · ")] : []), ...this.notes].join("\n");
  }
}
