import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { seconds } from "../timing.mjs";

const shared =
  process.env.ALPHABOOK_SHARED ?? path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "shared");
const pred = path.join(shared, "golden", "pred_linear.parquet");
const data = path.join(shared, "data");
const skip = () =>
  existsSync(pred) && existsSync(data) ? undefined : "set ALPHABOOK_SHARED to a folder with data/ and golden/";

const range = { start: "2015-01-05", end: "2017-10-30" };

/** The prediction of 534 stocks on 713 days, and a market nothing of which is read yet. */
async function prediction() {
  const alphabook = await import("../../dist/index.js");
  const { getEngine } = await import("../../dist/engine/engine.js");
  const signal = alphabook.Panel.from(await (await getEngine()).readParquet(pred));
  const market = await alphabook.openMarket(data, { benchmark: "SPY" });
  return { alphabook, market, signal };
}

/** The same with the quotes in memory. */
async function withQuotes() {
  const parts = await prediction();
  const exchange = await parts.alphabook.Exchange.open(parts.market, {
    limitThreshold: 0.095,
    start: "2014-12-01",
    end: range.end,
  });
  return { ...parts, exchange };
}

const trade = ({ alphabook, market, signal, exchange = { limitThreshold: 0.095 } }) =>
  alphabook.backtest(market, {
    strategy: new alphabook.TopkDropoutStrategy({ signal, topk: 50, nDrop: 5 }),
    exchange,
    ...range,
  });

async function tenPasses(parts) {
  const random = [...Array(10).keys()];
  for (const pass of random) {
    const score = parts.signal.get("score").slice();
    const [from, to] = parts.signal.rowsOf(1);
    score.subarray(from, to).sort((a, b) => (pass % 2 ? a - b : b - a));
    await trade({ ...parts, signal: parts.signal.assign({ score }) });
  }
}

export default [
  {
    name: "backtest: TopkDropout(50, 5), 534 × 713 days, quotes in memory",
    unit: "s",
    target: 0.4,
    skip,
    prepare: withQuotes,
    measure: (parts) => seconds(() => trade(parts)),
  },
  {
    name: "backtest: the same from the Parquet file",
    unit: "s",
    target: 2,
    skip,
    measure: () => seconds(async () => trade(await prediction())),
  },
  {
    name: "backtest: ten passes",
    unit: "s",
    target: 3,
    skip,
    prepare: withQuotes,
    measure: (parts) => seconds(() => tenPasses(parts)),
  },
];
