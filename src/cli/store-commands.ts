import type { Command } from "commander";
import { example } from "./command.js";
import { printTable, storeCommand, useStore, type StoreOptions } from "./store-option.js";

/** `sql`. */
export function addStoreCommands(program: Command): void {
  const ask = storeCommand(program, "sql <statement>", "Ask the history in SQL; only reading statements run.");
  example(ask, `alphabook sql 'SELECT name, "m.IC" FROM runs_wide ORDER BY 2 DESC LIMIT 5'`).action(answer);
}

async function answer(statement: string, options: StoreOptions): Promise<void> {
  const { runSqlCell } = await import("../tracking/sql.js");
  await useStore(options);
  await printTable(options, (await runSqlCell(statement, {})).toTable());
}
