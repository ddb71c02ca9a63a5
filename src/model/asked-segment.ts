import type { DatasetH } from "../dataset/dataset-h.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import type { PredictOptions } from "./model.js";

/** The segment that is to be forecast: that of the options, or a name in their place as Qlib has it. */
export function askedSegment(context: string, options: PredictOptions | string): string {
  if (typeof options === "string") return options;
  refuseUnknownOptions(context, options, ["segment"]);
  return options.segment ?? "test";
}

/** @throws InvalidArgumentError for what gives no segments, such as a panel. */
export function checkDataset(context: string, dataset: DatasetH): void {
  if (typeof (dataset as Partial<DatasetH> | undefined)?.prepareGroups === "function") return;
  throw new InvalidArgumentError(
    `${context}: a dataset with segments expected\n  e.g. new DatasetH({ handler, segments: { train: ["2015-01-02", "2017-12-31"], test: ["2018-01-01", null] } })`,
  );
}
