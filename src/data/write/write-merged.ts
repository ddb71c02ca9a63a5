import { cp, readdir, rename, rm, stat } from "node:fs/promises";
import path from "node:path";
import { temporaryNameFor } from "../../engine/durable-file.js";
import { InvalidArgumentError } from "../../errors.js";
import type { ImportedMarket, MarketFormat } from "../import-market.js";
import type { Market } from "../market.js";
import { mergeMarkets } from "../merge-market.js";
import { openMarket } from "../open-market.js";
import { writeBarFiles } from "./write-bar-files.js";
import { writeQlibStore } from "./write-qlib-store.js";

/**
 * Brings bars into what {@link importMarket} wrote earlier, or any one file of bars or binary store of Qlib. What lay there is whole
 * until the new one is: a file is replaced at once, a store by a copy beside it. Universes but `all` stay as they are.
 *
 * @throws InvalidArgumentError when there is nothing to bring them into, or bars lie in several files.
 */
export async function writeMerged(target: string, fresh: Market, mode: "fix" | "update"): Promise<ImportedMarket> {
  const { format, file } = await findBars(target, mode);
  const { market, fields, counts } = await mergeMarkets(await openMarket(file ?? target), fresh, mode, {
    inCapitals: file === undefined,
  });
  const written = file
    ? await writeBarFiles(market, { format: format as "parquet" | "csv", file })
    : await replaceStore(target, market, fields);
  const unknown = fresh.fields.filter((field) => !(field in fresh.derived) && !fields.includes(field));
  const { instruments, rows, days, leftOut } = counts;
  return {
    ...written,
    address: target,
    added: counts,
    notes: [
      `${rows} bars ${mode === "update" ? "appended" : "written anew"}, ${days} days and ${instruments} instruments added`,
      ...(leftOut ? [`${leftOut} bars left out: their days are not in the calendar that is kept`] : []),
      ...(unknown.length ? [`fields left out, they were not there: ${unknown.join(", ")}`] : []),
    ],
  };
}

async function findBars(target: string, mode: string): Promise<{ format: MarketFormat; file?: string }> {
  const found = await stat(target).catch(() => undefined);
  const format = (name: string) => path.extname(name).slice(1).toLowerCase() as "parquet" | "csv";
  if (found?.isFile()) return { format: format(target), file: target };
  const names = found ? await readdir(target) : [];
  if (names.includes("calendars") && names.includes("features")) return { format: "qlib" };
  const bars = names.filter((name) => name === "bars.parquet" || name === "bars.csv");
  if (bars.length === 1) return { format: format(bars[0]!), file: path.join(target, bars[0]!) };
  throw new InvalidArgumentError(
    `Cannot ${mode} ${target}: ${found ? "no bars.parquet, bars.csv or store of Qlib in it" : "there is nothing"}\n  expected: what an import wrote, or one file of bars; mode "full" writes a new one`,
  );
}

async function replaceStore(target: string, market: Market, fields: readonly string[]): Promise<ImportedMarket> {
  const [copy, old] = [temporaryNameFor(target), temporaryNameFor(target)];
  try {
    await cp(target, copy, { recursive: true });
    const written = await writeQlibStore(market, copy, fields);
    await rename(target, old);
    await rename(copy, target).catch(async (error: unknown) => {
      await rename(old, target);
      throw error;
    });
    await rm(old, { recursive: true });
    return written;
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}
