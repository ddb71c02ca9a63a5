import type { Command } from "commander";
import type { OpenMarketOptions } from "../data/open-market.js";
import { VIEW } from "../panel/view.js";
import { example, printFacts } from "./command.js";
import { printView } from "./store-option.js";

interface AddressOptions {
  readonly freq?: string;
  readonly dateField?: string;
  readonly symbolField?: string;
  readonly include?: string[];
  readonly exclude?: string[];
  readonly suffix?: string;
  readonly universe?: string;
  readonly benchmark?: string;
  readonly region?: string;
  readonly json?: true;
}

interface ImportCommandOptions extends AddressOptions {
  readonly to?: string;
  readonly mode?: string;
  readonly force?: true;
}

/** `data info`, `data check`, `data import`. */
export function addDataCommands(program: Command): void {
  const data = program
    .command("data")
    .description("Prices: what is there, what is wrong, another format.")
    .exitOverride();

  const info = addressCommand(data, "info <address>", "What a market holds: span, universes, fields, derived fields.");
  example(info, "alphabook data info ../prices --freq week").action(tellMarket);

  const check = addressCommand(data, "check <address>", "Look for faults in a market's data. Exit code 1 on an error.");
  example(check, "alphabook data check ../prices").action(checkData);

  const load = addressCommand(data, "import <from> <to>", "Write a market as Parquet, CSV or Qlib's binary store.")
    .option("--to <format>", "parquet, csv or qlib; default: what <to> ends in, else parquet")
    .option(
      "--mode <mode>",
      "update: append newer bars to <to>; fix: take these instruments in place of its own; default full",
    )
    .option("--force", "write where something lies already");
  example(load, "alphabook data import ~/.qlib/qlib_data/cn_data prices").action(importData);
}

function addressCommand(data: Command, name: string, description: string): Command {
  return data
    .command(name)
    .description(`${description} An address is a folder, a file or synthetic://.`)
    .exitOverride()
    .option("--freq <freq>", "bars of this length, such as week or 30min")
    .option("--date-field <column>", "the column with the datetime")
    .option("--symbol-field <column>", "the column with the instrument")
    .option("--include <columns...>", "only these columns become fields")
    .option("--exclude <columns...>", "all columns but these become fields")
    .option("--suffix <suffix>", "what bar files end in, cut off to get an instrument")
    .option("--universe <name>", "the universe that is meant when none is named")
    .option("--benchmark <instrument>", "the instrument to compare with")
    .option("--region <region>", "us, cn or tw: trading sessions and rules")
    .option("--json", "print facts for machines");
}

async function tellMarket(address: string, options: AddressOptions): Promise<void> {
  const { openMarket } = await import("../data/open-market.js");
  const market = await openMarket(address, openOptions(options));
  const fingerprint = await market.fingerprint();
  const facts = { name: market.name, freq: market.freq, ...market.info(), fingerprint };
  const view = market[VIEW]();
  await printView(
    options,
    { ...view, facts: { ...view.facts, fingerprint } },
    {
      ...facts,
      fields: market.fields,
      derived: market.derived,
      universes: market.universes,
    },
  );
}

async function checkData(address: string, options: AddressOptions): Promise<void> {
  const { checkMarket } = await import("../data/check-market.js");
  const report = await checkMarket(address, openOptions(options));
  const { findings, rows, isHealthy } = report;
  await printView(options, report[VIEW](), { address, isHealthy, rows, findings });
  if (!isHealthy) process.exitCode = 1;
}

async function importData(from: string, to: string, options: ImportCommandOptions): Promise<void> {
  const { importMarket } = await import("../data/import-market.js");
  const written = await importMarket(from, to, {
    ...openOptions(options),
    ...(options.to === undefined ? {} : { to: options.to as "parquet" }),
    ...(options.mode === undefined ? {} : { mode: options.mode as "update" }),
    overwrite: options.force ?? false,
  });
  const { address, format, instruments, rows, fields, universes, files, notes } = written;
  const lines = [
    `${rows} bars of ${instruments} instruments written as ${format}: ${address}`,
    `  fields: ${fields.join(", ")}`,
    `  universes: ${universes.join(", ")}`,
    `  files: ${files}`,
    ...notes.map((note) => `  note: ${note}`),
  ];
  printFacts(options.json, written, lines.join("\n"));
}

function openOptions(options: AddressOptions): OpenMarketOptions {
  const given: Record<string, unknown> = {
    freq: options.freq,
    dateFieldName: options.dateField,
    symbolFieldName: options.symbolField,
    includeFields: options.include,
    excludeFields: options.exclude,
    fileSuffix: options.suffix,
    universe: options.universe,
    benchmark: options.benchmark,
    region: options.region,
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as OpenMarketOptions;
}
