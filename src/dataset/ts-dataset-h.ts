import type { ComponentConfig } from "../config/component-config.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { UnknownNameError } from "../errors.js";
import { DatasetH, groupsOf, type DatasetHOptions, type PrepareOptions } from "./dataset-h.js";
import { columnsOf } from "./grouped-panel.js";
import { TimeSeriesSampler, type FillRule } from "./time-series-sampler.js";

export interface TSDatasetHOptions extends DatasetHOptions {
  /** Number of dates that a model sees at once. Default 30. */
  readonly stepLen?: number;
  /** A column that says by 0 or missing which rows are no samples; it is no column of the samples. */
  readonly fltCol?: string;
}

export interface SamplerOptions extends PrepareOptions {
  /** Default `none`. */
  readonly fillna?: FillRule;
}

/**
 * A dataset for models that read sequences: the last `stepLen` dates of an instrument for each of a segment's rows.
 *
 * Rows before the segment serve as history; `prepare` gives plain rows as {@link DatasetH} does.
 *
 * In Qlib: qlib.data.dataset.TSDatasetH
 *
 * @example
 * const handler = new DataHandlerLP({ market: synthetic({ instruments: 2, days: 60 }), features: ["$close", "$volume"] });
 * const dataset = new TSDatasetH({ handler, segments: { test: ["2015-03-02", null] }, stepLen: 5 });
 * (await dataset.sampler("test", { colSet: "feature" })).get(0).length // -> 10
 */
export class TSDatasetH extends DatasetH {
  readonly stepLen: number;
  readonly fltCol: string | undefined;

  constructor({ stepLen = 30, fltCol, ...options }: TSDatasetHOptions) {
    super(options);
    this.stepLen = stepLen;
    this.fltCol = fltCol;
  }

  /** The windows that end on a segment's rows, in their order. Throws as `prepare` does. */
  async sampler(segment: string, options: SamplerOptions = {}): Promise<TimeSeriesSampler> {
    refuseUnknownOptions("Cannot sample", options, ["colSet", "dataKey", "fillna"]);
    const { colSet, dataKey = "infer", fillna = "none" } = options;
    if (!["none", "ffill", "ffill+bfill"].includes(fillna))
      throw new UnknownNameError("fill rule", fillna, ["none", "ffill", "ffill+bfill"]);
    const part = await this.prepareGroups(segment, dataKey);
    const { panel } = await this.handler.fetch(dataKey);
    const from = firstRowOf(panel.dates, panel.offsets, part.panel.dates[0]!);
    const columns = columnsOf(part, groupsOf(colSet)).filter((name) => name !== this.fltCol);
    return new TimeSeriesSampler({
      panel,
      columns,
      stepLen: this.stepLen,
      from,
      to: from + part.panel.numRows,
      fillna,
      filter: this.fltCol === undefined ? undefined : panel.get(this.fltCol),
    });
  }

  override config(): ComponentConfig {
    const { kwargs } = super.config();
    return {
      class: "TSDatasetH",
      kwargs: { ...kwargs, stepLen: this.stepLen, ...(this.fltCol === undefined ? {} : { fltCol: this.fltCol }) },
    };
  }
}

const firstRowOf = (dates: Float64Array, offsets: Int32Array, date: number): number => offsets[dates.indexOf(date)]!;
