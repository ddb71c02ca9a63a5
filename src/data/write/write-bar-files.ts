import { writeFile } from "node:fs/promises";
import path from "node:path";
import type { EngineColumn, EngineTable } from "../../engine/columns.js";
import { formatDatetime } from "../../engine/datetime.js";
import { replaceFile } from "../../engine/durable-file.js";
import { getEngine } from "../../engine/engine.js";
import { host } from "../../host/host.js";
import type { Bars } from "../bars.js";
import { quoteText } from "../files/bar-file.js";
import { numbers } from "../files/bar-grid.js";
import type { ImportedMarket } from "../import-market.js";
import type { InstrumentSpans, Market } from "../market.js";
import { writableUniverses } from "./writable-universes.js";

interface BarFilesTarget {
  readonly format: "parquet" | "csv";
  readonly file?: string;
  readonly folder?: string;
}

const BARS = "bars";
const DAY_MS = 86_400_000;

/**
 * One file of bars, sorted by instrument and datetime, without the rows that are missing in every field. In a folder: universes as
 * `<name>_membership.csv` and `market.yaml` beside it.
 */
export async function writeBarFiles(market: Market, { format, file, folder }: BarFilesTarget): Promise<ImportedMarket> {
  const target = file ?? path.join(folder!, `${BARS}.${format}`);
  const fields = market.fields.filter((field) => !(field in market.derived));
  const everything = await market.loadBars({ fields, universe: market.allInstruments });
  const table = await tableOf(everything);
  if (format === "parquet") await (await getEngine()).writeParquet(target, table);
  else await writeCsv(target, table);
  const result = {
    address: file ?? folder!,
    format,
    instruments: everything.instruments.length,
    rows: table.numRows,
    fields,
  };
  const { universes, notes } = writableUniverses(market);
  if (file !== undefined)
    return {
      ...result,
      universes: ["all"],
      files: 1,
      notes: [...notes, `universes left out: ${[...universes.keys()].join(", ")}`],
    };
  // "all" of a folder is the union of its files; where it is less, a membership of that name takes its place.
  const isUnion = market.instruments("all").length === market.allInstruments.length;
  const listed = [...universes].filter(([name]) => !(name === "all" && isUnion) && name !== BARS);
  for (const [name, members] of listed)
    await writeFile(path.join(folder!, `${name}_membership.csv`), membershipText(market, members));
  const description = {
    universe: market.universe,
    ...(market.benchmark === undefined ? {} : { benchmark: market.benchmark }),
    region: market.region,
  };
  const { stringify } = await import("yaml");
  await writeFile(path.join(folder!, "market.yaml"), stringify(description));
  return { ...result, universes: [...universes.keys()], files: 2 + listed.length, notes };
}

async function tableOf({ calendar, fields, instruments }: Bars): Promise<EngineTable> {
  const kept: Int32Array[] = [];
  for (const { length, values } of instruments) {
    await host.breathe();
    const columns = [...values.values()];
    const days = Array.from({ length }, (_, t) => t).filter((t) => columns.some((column) => !Number.isNaN(column[t]!)));
    kept.push(Int32Array.from(days));
  }
  const numRows = kept.reduce((sum, days) => sum + days.length, 0);
  const [codes, datetimes] = [new Int32Array(numRows), new Float64Array(numRows)];
  const columns = fields.map(() => new Float64Array(numRows));
  let row = 0;
  for (const [code, { first, values }] of instruments.entries()) {
    await host.breathe();
    const inputs = fields.map((field) => values.get(field)!);
    for (const t of kept[code]!) {
      codes[row] = code;
      datetimes[row] = calendar.at(first + t);
      for (let f = 0; f < inputs.length; f++) columns[f]![row] = inputs[f]![t]!;
      row++;
    }
  }
  return {
    numRows,
    columns: new Map<string, EngineColumn>([
      ["datetime", { type: "datetime", values: datetimes }],
      ["instrument", { type: "text", codes, dictionary: instruments.map(({ instrument }) => instrument) }],
      ...fields.map((field, f) => [field.slice(1), { type: "float64", values: columns[f]! }] as const),
    ]),
  };
}

/** Numbers as the shortest text that reads back the same; days as dates. */
async function writeCsv(file: string, table: EngineTable): Promise<void> {
  const datetimes = numbers(table.columns.get("datetime")!);
  const type = datetimes.every((ms) => ms % DAY_MS === 0) ? "DATE" : "TIMESTAMP";
  const engine = await getEngine();
  const lent = engine.lend(table);
  try {
    await replaceFile(file, (temporary) =>
      engine.run(
        `COPY (SELECT CAST(datetime AS ${type}) AS datetime, * EXCLUDE (datetime) FROM (${lent.select})) TO ${quoteText(temporary)} (FORMAT csv, HEADER)`,
      ),
    );
  } finally {
    lent.end();
  }
}

/** A row per stay; the end is the first bar outside, empty while the stay lasts as long as the bars do. */
function membershipText({ calendar, sectors }: Market, members: readonly InstrumentSpans[]): string {
  const quote = (text: string) => (/[",\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text);
  const lines = members.flatMap(({ instrument, spans }) =>
    spans.map(({ start, end }) => {
      const after = calendar.get(calendar.indexOf(end) + 1);
      const texts = [instrument, formatDatetime(start), after === null ? "" : formatDatetime(after)];
      return [...texts, sectors.get(instrument) ?? ""].map(quote).join(",");
    }),
  );
  return `instrument,start_date,end_date,sector\n${lines.join("\n")}\n`;
}
