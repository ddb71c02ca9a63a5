import type { Command } from "commander";
import { VIEW } from "../panel/view.js";
import { example, printFacts } from "./command.js";

interface StoreOptions {
  readonly store?: string;
  readonly json?: true;
}

export function addStoreCommands(program: Command): void {
  const command = (name: string, description: string) =>
    program.command(name).description(description).exitOverride().option("--store <dir>", "the store's folder; default: .alphabook found upward, or ALPHABOOK_STORE").option("--json", "print rows for machines");

  example(command("sql <statement>", "Ask the history in SQL; only reading statements run."), `alphabook sql 'FROM runs_wide ORDER BY "m.IC" DESC LIMIT 5'`).action(ask);
  example(command("runs [experiment]", "List runs, newest first."), "alphabook runs first-hour").action((experiment: string | undefined, options: StoreOptions) =>
    listRuns(experiment, options),
  );
}

async function ask(statement: string, options: StoreOptions): Promise<void> {
  const { runSqlCell } = await import("../tracking/sql.js");
  await useStore(options);
  await printTable(options, (await runSqlCell(statement, {})).toTable());
}

async function listRuns(experiment: string | undefined, options: StoreOptions): Promise<void> {
  const { R } = await useStore(options);
  const runs = await R.listRecorders(experiment === undefined ? {} : { experimentName: experiment });
  await printTable(options, runs[VIEW]().table);
}

async function useStore({ store }: StoreOptions) {
  const tracking = await import("../tracking/r.js");
  if (store !== undefined) tracking.R.setUri(store);
  return tracking;
}

async function printTable({ json }: StoreOptions, table: unknown): Promise<void> {
  const { tableBundle } = await import("../display/view-bundle.js");
  const rows = typeof table === "object" && table !== null && "objects" in table ? (table as { objects(): unknown }).objects() : table;
  printFacts(json, rows, String(tableBundle(table).data["text/plain"]));
}
