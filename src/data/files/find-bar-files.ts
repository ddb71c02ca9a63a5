import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { DataError } from "../../errors.js";
import { hasColumn, type BarTable } from "./bar-file.js";
import { readMarketYaml, type MarketDescription } from "./market-yaml.js";
import { isMembershipFile } from "./membership.js";

/** How files are found and understood. */
export interface FindOptions {
  /** What bar files end in, and what is cut off to get an instrument from a file's name; default `.parquet` or `.csv`. In Qlib: file_suffix. */
  readonly fileSuffix?: string;
  /** Of a folder with a file per instrument only so many, to try things out. In Qlib: limit_nums. */
  readonly limitNums?: number;
  /** Understood for the sake of Qlib's converter, without effect: files are read by as many threads as there are. */
  readonly maxWorkers?: number;
  /** See {@link ColumnOptions}. */
  readonly symbolFieldName?: string;
}

/** What lies at an address, not looked into yet. */
export interface FoundFiles {
  readonly address: string;
  readonly name: string;
  readonly tables: readonly BarTable[];
  readonly membershipFiles: readonly string[];
  readonly description: MarketDescription;
}

const isTable = (file: string) => /\.(parquet|csv)$/i.test(file);
const isPartition = (name: string) => /^\w+=/.test(name);

/** Whether a folder is a binary store of Qlib: it has calendars and features. */
export async function isQlibStore(folder: string): Promise<boolean> {
  const entries = await readdir(folder).catch((): string[] => []);
  return ["calendars", "features"].every((name) => entries.includes(name));
}

/**
 * What lies at a path: one bar file; a folder of them with membership files and `market.yaml` beside; a folder with a file per
 * instrument; a folder of partitions `key=value`, or of several such tables.
 *
 * @throws DataError when there is nothing, or something else.
 */
export async function findBarFiles(address: string, options: FindOptions = {}): Promise<FoundFiles> {
  const place = path.resolve(address);
  const found = await stat(place).catch((cause: unknown) => {
    throw new DataError(
      `Cannot open market "${address}": there is nothing at ${place}\n  expected: a Parquet or CSV file, a folder of them, a binary store of Qlib, or synthetic://`,
      { cause },
    );
  });
  const name = path.parse(place).name;
  const base = { address: place, name, membershipFiles: [], description: {} };
  if (!found.isDirectory()) {
    if (!isTable(place)) throw new DataError(`Cannot open market "${address}": a file must end in .parquet or .csv`);
    return { ...base, tables: [{ file: place, parts: [place], layout: "file" }] };
  }

  const entries = (await readdir(place, { withFileTypes: true })).sort((a, b) => (a.name < b.name ? -1 : 1));
  const names = entries.map((entry) => entry.name);
  if (names.some(isPartition)) return { ...base, tables: [await partitioned(place)] };
  const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => path.join(place, entry.name));
  const withPartitions = [];
  for (const folder of folders) if ((await readdir(folder)).some(isPartition)) withPartitions.push(folder);

  const { fileSuffix = "" } = options;
  const files = names.filter(isTable).map((entry) => path.join(place, entry));
  const bars = files.filter((file) => !isMembershipFile(file) && file.endsWith(fileSuffix));
  if (bars.length + withPartitions.length === 0)
    throw new DataError(
      `Cannot open market "${address}": no ${fileSuffix || ".parquet or .csv"} file in ${place}\n  it holds: ${names.slice(0, 12).join(", ") || "nothing"}`,
    );
  const tables = [
    ...(await tablesOf(place, bars, options)),
    ...(await Promise.all(withPartitions.map((folder) => partitioned(folder)))),
  ];
  checkStems(tables);
  return {
    ...base,
    tables,
    membershipFiles: files.filter(isMembershipFile),
    description: names.includes("market.yaml") ? await readMarketYaml(path.join(place, "market.yaml")) : {},
  };
}

/** Each file a table, or all of them one: then each is named after its instrument and the first has no column for it. */
async function tablesOf(
  folder: string,
  bars: readonly string[],
  { fileSuffix, limitNums = bars.length, symbolFieldName = "instrument" }: FindOptions,
): Promise<readonly BarTable[]> {
  const isByInstrument = bars.length > 0 && !(await hasColumn(bars[0]!, symbolFieldName)) && bars.length > 1;
  if (!isByInstrument) return bars.map((file) => ({ file, parts: [file], layout: "file" }));
  const extensions = new Set(bars.map((file) => path.extname(file).toLowerCase()));
  if (extensions.size > 1)
    throw new DataError(
      `Cannot open a market: ${folder} has a file per instrument, some of them CSV, some Parquet\n  choose one: openMarket(address, { fileSuffix: ".csv" })`,
    );
  const suffix = fileSuffix || path.extname(bars[0]!);
  return [{ file: folder, parts: bars.slice(0, limitNums), layout: "byInstrument", suffix }];
}

async function partitioned(folder: string): Promise<BarTable> {
  const inside = (await readdir(folder, { recursive: true })).filter(isTable).sort();
  const extensions = new Set(inside.map((file) => path.extname(file).toLowerCase()));
  if (extensions.size !== 1)
    throw new DataError(
      `Cannot open a market: the partitions of ${folder} hold ${inside.length ? "both Parquet and CSV files" : "no .parquet or .csv file"}`,
    );
  return { file: folder, parts: inside.map((file) => path.join(folder, file)), layout: "partitioned" };
}

function checkStems(tables: readonly BarTable[]): void {
  const seen = new Map<string, string>();
  for (const { file, layout } of tables) {
    if (layout === "byInstrument") continue;
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
