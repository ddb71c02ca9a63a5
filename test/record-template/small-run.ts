import { openMarket } from "../../src/data/open-market.js";
import { DataHandlerLP, type DataHandlerLPOptions } from "../../src/dataset/data-handler-lp.js";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import { basicFactors } from "../../src/feature/basic-factors.js";
import { LinearModel } from "../../src/model/linear-model.js";
import { R } from "../../src/tracking/r.js";
import { temporaryFolder } from "../temporary-folder.js";

/** A store of the test file's own, gone when its tests are done. */
export function ownStore(): void {
  R.setUri(temporaryFolder("records"));
}

const SCALED = [
  { class: "RobustZScoreNorm", kwargs: { fieldsGroup: "feature" } },
  { class: "Fillna", kwargs: { fieldsGroup: "feature" } },
];

/** A ridge regression on the teaching factors of a synthetic market, fitted; train 60 % of the days, test the last 40 %, two days apart. */
export async function fittedOn(
  address: string,
  options: Partial<DataHandlerLPOptions> = {},
): Promise<{ model: LinearModel; dataset: DatasetH }> {
  const market = await openMarket(address);
  const { calendar } = market;
  const cut = Math.floor(calendar.length * 0.6);
  const train: [number, number] = [calendar.first, calendar.at(cut)];
  const handler = new DataHandlerLP({
    market,
    features: basicFactors(),
    inferProcessors: SCALED,
    learnProcessors: ["DropnaLabel", { class: "CSRankNorm", kwargs: { fieldsGroup: "label" } }],
    fitStartTime: train[0],
    fitEndTime: train[1],
    ...options,
  });
  const dataset = new DatasetH({ handler, segments: { train, test: [calendar.at(cut + 3), null] } });
  const model = new LinearModel({ estimator: "ridge", alpha: 1 });
  await model.fit(dataset);
  return { model, dataset };
}
