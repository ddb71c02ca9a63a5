import { execFileSync } from "node:child_process";
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

const cli = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "cli", "main.js");

/** A market in another format, written by another process: its memory is not this one's. */
function imported(from, name, ...options) {
  const target = path.join(temporaryFolder(), name);
  execFileSync(process.execPath, [cli, "data", "import", from, target, ...options], { stdio: "ignore" });
  return target;
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
    prepare: () => imported(prices, "qlib", "--to", "qlib"),
    measure: load,
  },
  {
    name: "data: one column and one month of 3.9 M minute bars, nothing kept",
    unit: "s",
    target: 1.5,
    processes: 3,
    prepare: () => imported("synthetic://?instruments=40&days=250&freq=1min&ic=0", "minutes.parquet"),
    measure: (file) =>
      seconds(async () => {
        const market = await alphabook.openMarket(file, { keepColumns: false });
        await market.loadBars({ fields: ["$close"], start: "2015-06-01", end: "2015-06-30" });
      }),
  },
];
