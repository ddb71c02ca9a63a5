import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as alphabook from "../../dist/index.js";
import { seconds } from "../timing.mjs";

const shared =
  process.env.ALPHABOOK_SHARED ?? path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "shared");
const prices = path.join(shared, "data", "us_stocks_daily.parquet");
const skip = () => (existsSync(prices) ? undefined : "set ALPHABOOK_SHARED to a folder with data/");

/** Prices in memory, so that the row measures features alone. */
async function loadedMarket() {
  const market = await alphabook.openMarket(prices);
  await market.loadBars();
  return market;
}

/** Alpha158 of the whole history, computed; then processed as linear models need it. */
async function computedHandler() {
  const market = await loadedMarket();
  const handler = new alphabook.Alpha158({
    market,
    inferProcessors: [
      { class: "RobustZScoreNorm", kwargs: { fieldsGroup: "feature" } },
      { class: "Fillna", kwargs: { fieldsGroup: "feature" } },
      { class: "CSRankNorm", kwargs: { fieldsGroup: "label" } },
    ],
    fitStartTime: "2008-01-01",
    fitEndTime: "2013-12-31",
  });
  await handler.fetch("raw");
  return handler;
}

export default [
  {
    name: "feature: Alpha158, 534 instruments × 12 years",
    unit: "s",
    target: 8,
    skip,
    processes: 3,
    prepare: loadedMarket,
    measure: (market) =>
      seconds(() => alphabook.queryFeatures(market, alphabook.alpha158Features(), { dtype: "float32" })),
  },
  {
    name: "dataset: RobustZScoreNorm + Fillna + CSRankNorm on Alpha158",
    unit: "s",
    target: 3,
    skip,
    processes: 3,
    prepare: computedHandler,
    measure: (handler) => seconds(() => handler.fetch("infer")),
  },
];
