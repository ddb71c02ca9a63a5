import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { DataError } from "../../errors.js";
import { describeBarFile } from "./bar-file.js";
import type { BarFiles } from "./bar-files-source.js";
import { readMarketYaml } from "./market-yaml.js";
import { isMembershipFile } from "./membership.js";

const isTable = (file: string) => /\.(parquet|csv)$/i.test(file);

/**
 * What lies at a path: one bar file, or a folder of them with membership files and `market.yaml` beside.
 * @throws DataError when there is nothing, or something else.
 */
export async function findBarFiles(address: string): Promise<BarFiles> {
  const place = path.resolve(address);
  const found = await stat(place).catch((cause: unknown) => {
    throw new DataError(
      `Cannot open market "${address}": there is nothing at ${place}\n  expected: a Parquet or CSV file, a folder of them, or synthetic://`,
      { cause },
    );
  });
  const name = path.parse(place).name;
  if (!found.isDirectory()) {
    if (!isTable(place)) throw new DataError(`Cannot open market "${address}": a file must end in .parquet or .csv`);
    return { address: place, name, files: [await describeBarFile(place)], membershipFiles: [], description: {} };
  }

  const entries = (await readdir(place)).sort();
  if (entries.includes("calendars") && entries.includes("features")) {
    throw new DataError(
      `Cannot open market "${address}": it is a binary store of Qlib, which cannot be read yet\n  convert it to one Parquet file with the columns datetime, instrument, open, high, low, close, volume, factor`,
    );
  }
  const tables = entries.filter(isTable).map((entry) => path.join(place, entry));
  const bars = tables.filter((file) => !isMembershipFile(file));
  if (bars.length === 0)
    throw new DataError(
      `Cannot open market "${address}": no .parquet or .csv file in ${place}\n  it holds: ${entries.slice(0, 12).join(", ") || "nothing"}`,
    );
  checkStems(bars);
  const description = entries.includes("market.yaml") ? await readMarketYaml(path.join(place, "market.yaml")) : {};
  return {
    address: place,
    name,
    files: await Promise.all(bars.map(describeBarFile)),
    membershipFiles: tables.filter(isMembershipFile),
    description,
  };
}

function checkStems(files: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const file of files) {
    const stem = path.parse(file).name;
    const other = seen.get(stem);
    if (other)
      throw new DataError(
        `Cannot open a market: ${other} and ${file} would both be universe "${stem}"\n  rename or move one of them`,
      );
    if (stem === "all")
      throw new DataError(
        `Cannot open a market: ${file} would be universe "all", which is the union of all files\n  rename it`,
      );
    seen.set(stem, file);
  }
}
