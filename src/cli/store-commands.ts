import path from "node:path";
import type { Command } from "commander";
import { InvalidArgumentError } from "../errors.js";
import { example, printFacts } from "./command.js";
import { printTable, printView, storeCommand, useStore, type StoreOptions } from "./store-option.js";

interface DoctorOptions extends StoreOptions {
  readonly repair?: true;
}

interface ExportCommandOptions extends StoreOptions {
  readonly artifacts: boolean | string[];
  readonly force?: true;
  readonly refresh?: true;
}

interface GcCommandOptions extends StoreOptions {
  readonly olderThan: string;
  readonly apply?: true;
}

interface MoveOptions extends StoreOptions {
  readonly to?: string;
  readonly removeOld?: true;
  readonly apply?: true;
}

interface CompactOptions extends StoreOptions {
  readonly base?: true;
}

/** `sql`, `store doctor`, `store export`, `store compact`, `store gc`, `store merge`, `store move`, `store uploads`. */
export function addStoreCommands(program: Command): void {
  const ask = storeCommand(program, "sql <statement>", "Ask the history in SQL; only reading statements run.");
  example(ask, `alphabook sql 'FROM runs_wide ORDER BY "m.IC" DESC LIMIT 5'`).action(answer);

  const store = program.command("store").description("The folder that holds the history.").exitOverride();
  const doctor = storeCommand(
    store,
    "doctor",
    "Look for what is not as it should be. Exit code 1 when something is open.",
  ).option("--repair", "do what the findings say; what is taken away is kept in the folder aside");
  example(doctor, "alphabook store doctor --repair").action(examineStore);

  const save = storeCommand(store, "export [file]", "Write the history as one DuckDB database for other clients.")
    .option("--refresh", "renew the store's own copy, runs.duckdb, instead")
    .option("--artifacts [names...]", "table artifacts too: all, or those named", false)
    .option("--force", "replace a file that is there");
  const compact = storeCommand(
    store,
    "compact",
    "Take what the logs hold into files that are read faster. Happens by itself when logs have grown.",
  ).option("--base", "everything into one new base");
  example(compact, "alphabook store compact --base").action(compactStore);

  const gc = storeCommand(store, "gc", "Show what was deleted softly and would go for good; with --apply it goes.")
    .option("--older-than <days>", "only what was deleted so many days ago", "30")
    .option("--apply", "delete it for good");
  example(gc, "alphabook store gc --older-than 7 --apply").action(collectGarbage);

  const merge = storeCommand(store, "merge <folder>", "Take in what another store has and this one has not.");
  example(merge, "alphabook store merge ../colleague/.alphabook").action(mergeStore);

  const move = storeCommand(store, "move", "Move the artifacts of all runs to a bucket, or back; can be ended and repeated.")
    .option("--to <place>", "s3://bucket/prefix?endpoint=http://host:9000&region=…, or local: the store's folder")
    .option("--remove-old", "show what the last move left in the old place and would go")
    .option("--apply", "with --remove-old: delete it for good");
  example(move, `alphabook store move --to "s3://quant/team?endpoint=http://minio:9000"`).action(moveArtifacts);

  const uploads = storeCommand(store, "uploads", "Upload the artifacts that wait for it. Exit code 1 when some still wait.");
  example(uploads, "alphabook store uploads").action(uploadArtifacts);

  example(save, "alphabook store export history.duckdb --artifacts pred label").action(exportStore);
}

async function compactStore(options: CompactOptions): Promise<void> {
  const { R } = await useStore(options);
  const report = await R.store.compact({ to: options.base ? "base" : "delta" });
  const text = { none: "Nothing to do", lost: "Another process was first" }[report.made as "none" | "lost"];
  printFacts(
    options.json,
    report,
    `${text ?? `New ${report.made}`}: generation ${report.generation}, ${report.logBytes} bytes of logs, ${report.deleted} outdated files deleted`,
  );
}

async function collectGarbage(options: GcCommandOptions): Promise<void> {
  const { R } = await useStore(options);
  const report = await R.store.gc({ olderThanDays: Number(options.olderThan), apply: options.apply ?? false });
  const { runs, experiments, files, bytes, applied } = report;
  const what = `${runs.length} runs, ${experiments.length} experiments, ${files} files (${bytes} bytes)`;
  printFacts(options.json, report, applied ? `Deleted for good: ${what}` : `Would be deleted for good with --apply: ${what}`);
}

async function mergeStore(folder: string, options: StoreOptions): Promise<void> {
  const { R } = await useStore(options);
  const report = await R.store.merge(folder);
  const { newRuns, points, artifacts, missing } = report;
  const lacking = missing.length ? `; ${missing.length} artifacts have no file there` : "";
  printFacts(options.json, report, `Merged: ${newRuns} new runs, ${points} points, ${artifacts} artifacts${lacking}`);
}

async function moveArtifacts(options: MoveOptions): Promise<void> {
  const { R } = await useStore(options);
  if ((options.to === undefined) === (options.removeOld === undefined) || (options.apply && !options.removeOld))
    throw new InvalidArgumentError(
      "Cannot move the artifacts: expected either --to s3://… or --to local, or --remove-old, then with --apply",
    );
  if (options.to === undefined) {
    const report = await R.store.removeOldArtifacts({ apply: options.apply ?? false });
    const { previous, files, bytes, kept, applied } = report;
    const stay = kept ? `; ${kept} stay: they are not in the present place, or their run is at work` : "";
    const what = `${files} files (${bytes} bytes) in ${previous}${stay}`;
    const text = `${applied ? "Deleted for good" : "Would be deleted for good with --apply"}: ${what}`;
    return printFacts(options.json, report, previous === undefined ? "There is no old place" : text);
  }
  const report = await R.store.moveArtifacts(options.to);
  const { to, artifacts, bytes, copied, missing, previous } = report;
  const lacking = missing.length ? `; ${missing.length} artifacts have no file anywhere` : "";
  const back = previous === undefined ? "" : `\nThe old place keeps its files. Back: alphabook store move --to "${previous}"`;
  printFacts(
    options.json,
    report,
    `Artifacts are kept in ${to}: ${artifacts} (${bytes} bytes) read and right, ${copied} of them copied now${lacking}${back}`,
  );
}

async function uploadArtifacts(options: StoreOptions): Promise<void> {
  const { R } = await useStore(options);
  const state = await R.store.uploads();
  const { address, waiting, problem, givenUp } = state;
  const lines = [`${waiting} artifacts wait to be uploaded to ${address}`, ...(problem ? [problem] : []), ...givenUp];
  printFacts(options.json, state, address === undefined ? "Artifacts are kept in the store's folder" : lines.join("\n"));
  if (waiting > 0) process.exitCode = 1;
}

async function exportStore(file: string | undefined, options: ExportCommandOptions): Promise<void> {
  const { R } = await useStore(options);
  if ((file === undefined) !== (options.refresh ?? false))
    throw new InvalidArgumentError("Cannot export the store: expected either a file to write, or --refresh for runs.duckdb");
  if (file === undefined) {
    const database = await R.store.refreshSnapshot();
    return printFacts(options.json, { database }, `Database: ${database}`);
  }
  const target = path.resolve(file);
  await R.store.exportDatabase(target, { artifacts: options.artifacts, overwrite: options.force ?? false });
  printFacts(options.json, { database: target }, `Database: ${target}`);
}

async function examineStore(options: DoctorOptions): Promise<void> {
  const { R } = await useStore(options);
  const findings = await R.store.doctor({ repair: options.repair ?? false });
  const open = findings.filter(({ state }) => state !== "repaired").length;
  const title =
    findings.length === 0 ? `${R.store.root} is healthy` : `${R.store.root}: ${findings.length} findings, ${open} open`;
  await printView(
    options,
    { kind: "doctor", title, ...(findings.length && { table: findings }) },
    { store: R.store.root, findings },
  );
  if (open > 0) process.exitCode = 1;
}

async function answer(statement: string, options: StoreOptions): Promise<void> {
  const { runSqlCell } = await import("../tracking/sql.js");
  await useStore(options);
  await printTable(options, (await runSqlCell(statement, {})).toTable());
}
