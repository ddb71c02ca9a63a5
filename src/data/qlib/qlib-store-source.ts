import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile, readdir } from "node:fs/promises";
import path from "node:path";
import { canResample, freqKey, parseFreq, type Frequency } from "../../calendar/frequency.js";
import { TradingCalendar } from "../../calendar/trading-calendar.js";
import { formatDatetime, parseDatetime } from "../../engine/datetime.js";
import { DataError, UnknownNameError } from "../../errors.js";
import { host } from "../../host/host.js";
import type { Fact } from "../../panel/view.js";
import {
  cellsOf,
  wholeRanges,
  type BarSource,
  type LoadRequest,
  type Members,
  type StoredRange,
} from "../bar-source.js";
import { readBinRange, readBinValues, type BinRange } from "./bin-file.js";
import { readInstrumentsFile } from "./instruments-file.js";
import { freqName, instrumentOf } from "./store-names.js";

/** What a feature folder holds: field → its file and what calendar indices it has values for. */
type FeatureFiles = ReadonlyMap<string, BinRange & { readonly file: string }>;

/**
 * The binary store of Qlib: calendars, universes and one file of float32 values per instrument and field. Values are widened
 * exactly. An instrument's range goes from its first to its last value in any field.
 */
export class QlibStoreSource implements BarSource {
  readonly address: string;
  readonly name: string;
  readonly freq: Frequency;
  readonly calendar: TradingCalendar;
  readonly futureCalendar?: TradingCalendar;
  readonly ranges: readonly StoredRange[];
  readonly numRows: number;
  readonly storedFields: readonly string[];
  readonly universes: ReadonlyMap<string, Members>;
  readonly sectors = new Map<string, string>();
  readonly facts: Readonly<Record<string, Fact>>;
  readonly #features: ReadonlyMap<string, FeatureFiles>;

  private constructor(
    folder: string,
    features: ReadonlyMap<string, FeatureFiles>,
    parts: Pick<BarSource, "freq" | "calendar" | "futureCalendar" | "ranges" | "universes" | "facts">,
  ) {
    this.address = folder;
    this.name = path.basename(folder);
    this.freq = parts.freq;
    this.calendar = parts.calendar;
    if (parts.futureCalendar) this.futureCalendar = parts.futureCalendar;
    this.ranges = parts.ranges;
    this.numRows = cellsOf(parts.ranges);
    this.storedFields = [...new Set([...features.values()].flatMap((files) => [...files.keys()]))].sort(inBarOrder);
    this.universes = parts.universes;
    this.facts = parts.facts;
    this.#features = features;
  }

  /**
   * Reads the calendar, the universes and the head of every file.
   * @param wanted The frequency that is wanted: the store's own if it has it, else the coarsest one it can be made of. Default `day`.
   */
  static async open(address: string, wanted: Frequency = { count: 1, unit: "day" }): Promise<QlibStoreSource> {
    const folder = path.resolve(address);
    const freq = await chooseFrequency(folder, wanted);
    const calendar = await readCalendar(path.join(folder, "calendars", `${freqName(freq)}.txt`));
    const futureCalendar = await readFuture(path.join(folder, "calendars", `${freqName(freq)}_future.txt`), calendar);
    const features = await findFeatures(path.join(folder, "features"), freqName(freq), calendar.length);
    const ranges = rangesOf(features);
    const rangeOf = new Map(ranges.map((range) => [range.instrument, range]));
    const universes = new Map<string, Members>([["all", wholeRanges(ranges)]]);
    const facts: Record<string, Fact> = { store: "binary store of Qlib, float32" };
    const lists = (await readdir(path.join(folder, "instruments")).catch(() => [])).filter((file) =>
      /\.txt$/.test(file),
    );
    for (const list of lists.sort()) {
      const { members, withoutBars } = await readInstrumentsFile(
        path.join(folder, "instruments", list),
        calendar,
        rangeOf,
      );
      universes.set(list.slice(0, -".txt".length), members);
      if (withoutBars) facts[`members in ${list}`] = `${members.size} instruments with bars, ${withoutBars} without`;
    }
    if (futureCalendar)
      facts["future calendar"] =
        `${futureCalendar.futureDays} days to come, up to ${formatDatetime(futureCalendar.last)}`;
    return new QlibStoreSource(folder, features, {
      ...{ freq, calendar, ranges, universes, facts },
      ...(futureCalendar && { futureCalendar }),
    });
  }

  async load(
    fields: readonly string[],
    { ranges = this.ranges }: LoadRequest = {},
  ): Promise<ReadonlyMap<string, Float64Array>> {
    const columns = new Map(fields.map((field) => [field, new Float64Array(cellsOf(ranges)).fill(NaN)]));
    const progress = host.progress(`Reading ${this.name}`, ranges.length);
    try {
      for (const [done, { instrument, first, length, offset }] of ranges.entries()) {
        await host.breathe();
        for (const field of fields) {
          const stored = this.#features.get(instrument)?.get(field);
          if (!stored) continue;
          const from = Math.max(first, stored.first);
          const count = Math.min(first + length, stored.first + stored.length) - from;
          if (count <= 0) continue;
          const values = readBinValues(stored.file, from - stored.first, count);
          columns.get(field)!.set(values, offset + from - first);
        }
        progress.update(done + 1);
      }
    } finally {
      progress.end();
    }
    return columns;
  }

  /** A place in a file is a calendar entry: there can be no two. */
  async findDuplicates() {
    return { count: 0, examples: [], files: [] };
  }

  async findUnsorted() {
    return [];
  }

  filesOf(instrument: string): readonly string[] {
    const files = [...(this.#features.get(instrument)?.values() ?? [])];
    return files.length ? [path.relative(this.address, path.dirname(files[0]!.file)).split(path.sep).join("/")] : [];
  }

  async contentHash(): Promise<string> {
    const hash = createHash("sha256");
    const lists = [...this.universes].map(([name, members]) => [name, [...members]]);
    hash.update(JSON.stringify([[...this.calendar.datetimes], lists]));
    for (const instrument of [...this.#features.keys()].sort()) {
      await host.breathe();
      for (const [field, { file }] of this.#features.get(instrument)!) {
        hash.update(`${instrument} ${field}\n`);
        hash.update(await readFile(file));
      }
    }
    return hash.digest("hex");
  }
}

async function chooseFrequency(folder: string, wanted: Frequency): Promise<Frequency> {
  const files = await readdir(path.join(folder, "calendars"));
  const stored = files
    .filter((file) => /\.txt$/.test(file) && !/_future\.txt$/.test(file))
    .map((file) => parseFreq(file.slice(0, -".txt".length)));
  if (stored.length === 0)
    throw new DataError(
      `Cannot open market "${folder}": a binary store of Qlib without a calendar\n  expected: calendars/day.txt, instruments/all.txt, features/<instrument>/close.day.bin`,
    );
  const exact = stored.find((freq) => freqKey(freq) === freqKey(wanted));
  if (exact) return exact;
  // Days before minutes: fewer bars to put together.
  const finer = stored
    .filter((freq) => canResample(freq, wanted))
    .sort((a, b) => Number(a.unit === "min") - Number(b.unit === "min") || b.count - a.count);
  if (finer[0]) return finer[0];
  if (freqKey(wanted) === "1day" && stored[0]) return stored[0];
  throw new UnknownNameError("frequency", freqKey(wanted), stored.map(freqKey), {
    context: `Cannot open market "${folder}"`,
  });
}

async function readCalendar(file: string): Promise<TradingCalendar> {
  const lines = (await readFile(file, "utf8")).split(/\r?\n/).filter((line) => line.trim() !== "");
  try {
    return new TradingCalendar(lines.map((line) => parseDatetime(line)));
  } catch (cause) {
    throw new DataError(`Cannot read ${file}: ${(cause as Error).message}`, { cause });
  }
}

/** The calendar and the days of a `_future` file after its last; undefined without such days. */
async function readFuture(file: string, calendar: TradingCalendar): Promise<TradingCalendar | undefined> {
  if (!existsSync(file)) return undefined;
  const coming = [...(await readCalendar(file)).datetimes].filter((ms) => ms > calendar.last);
  return coming.length ? calendar.withFuture(coming) : undefined;
}

async function findFeatures(
  folder: string,
  freq: string,
  calendarLength: number,
): Promise<ReadonlyMap<string, FeatureFiles>> {
  const suffix = `.${freq}.bin`;
  const features = new Map<string, FeatureFiles>();
  const folders = (await readdir(folder, { withFileTypes: true })).filter((entry) => entry.isDirectory());
  for (const { name } of folders) {
    await host.breathe();
    const files = (await readdir(path.join(folder, name))).filter((file) => file.endsWith(suffix)).sort();
    if (files.length === 0) continue;
    const found = files.map((entry) => {
      const file = path.join(folder, name, entry);
      return [`$${entry.slice(0, -suffix.length)}`, { file, ...readBinRange(file, calendarLength) }] as const;
    });
    features.set(instrumentOf(name), new Map(found));
  }
  if (features.size === 0) throw new DataError(`Cannot read the store: no file *${suffix} in the folders of ${folder}`);
  return features;
}

function rangesOf(features: ReadonlyMap<string, FeatureFiles>): StoredRange[] {
  let offset = 0;
  const ranges: StoredRange[] = [];
  for (const instrument of [...features.keys()].sort()) {
    const filled = [...features.get(instrument)!.values()].filter(({ length }) => length > 0);
    if (filled.length === 0) continue;
    const first = Math.min(...filled.map((file) => file.first));
    const length = Math.max(...filled.map((file) => file.first + file.length)) - first;
    ranges.push({ instrument, first, length, offset });
    offset += length;
  }
  return ranges;
}

const BAR_ORDER = ["$open", "$high", "$low", "$close", "$volume", "$factor", "$change", "$vwap"];

/** The usual fields in the usual order, others after them by name. */
function inBarOrder(a: string, b: string): number {
  const [i, j] = [a, b].map((field) => BAR_ORDER.indexOf(field) + 1 || BAR_ORDER.length + 1) as [number, number];
  return i - j || (a < b ? -1 : 1);
}
