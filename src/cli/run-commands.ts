import { InvalidArgumentError, Option, type Command } from "commander";
import type { ColumnTable } from "arquero";
import { VIEW } from "../panel/view.js";
import type { Recorder } from "../tracking/recorder.js";
import { example } from "./command.js";
import { findRun } from "./find-run.js";
import { printTable, printView, storeCommand, useStore, type StoreOptions } from "./store-option.js";

interface RunsOptions extends StoreOptions {
  readonly filter?: string;
  readonly orderBy: readonly string[];
  readonly limit?: number;
  readonly view: "active" | "deleted" | "all";
}

interface CompareOptions extends StoreOptions {
  readonly higher: readonly string[];
  readonly lower: readonly string[];
}

/** More columns than this of metrics and of params are not printed; `--json` has all. */
const SHOWN_KEYS = 6;
const collected = (value: string, values: readonly string[]) => [...values, value];

/** `runs`, `show` and `compare`. */
export function addRunCommands(program: Command): void {
  const runs = storeCommand(program, "runs [experiment]", "List runs, newest first, with their metrics and params.")
    .option("--filter <clauses>", "clauses joined by and, on metrics., params., tags. and attributes.")
    .option("--order-by <term>", 'such as "metrics.IC DESC"; again for more', collected, [])
    .option("--limit <n>", "at most so many", wholeNumber)
    .addOption(
      new Option("--view <which>", "deleted runs too").choices(["active", "deleted", "all"]).default("active"),
    );
  example(
    runs,
    `alphabook runs first-hour --filter 'metrics."Rank IC" > 0.03 and params.model = "ridge"' --limit 5`,
  ).action(listRuns);

  const show = storeCommand(program, "show <run>", "Show one run: by its id, the beginning or end of it, or its name.");
  example(show, "alphabook show 019ab3").action(showRun);

  const compare = storeCommand(program, "compare <runs...>", "Params that differ and metrics of runs, side by side.")
    .option("--higher <metric>", "a metric that is better when higher; again for more", collected, [])
    .option("--lower <metric>", "a metric that is better when lower; again for more", collected, []);
  example(compare, "alphabook compare monday tuesday --higher IC --lower loss").action(compareWords);
}

async function listRuns(experiment: string | undefined, options: RunsOptions): Promise<void> {
  const { R } = await useStore(options);
  const { filter, orderBy, limit, view, json } = options;
  const found = await R.searchRecords({
    orderBy,
    view,
    ...(experiment !== undefined && { experimentNames: [experiment] }),
    ...(filter !== undefined && { filter }),
    ...(limit !== undefined && { limit }),
  });
  await printTable(options, json ? found : printed(found));
}

/** What fits on a screen. */
function printed(found: ColumnTable): ColumnTable {
  const names = found.columnNames();
  const keys = (prefix: string) => names.filter((name) => name.startsWith(prefix)).slice(0, SHOWN_KEYS);
  const first = ["name", "experiment", "status", "start_time", ...names.filter((name) => name === "deleted_at")];
  return found.select(...first, ...keys("metrics."), ...keys("params."), "run_id");
}

async function showRun(word: string, options: StoreOptions): Promise<void> {
  const { R } = await useStore(options);
  const run = await findRun(R, word);
  const [params, metrics, tags, artifacts] = [
    await run.listParams(),
    await run.listMetrics(),
    await run.listTags(),
    await run.listArtifacts("", { recursive: true }),
  ];
  const others = [
    ...Object.entries(tags).map(([name, value]) => ({ kind: "tag", name, value: oneLine(value) })),
    ...artifacts.map((name) => ({ kind: "artifact", name, value: undefined })),
  ];
  const { table = [], facts, ...view } = run[VIEW]();
  const shown = { ...facts, ...(run.deletedAt && { deleted: run.deletedAt }), folder: run.getLocalDir() };
  await printView(
    options,
    { ...view, facts: shown, table: [...(table as object[]), ...others] },
    { ...run.info, deletedAt: run.deletedAt, params, metrics, tags, artifacts, folder: run.getLocalDir() },
  );
}

async function compareWords(words: readonly string[], options: CompareOptions): Promise<void> {
  const { R } = await useStore(options);
  const { compareRuns } = await import("../tracking/compare-runs.js");
  const runs: Recorder[] = [];
  for (const word of words) runs.push(await findRun(R, word));
  const better = Object.fromEntries([
    ...options.higher.map((metric) => [metric, "higher"] as const),
    ...options.lower.map((metric) => [metric, "lower"] as const),
  ]);
  const found = await compareRuns(runs, { better });
  const { labels, params, metrics } = found;
  const ids = runs.map(({ id }, i) => ({ label: labels[i], id }));
  await printView(options, found[VIEW](), { runs: ids, params, metrics });
}

/** A text of one line that a table can show. */
function oneLine(value: unknown): string {
  const text = (typeof value === "string" ? value : JSON.stringify(value)).replace(/\s+/g, " ");
  return text.length <= 60 ? text : `${text.slice(0, 59)}…`;
}

function wholeNumber(text: string): number {
  if (/^\d+$/.test(text)) return Number(text);
  throw new InvalidArgumentError("a whole number is expected, e.g. --limit 20");
}
