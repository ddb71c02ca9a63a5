import type { Task } from "../../src/task/task.js";

export const ADDRESS = "synthetic://?instruments=30&days=260&ic=0.1&seed=5&start=2015-01-02";

/** A training of a second or less; the fit window of its processor follows the train segment. */
export function smallTask(segments: Record<string, [string, string]>, alpha = 1): Task {
  return {
    model: { class: "LinearModel", kwargs: { estimator: "ridge", alpha } },
    dataset: {
      class: "DatasetH",
      kwargs: {
        handler: {
          class: "DataHandlerLP",
          kwargs: {
            market: ADDRESS,
            features: [{ name: "r5", expression: "$close/Ref($close, 5)-1" }, { name: "r10", expression: "$close/Ref($close, 10)-1" }],
            fit_start_time: "<dataset.kwargs.segments.train.0>",
            fit_end_time: "<dataset.kwargs.segments.train.1>",
            infer_processors: [
              { class: "RobustZScoreNorm", kwargs: { fields_group: "feature" } },
              { class: "Fillna", kwargs: { fields_group: "feature" } },
            ],
            learn_processors: [{ class: "DropnaLabel" }],
          },
        },
        segments,
      },
    },
    record: [
      { class: "SignalRecord", module_path: "qlib.workflow.record_temp", kwargs: { model: "<MODEL>", dataset: "<DATASET>" } },
    ],
  };
}

export const SEGMENTS = {
  train: ["2015-01-20", "2015-06-30"],
  test: ["2015-07-06", "2015-07-31"],
} satisfies Record<string, [string, string]>;
