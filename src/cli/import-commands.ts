import type { Command } from "commander";
import { VIEW } from "../panel/view.js";
import { example } from "./command.js";
import { printView, storeCommand, useStore, type StoreOptions } from "./store-option.js";

/** `import mlruns`. */
export function addImportCommands(program: Command): void {
  const group = program.command("import").description("Bring in the history of other programs.").exitOverride();
  const mlruns = storeCommand(
    group,
    "mlruns <folder>",
    "Import the runs of an MLflow file store, such as Qlib writes; a second time brings only what is new.",
  );
  example(mlruns, "alphabook import mlruns ../qlib/examples/mlruns").action(bringMlruns);
}

async function bringMlruns(folder: string, options: StoreOptions): Promise<void> {
  const { importMlruns } = await import("../tracking/mlruns/import-mlruns.js");
  await useStore(options);
  const summary = await importMlruns(folder);
  const { counts, pickles, skipped } = summary;
  await printView(options, summary[VIEW](), { folder: summary.folder, ...counts, pickles, skipped });
}
