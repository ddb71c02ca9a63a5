import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import type { Frequency } from "../../calendar/frequency.js";
import { inferFrequency } from "../../calendar/infer-frequency.js";
import type { TradingCalendar } from "../../calendar/trading-calendar.js";
import type { TextColumn } from "../../engine/columns.js";
import { formatDatetime } from "../../engine/datetime.js";
import { getEngine } from "../../engine/engine.js";
import { DataError, UnknownNameError } from "../../errors.js";
import { host } from "../../host/host.js";
import type { Fact } from "../../panel/view.js";
import {
  cellsOf,
  wholeRanges,
  type BarSource,
  type DuplicateKeys,
  type LoadRequest,
  type Members,
  type StoredRange,
  type UnsortedFile,
} from "../bar-source.js";
import type { Region } from "../market.js";
import { quoteName, quoteText, textColumn, type BarFile } from "./bar-file.js";
import { BarGrid, numbers, scatter } from "./bar-grid.js";
import type { MarketDescription } from "./market-yaml.js";
import { readMembership } from "./membership.js";
import { keysOf, membersOf, rangesOf, readCalendar, readInstruments } from "./read-keys.js";
import { findUnsorted } from "./unsorted.js";

/** What lies at an address: bar files, and files that say who belongs to which universe when. */
export interface BarFiles {
  readonly address: string;
  readonly name: string;
  readonly files: readonly BarFile[];
  readonly membershipFiles: readonly string[];
  readonly description: MarketDescription;
}

/**
 * Bars in Parquet and CSV files. The calendar is the union of all dates; each file is a universe named after its stem, `all` their
 * union, each membership file one more.
 */
export class BarFilesSource implements BarSource {
  readonly address: string;
  readonly name: string;
  readonly region?: Region;
  readonly benchmark?: string;
  readonly universe?: string;
  readonly freq: Frequency;
  readonly calendar: TradingCalendar;
  readonly ranges: readonly StoredRange[];
  readonly numRows: number;
  readonly storedFields: readonly string[];
  readonly universes: ReadonlyMap<string, Members>;
  readonly sectors: ReadonlyMap<string, string>;
  readonly facts: Readonly<Record<string, Fact>>;
  readonly #files: BarFiles;
  readonly #filesOf: ReadonlyMap<string, readonly string[]>;

  private constructor(
    files: BarFiles,
    parts: Pick<BarSource, "calendar" | "ranges" | "numRows" | "universes" | "sectors" | "facts">,
    filesOf: ReadonlyMap<string, readonly string[]>,
  ) {
    this.#files = files;
    this.address = files.address;
    this.name = files.name;
    this.region = files.description.region;
    this.benchmark = files.description.benchmark;
    this.universe = files.description.universe;
    this.storedFields = fieldsOf(files.files);
    this.#filesOf = filesOf;
    this.freq = inferFrequency(parts.calendar);
    this.calendar = parts.calendar;
    this.ranges = parts.ranges;
    this.numRows = parts.numRows;
    this.universes = parts.universes;
    this.sectors = parts.sectors;
    this.facts = parts.facts;
  }

  /** Reads keys only: the calendar, and each instrument's first and last day. */
  static async open(files: BarFiles): Promise<BarFilesSource> {
    const calendar = await readCalendar(files.files);
    const stored = await Promise.all(files.files.map(readInstruments));
    const ranges = rangesOf(stored, calendar);
    const universes = new Map<string, Members>([["all", wholeRanges(ranges)]]);
    const filesOf = new Map<string, string[]>();
    stored.forEach((instruments, i) => {
      const { file, stem } = files.files[i]!;
      if (stem !== undefined) universes.set(stem, membersOf(instruments, calendar));
      for (const instrument of instruments.keys()) filesOf.set(instrument, [...(filesOf.get(instrument) ?? []), file]);
    });

    const sectors = new Map<string, string>();
    const facts: Record<string, Fact> = {};
    for (const { file, ignored } of files.files)
      if (ignored.length) facts[`left aside in ${baseName(file)}`] = `${ignored.join(", ")}: no numbers`;
    for (const file of files.membershipFiles) {
      const membership = await readMembership(file, calendar, ranges);
      universes.set(membership.name, membership.members);
      for (const [instrument, sector] of membership.sectors) sectors.set(instrument, sector);
      facts[`members in ${baseName(file)}`] =
        `${membership.members.size} instruments with prices, ${membership.withoutPrices} without`;
    }
    const numRows = stored.reduce(
      (sum, instruments) => sum + [...instruments.values()].reduce((rows, instrument) => rows + instrument.rows, 0),
      0,
    );
    const parts = { calendar, ranges, numRows, universes: renamed(universes, files), sectors, facts };
    return new BarFilesSource(files, parts, filesOf);
  }

  async load(
    fields: readonly string[],
    { ranges = this.ranges, onDuplicate = "throw" }: LoadRequest = {},
  ): Promise<ReadonlyMap<string, Float64Array>> {
    const cells = cellsOf(ranges);
    const columns = new Map(fields.map((field) => [field, new Float64Array(cells).fill(NaN)]));
    if (cells === 0) return columns;
    const grid = new BarGrid(this.calendar, ranges);
    const wanted = this.#condition(ranges);
    const progress = host.progress(`Reading ${this.name}`, this.numRows);
    let rows = 0;
    try {
      for (const file of this.#files.files) {
        const present = fields.filter((field) => file.fieldColumns.has(field));
        const values = present.map(
          (field) => `CAST(${quoteName(file.fieldColumns.get(field)!)} AS DOUBLE) AS ${quoteName(field)}`,
        );
        const select = `SELECT ${[...keysOf(file), ...values].join(", ")} FROM ${file.scan}`;
        for await (const batch of (await getEngine()).queryBatches(
          wanted ? `FROM (${select}) WHERE ${wanted}` : select,
        )) {
          const places = grid.placesOf(batch.columns.get("instrument") as TextColumn, batch.columns.get("datetime")!);
          if (onDuplicate === "throw" && grid.duplicates) throw duplicateError(await this.findDuplicates(), this.name);
          for (const field of present) scatter(batch.columns.get(field)!, places, columns.get(field)!);
          progress.update((rows += batch.numRows));
        }
      }
    } finally {
      progress.end();
    }
    return columns;
  }

  async findDuplicates(): Promise<DuplicateKeys> {
    const rows = this.#files.files
      .map((file) => `SELECT ${keysOf(file).join(", ")}, ${quoteText(baseName(file.file))} AS file FROM ${file.scan}`)
      .join(" UNION ALL ");
    const table = await (
      await getEngine()
    ).query(
      `SELECT instrument, datetime, string_agg(DISTINCT file, ', ' ORDER BY file) AS files, count(*) OVER () AS keys
       FROM (${rows}) WHERE instrument IS NOT NULL AND datetime IS NOT NULL
       GROUP BY instrument, datetime HAVING count(*) > 1 ORDER BY datetime, instrument LIMIT 3`,
    );
    const count = table.numRows ? numbers(table.columns.get("keys")!)[0]! : 0;
    const times = numbers(table.columns.get("datetime")!);
    return {
      count,
      examples: textColumn(table, "instrument").map((instrument, i) => `${instrument} ${formatDatetime(times[i]!)}`),
      files: [...new Set(textColumn(table, "files").flatMap((names) => names.split(", ")))],
    };
  }

  async findUnsorted(): Promise<readonly UnsortedFile[]> {
    const found = await Promise.all(this.#files.files.map(findUnsorted));
    return found.filter(({ count }) => count > 0);
  }

  filesOf(instrument: string): readonly string[] {
    return this.#filesOf.get(instrument)?.map(baseName) ?? [];
  }

  async contentHash(): Promise<string> {
    const hash = createHash("sha256");
    const parts = this.#files.files.flatMap(({ file, parts }) =>
      parts.map((part) => ({ part, name: part === file ? baseName(file) : path.relative(path.dirname(file), part) })),
    );
    const members = this.#files.membershipFiles.map((part) => ({ part, name: baseName(part) }));
    const files = [...parts, ...members].sort((a, b) => (a.part < b.part ? -1 : 1));
    for (const { part: file, name } of files) {
      hash.update(`${name.split(path.sep).join("/")}\n`);
      for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) {
        hash.update(chunk as Buffer);
        await host.breathe();
      }
    }
    return hash.digest("hex");
  }

  /** What leaves rows outside the ranges in the files, in SQL; nothing when all is wanted. */
  #condition(ranges: readonly StoredRange[]): string | undefined {
    if (ranges === this.ranges) return undefined;
    const [first, last] = [
      Math.min(...ranges.map(({ first }) => first)),
      Math.max(...ranges.map(({ first, length }) => first + length - 1)),
    ];
    const [from, to] = [first, last].map((day) => new Date(this.calendar.at(day)).toISOString().slice(0, 23));
    const span = `datetime BETWEEN TIMESTAMP '${from}' AND TIMESTAMP '${to}'`;
    if (ranges.length === this.ranges.length) return span;
    return `${span} AND instrument IN (${ranges.map(({ instrument }) => quoteText(instrument)).join(", ")})`;
  }
}

/** @throws UnknownNameError for a new name of a universe that does not exist. */
function renamed(
  universes: ReadonlyMap<string, Members>,
  { name, description }: BarFiles,
): ReadonlyMap<string, Members> {
  const newNames = new Map(
    Object.entries(description.universes ?? {}).map(([newName, old]) => {
      if (!universes.has(old))
        throw new UnknownNameError("universe", old, universes.keys(), {
          context: `Cannot open market ${name}: "${newName}"`,
        });
      return [old, newName];
    }),
  );
  return new Map([...universes].map(([old, members]) => [newNames.get(old) ?? old, members]));
}

function fieldsOf(files: readonly BarFile[]): string[] {
  return [...new Set(files.flatMap(({ fieldColumns }) => [...fieldColumns.keys()]))];
}

function duplicateError({ count, examples, files }: DuplicateKeys, name: string): DataError {
  return new DataError(
    `Cannot read bars of ${name}: ${count} duplicate ${count === 1 ? "key" : "keys"}, first ${examples.join(", ")} in ${files.join(", ")}\n  each instrument may have one row a day; healthCheck() lists all faults`,
  );
}

const baseName = (file: string) => file.split(/[\\/]/).at(-1)!;
