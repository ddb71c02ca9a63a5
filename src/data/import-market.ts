import { mkdir, readdir, rm, stat } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import type { Market } from "./market.js";
import type { MergeCounts } from "./merge-market.js";
import { openMarket, type OpenMarketOptions } from "./open-market.js";
import { writeBarFiles } from "./write/write-bar-files.js";
import { writeMerged } from "./write/write-merged.js";
import { writeQlibStore } from "./write/write-qlib-store.js";

/** `parquet` and `csv`: a folder with one file of bars and the universes beside it, or that file alone; `qlib`: its binary store. */
export type MarketFormat = "parquet" | "csv" | "qlib";

export interface ImportMarketOptions extends OpenMarketOptions {
  /** Default: what the target ends in (`.parquet`, `.csv`), else `parquet`. In Qlib: the choice of dump_bin.py. */
  readonly to?: MarketFormat;
  /**
   * `full` (default) writes a market anew. `update` appends to one what lies after each instrument's last bar, and the days after the
   * calendar's last; `fix` keeps the calendar and takes the instruments given in place of those there. In Qlib: dump_all, dump_update
   * and dump_fix of dump_bin.py.
   */
  readonly mode?: "full" | "fix" | "update";
  /** Writes into a folder that holds something, or over a file. What else lies there stays. Default false. */
  readonly overwrite?: boolean;
}

/** What was written. */
export interface ImportedMarket {
  /** Opens it. */
  readonly address: string;
  readonly format: MarketFormat;
  readonly instruments: number;
  /** Bars with at least one value. */
  readonly rows: number;
  readonly fields: readonly string[];
  readonly universes: readonly string[];
  readonly files: number;
  /** What came in by `update` or `fix`. */
  readonly added?: MergeCounts;
  /** What the format could not hold, in words. */
  readonly notes: readonly string[];
}

/**
 * Writes a market in another format: stored fields, instruments and universes with their spans. Opened again it gives the same
 * panel; `qlib` rounds to float32 and holds derived fields too, because Qlib itself does not derive them.
 *
 * @param from An open market, or an address with the options of {@link openMarket} (so `freq` writes longer bars).
 * @param to A folder, or a file that ends in `.parquet` or `.csv` (then universes are left out).
 * @throws InvalidArgumentError when something lies at the target and `overwrite` is not set, or nothing does and `mode` is to add
 * to it; UnknownNameError for another mode.
 * @example
 * const written = await importMarket("synthetic://?instruments=5&days=30", "/tmp/alphabook-example/prices.csv", { overwrite: true });
 * [written.format, written.instruments] // -> [ 'csv', 6 ]
 */
export async function importMarket(
  from: string | Market,
  to: string,
  options: ImportMarketOptions = {},
): Promise<ImportedMarket> {
  const { to: wanted, overwrite = false, mode = "full", ...open } = options;
  if (!["full", "fix", "update"].includes(mode))
    throw new UnknownNameError("mode", mode, ["full", "fix", "update"], { context: `Cannot import to ${to}` });
  const target = path.resolve(to);
  if (mode !== "full") return writeMerged(target, typeof from === "string" ? await openMarket(from, open) : from, mode);
  const extension = path.extname(target).slice(1).toLowerCase();
  const isFile = extension === "parquet" || extension === "csv";
  const format = wanted ?? (isFile ? (extension as MarketFormat) : "parquet");
  if (!["parquet", "csv", "qlib"].includes(format) || (isFile && format !== extension))
    throw new InvalidArgumentError(
      `Cannot import to ${to}: the format is "${String(format)}"\n  expected: parquet, csv or qlib${isFile ? `, and ${extension} for this file` : ""}`,
    );
  await refuseOccupied(target, overwrite);
  const market = typeof from === "string" ? await openMarket(from, open) : from;
  if (isFile) {
    await mkdir(path.dirname(target), { recursive: true });
    return writeBarFiles(market, { format: format as "parquet" | "csv", file: target });
  }
  await mkdir(target, { recursive: true });
  return format === "qlib" ? writeQlibStore(market, target) : writeBarFiles(market, { format, folder: target });
}

async function refuseOccupied(target: string, overwrite: boolean): Promise<void> {
  const found = await stat(target).catch(() => undefined);
  if (!found) return;
  const isEmpty = found.isDirectory() && (await readdir(target)).length === 0;
  if (isEmpty) return;
  if (!overwrite)
    throw new InvalidArgumentError(
      `Cannot import to ${target}: there is something already\n  choose another place, or overwrite it: { overwrite: true }, --force`,
    );
  if (found.isFile()) await rm(target);
}
