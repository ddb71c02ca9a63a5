import { mkdir, writeFile } from "node:fs/promises";
import path from "node:path";
import { Option, type Command } from "commander";
import { VIEW } from "../panel/view.js";
import { example } from "./command.js";
import { findRun } from "./find-run.js";
import { printView, storeCommand, useStore, type StoreOptions } from "./store-option.js";

interface RunOptions extends StoreOptions {
  readonly param: readonly string[];
  readonly dryRun?: true;
  readonly report?: string;
  readonly name?: string;
  readonly recorderName?: string;
  readonly uri?: string;
  /** Qlib's names. */
  readonly experiment_name?: string;
  readonly uri_folder?: string;
}

interface OutputOptions {
  readonly output?: string;
}

const collected = (value: string, values: readonly string[]) => [...values, value];

/** `run`, also installed as `qrun`, and `workflow`. */
export function addWorkflowCommands(program: Command): void {
  const run = storeCommand(
    program,
    "run <workflow.yaml>",
    "Run a workflow file, Qlib's own among them, as one recorded run.",
  )
    .option("-p, --param <key=value>", "a value that wins over the file; again for more", collected, [])
    .option("--dry-run", "read and check everything, print the plan, run nothing")
    .option("--report <page.html>", "write the run's report as a page")
    .option("--name <experiment>", "experiment; default: the file's experiment_name, else workflow")
    .option("--recorder-name <name>", "name of the run")
    .addOption(new Option("--uri <dir>", "the same as --store").hideHelp())
    .addOption(new Option("--experiment_name <name>", "Qlib's word for --name").hideHelp())
    .addOption(new Option("--uri_folder <dir>", "Qlib's word for --store").hideHelp());
  example(run, "alphabook run workflow.yaml -p task.model.kwargs.num_leaves=64 --report page.html").action(runFile);

  const workflow = program.command("workflow").description("What workflow files may hold, and the file of a run.");
  const schema = workflow
    .command("schema")
    .description("The JSON schema of workflow files, for editors.")
    .exitOverride()
    .option("-o, --output <schema.json>", "write it to a file");
  example(schema, "alphabook workflow schema -o workflow.schema.json").action(printSchema);
  const fromRun = storeCommand(workflow, "from-run <run>", "The workflow file that repeats a run.").option(
    "-o, --output <workflow.yaml>",
    "write it to a file; paths in it are relative to it",
  );
  example(fromRun, "alphabook workflow from-run 019ab3 -o again.yaml").action(writeWorkflow);
}

async function runFile(file: string, options: RunOptions): Promise<void> {
  await import("../index.js");
  const { planWorkflow } = await import("../workflow/run-workflow.js");
  const store = options.store ?? options.uri ?? options.uri_folder;
  const experimentName = options.name ?? options.experiment_name;
  const plan = await planWorkflow(file, {
    overrides: options.param,
    ...(store !== undefined && { storeUri: store }),
    ...(experimentName !== undefined && { experimentName }),
    ...(options.recorderName !== undefined && { recorderName: options.recorderName }),
  });
  if (options.dryRun) {
    const { segments, notes, config } = plan;
    return printView(options, plan[VIEW](), { experiment: plan.experimentName, segments, notes, config });
  }
  for (const note of plan.notes) process.stderr.write(`${note}\n`);
  // Before the work, not after it, is the time to find out that there is no such folder.
  if (options.report !== undefined) await mkdir(path.dirname(path.resolve(options.report)), { recursive: true });
  const run = await plan.run();
  const page = options.report === undefined ? undefined : await writePage(run, options.report);
  const { id, name, status, metrics, info } = run;
  const facts = { experiment: info.experimentName, run: name, id, status, ...(page !== undefined && { report: page }) };
  const headline = HEADLINE.filter((key) => key in metrics).map((key) => [key, metrics[key]]);
  await printView(
    options,
    {
      kind: "facts",
      title: `Workflow ${file}: done`,
      facts: { ...facts, ...Object.fromEntries(headline) },
      notes: page === undefined ? [`the report: alphabook report ${id.slice(-8)} -o page.html`] : [],
    },
    { ...facts, metrics },
  );
}

/** Metrics that are printed; `--json` has all. */
const HEADLINE = [
  ...["IC", "ICIR", "Rank IC", "Rank ICIR"],
  ...["annualized_return", "information_ratio", "max_drawdown"].map((key) => `1day.excess_return_with_cost.${key}`),
];

async function writePage(run: Parameters<typeof import("../report/run-report.js").loadRunReport>[0], page: string) {
  const { loadRunReport } = await import("../report/run-report.js");
  const { reportToHtml } = await import("../notebook/report-page.js");
  const file = path.resolve(page);
  await writeFile(file, await reportToHtml(await loadRunReport(run), { footer: `Run ${run.id} · alphabook` }));
  return file;
}

async function printSchema({ output }: OutputOptions): Promise<void> {
  const { workflowSchema } = await import("../workflow/workflow-schema.js");
  await emit(`${JSON.stringify(workflowSchema(), null, 2)}\n`, output);
}

async function writeWorkflow(word: string, options: StoreOptions & OutputOptions): Promise<void> {
  const { R } = await useStore(options);
  const { workflowFromRun } = await import("../workflow/workflow-from-run.js");
  const { output } = options;
  const folder = output === undefined ? process.cwd() : path.dirname(path.resolve(output));
  await emit(await workflowFromRun(await findRun(R, word), { folder }), output);
}

async function emit(text: string, output: string | undefined): Promise<void> {
  if (output === undefined) process.stdout.write(text);
  else await writeFile(output, text);
}
