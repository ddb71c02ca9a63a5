import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { parseFreq } from "../../calendar/frequency.js";
import { DataError } from "../../errors.js";
import { host } from "../../host/host.js";
import type { ImportedMarket } from "../import-market.js";
import type { Market } from "../market.js";
import { binBytes } from "../qlib/bin-file.js";
import { storeTime } from "../qlib/instruments-file.js";
import { folderOf, freqName } from "../qlib/store-names.js";
import { writableUniverses } from "./writable-universes.js";

/** Instruments that are held at once. */
const BATCH = 50;

/** The binary store of Qlib: every field, derived ones too, as float32. */
export async function writeQlibStore(
  market: Market,
  folder: string,
  fields: readonly string[] = market.fields,
): Promise<ImportedMarket> {
  const { calendar, allInstruments } = market;
  checkNames(allInstruments);
  const freq = freqName(parseFreq(market.freq));
  const within = (...parts: string[]) => path.join(folder, ...parts);
  await Promise.all(["calendars", "instruments", "features"].map((name) => mkdir(within(name), { recursive: true })));
  await writeFile(
    within("calendars", `${freq}.txt`),
    Array.from(calendar.datetimes, (ms) => `${storeTime(ms)}\n`).join(""),
  );
  const { universes, notes } = writableUniverses(market);
  for (const [name, members] of universes) {
    const lines = members.flatMap(({ instrument, spans }) =>
      spans.map(({ start, end }) => `${instrument.toUpperCase()}\t${storeTime(start)}\t${storeTime(end)}\n`),
    );
    await writeFile(within("instruments", `${name}.txt`), lines.join(""));
  }

  const progress = host.progress(`Writing ${path.basename(folder)}`, allInstruments.length);
  let [rows, files] = [0, 1 + universes.size];
  try {
    for (let from = 0; from < allInstruments.length; from += BATCH) {
      const bars = await market.loadBars({ fields, universe: allInstruments.slice(from, from + BATCH) });
      for (const { instrument, first, length, values } of bars.instruments) {
        await host.breathe();
        const place = within("features", folderOf(instrument));
        await mkdir(place, { recursive: true });
        for (const [field, column] of values) {
          await writeFile(path.join(place, `${field.slice(1)}.${freq}.bin`), binBytes(first, column));
          files++;
        }
        const columns = [...values.values()];
        for (let t = 0; t < length; t++) if (columns.some((column) => !Number.isNaN(column[t]!))) rows++;
      }
      progress.update(Math.min(allInstruments.length, from + BATCH));
    }
  } finally {
    progress.end();
  }
  return {
    address: folder,
    format: "qlib",
    instruments: allInstruments.length,
    rows,
    fields,
    universes: [...universes.keys()],
    files,
    notes: [...notes, "values rounded to float32"],
  };
}

/** The store knows names in capitals only. */
function checkNames(instruments: readonly string[]): void {
  const seen = new Map<string, string>();
  for (const instrument of instruments) {
    const capitals = instrument.toUpperCase();
    const other = seen.get(capitals);
    if (other !== undefined)
      throw new DataError(
        `Cannot write a binary store of Qlib: ${other} and ${instrument} are one name there, ${capitals}`,
      );
    if (/[/\\\t\n]/.test(instrument))
      throw new DataError(`Cannot write a binary store of Qlib: ${JSON.stringify(instrument)} is no name for a folder`);
    seen.set(capitals, instrument);
  }
}
