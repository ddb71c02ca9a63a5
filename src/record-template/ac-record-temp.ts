import { MissingArtifactError } from "../errors.js";
import type { View } from "../panel/view.js";
import type { Recorder } from "../tracking/recorder.js";
import { RecordResult } from "./record-result.js";
import { RecordTemp } from "./record-temp.js";

export interface ACRecordTempOptions {
  readonly recorder: Recorder | undefined;
  /** Do nothing when all of its own artifacts are there. Default false. */
  readonly skipExisting?: boolean;
  /** What is missing gives a result that says so, instead of an error. Default false. */
  readonly lenient?: boolean;
}

/**
 * A template that checks, before it computes, what it depends on.
 *
 * In Qlib: qlib.workflow.record_temp.ACRecordTemp
 */
export abstract class ACRecordTemp extends RecordTemp {
  protected readonly skipExisting: boolean;
  protected readonly lenient: boolean;

  constructor({ recorder, skipExisting = false, lenient = false }: ACRecordTempOptions) {
    super({ recorder });
    this.skipExisting = skipExisting;
    this.lenient = lenient;
  }

  /** @throws MissingArtifactError unless `lenient`. */
  async generate(options: Readonly<Record<string, unknown>> = {}): Promise<RecordResult> {
    if (this.skipExisting && (await this.#missing({ includeSelf: true, parents: false })) === undefined) {
      return new RecordResult({
        status: "skipped-existing",
        recorder: this.recorder,
        metrics: this.recorder.metrics,
        view: this.view(this.recorder.metrics),
        notes: ["all artifacts were there: nothing was computed"],
      });
    }
    const missing = await this.#missing({});
    if (missing && !this.lenient) throw missing;
    if (missing)
      return new RecordResult({
        status: "skipped-missing",
        recorder: this.recorder,
        view: { kind: "facts", title: this.constructor.name, facts: { missing: missing.paths.join(", ") } },
        notes: [missing.message],
      });
    return this.compute(options);
  }

  /** The work, once everything it needs is there. */
  protected abstract compute(options: Readonly<Record<string, unknown>>): Promise<RecordResult>;

  /** How a result shows itself. */
  protected abstract view(metrics: Readonly<Record<string, number>>): View;

  async #missing(what: { includeSelf?: boolean; parents?: boolean }): Promise<MissingArtifactError | undefined> {
    try {
      await this.check(what);
      return undefined;
    } catch (error) {
      if (error instanceof MissingArtifactError) return error;
      throw error;
    }
  }
}
