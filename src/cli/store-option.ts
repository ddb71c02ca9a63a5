import type { Command } from "commander";
import type { DisplayBundle } from "../display/chart-bundle.js";
import type { View } from "../panel/view.js";
import { printFacts } from "./command.js";

/** What every command that reads the history takes. */
export interface StoreOptions {
  readonly store?: string;
  readonly json?: true;
}

/** A command with `--store` and `--json`. */
export function storeCommand(parent: Command, name: string, description: string): Command {
  return parent
    .command(name)
    .description(description)
    .exitOverride()
    .option("--store <dir>", "the store's folder; default: .alphabook found upward, or ALPHABOOK_STORE")
    .option("--json", "print facts for machines");
}

/** The recorder of this process, with the store that was asked for. */
export async function useStore({ store }: StoreOptions) {
  const tracking = await import("../tracking/r.js");
  if (store !== undefined) tracking.R.setUri(store);
  return tracking;
}

/** Prints rows as a table, or as JSON. */
export async function printTable({ json }: StoreOptions, table: unknown): Promise<void> {
  const { tableBundle } = await import("../display/view-bundle.js");
  const rows =
    typeof table === "object" && table !== null && "objects" in table
      ? (table as { objects(): unknown }).objects()
      : table;
  printFacts(json, rows, textOf(tableBundle(table)));
}

/** Prints what shows itself in a notebook, or the facts as JSON. */
export async function printView({ json }: StoreOptions, view: View, facts: unknown): Promise<void> {
  const { viewBundle } = await import("../display/view-bundle.js");
  printFacts(json, facts, textOf(viewBundle(view)));
}

const textOf = ({ data }: DisplayBundle) => String(data["text/plain"]);
