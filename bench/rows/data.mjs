import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import * as alphabook from "../../dist/index.js";
import { seconds, temporaryFolder } from "../timing.mjs";

const shared =
  process.env.ALPHABOOK_SHARED ?? path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "shared");
const prices = path.join(shared, "data", "us_stocks_daily.parquet");
const skip = () => (existsSync(prices) ? undefined : "set ALPHABOOK_SHARED to a folder with data/");

/** Opens a market and reads all its fields. */
const load = (address) =>
  seconds(async () => {
    const market = await alphabook.openMarket(address);
    await market.loadBars();
  });

/** The real prices in another format. */
async function imported(to) {
  const folder = path.join(temporaryFolder(), to);
  await alphabook.importMarket(prices, folder, { to });
  return folder;
}

/** Minute bars of 40 stocks in one Parquet file: 8 fields, about 3.9 million rows. */
async function minutes() {
  const file = path.join(temporaryFolder(), "minutes.parquet");
  await alphabook.importMarket("synthetic://?instruments=40&days=250&freq=1min&ic=0", file);
  return file;
}

export default [
  {
    name: "data: load 534 instruments × 12 years, all fields, Parquet",
    unit: "s",
    target: 2,
    skip,
    processes: 3,
    prepare: () => prices,
    measure: load,
  },
  {
    name: "data: load 534 instruments × 12 years, all fields, Qlib's store",
    unit: "s",
    target: 2,
    skip,
    processes: 3,
    prepare: () => imported("qlib"),
    measure: load,
  },
  {
    name: "data: one column and one month of 3.9 M minute bars, nothing kept",
    unit: "s",
    target: 1.5,
    processes: 3,
    prepare: minutes,
    measure: (file) =>
      seconds(async () => {
        const market = await alphabook.openMarket(file, { keepColumns: false });
        await market.loadBars({ fields: ["$close"], start: "2015-06-01", end: "2015-06-30" });
      }),
  },
];
