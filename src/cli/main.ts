#!/usr/bin/env node
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { addDataCommands } from "./data-commands.js";
import { addImportCommands } from "./import-commands.js";
import { addKernelCommands } from "./kernel-commands.js";
import { addNotebookCommands } from "./notebook-commands.js";
import { addOnlineCommands } from "./online-commands.js";
import { addReportCommand } from "./report-command.js";
import { addRunCommands } from "./run-commands.js";
import { addStoreCommands } from "./store-commands.js";
import { addTaskCommands } from "./task-commands.js";
import { addWorkerCommand } from "./worker-command.js";
import { addWorkflowCommands } from "./workflow-commands.js";

/** Exit codes: 0 done, 1 it did not work, 2 the command was not understood. */
const [FAILED, MISUSED] = [1, 2];

const { version } = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as {
  version: string;
};
const program = new Command("alphabook")
  .description("Notebooks, runs and reports for quantitative research in TypeScript.")
  .version(version)
  .exitOverride()
  .configureHelp({ sortSubcommands: true });
addDataCommands(program);
addImportCommands(program);
addKernelCommands(program);
addNotebookCommands(program);
addRunCommands(program);
addOnlineCommands(program);
addReportCommand(program);
addStoreCommands(program);
addTaskCommands(program);
addWorkerCommand(program);
addWorkflowCommands(program);

program.parseAsync().catch((error: unknown) => {
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : MISUSED;
    return;
  }
  process.stderr.write(
    `${process.env.ALPHABOOK_DEBUG && error instanceof Error ? error.stack : error instanceof Error ? error.message : String(error)}\n`,
  );
  process.exitCode = FAILED;
});
