import { camelKeys, type ComponentConfig } from "../config/component-config.js";
import { initInstanceByConfig } from "../config/init-instance-by-config.js";
import type { Market } from "../data/market.js";
import type { DatasetH } from "../dataset/dataset-h.js";
import type { Segments } from "../dataset/segments.js";
import type { HandlerState } from "../dataset/data-handler-options.js";
import type { DatetimeInput } from "../engine/datetime.js";
import { ConfigError } from "../errors.js";
import type { Model } from "../model/model.js";
import type { Recorder } from "../tracking/recorder.js";
import { findObject } from "./find-object.js";

export interface GetDatasetOptions {
  /** First and last day to load, both inclusive. */
  readonly start: DatetimeInput;
  readonly end: DatetimeInput;
  /** Default: one segment `test` from `start` to `end`. */
  readonly segments?: Segments;
  /** Where the rows come from. Default: the market that the run's dataset names. */
  readonly market?: Market | undefined;
}

/**
 * The model of a run and its dataset for other days.
 *
 * Processors are applied with what they learnt when the model was trained, never fitted on the new days.
 *
 * In Qlib: qlib.workflow.online.update.RMDLoader
 *
 * @example
 * // new RMDLoader(run).getDataset({ start: "2024-05-06", end: "2024-05-10" })
 */
export class RMDLoader {
  readonly #recorder: Recorder;
  #kept: ComponentConfig | undefined;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
  }

  /** @throws MissingArtifactError for a run without a dataset; ConfigError for a dataset whose handler is no configuration. */
  async getDataset({ start, end, segments, market }: GetDatasetOptions): Promise<DatasetH> {
    const { class: name, kwargs = {} } = await this.#config();
    const handler = kwargs.handler as ComponentConfig;
    const state = (await findObject(this.#recorder, "handler_state")) as HandlerState | undefined;
    const own = camelKeys(handler.kwargs ?? {});
    const make = (startTime: unknown) =>
      initInstanceByConfig<DatasetH>(
        {
          class: name,
          kwargs: {
            ...kwargs,
            ...{ segments: segments ?? { test: [start, end] }, leaks: "ignore" },
            handler: {
              ...handler,
              kwargs: { ...own, startTime, endTime: end, ...(market && { market }), ...(state && { state }) },
            },
          },
        },
        { what: "dataset" },
      );
    const dataset = make(start);
    // Without a state, what was learnt is learnt again, on the days of then.
    return state === undefined && dataset.handler.fitWindows.length > 0 ? make(own.startTime) : dataset;
  }

  /** The fitted model. @throws MissingArtifactError for a run without one. */
  async getModel(): Promise<Model> {
    return (await this.#recorder.loadObject("params")) as Model;
  }

  /** How many days before a day its rows look at: of a time-series dataset its window, else 0. */
  async historyDays(): Promise<number> {
    const { stepLen } = camelKeys((await this.#config()).kwargs ?? {});
    return typeof stepLen === "number" ? stepLen - 1 : 0;
  }

  async #config(): Promise<ComponentConfig> {
    if (this.#kept) return this.#kept;
    const config = (await this.#recorder.loadObject("dataset")) as ComponentConfig;
    if (typeof (config.kwargs?.handler as ComponentConfig | undefined)?.class === "string")
      return (this.#kept = config);
    throw new ConfigError(
      `Cannot load the dataset of run "${this.#recorder.name}" again: its handler is no { class, kwargs }`,
    );
  }
}
