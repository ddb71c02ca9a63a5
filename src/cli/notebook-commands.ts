import { writeFile } from "node:fs/promises";
import path from "node:path";
import { InvalidArgumentError, Option, type Command } from "commander";
import type { CellProgress, Notebook, Parameters, RunResult } from "#kernel/run.cjs";
import { example, printFacts } from "./command.js";

interface RunCommandOptions {
  readonly output?: string;
  readonly param: readonly string[];
  readonly timeout?: number;
  readonly allowErrors?: true;
  readonly html?: true;
  readonly json?: true;
}

export function addNotebookCommands(program: Command): void {
  const notebook = program
    .command("notebook")
    .description("Run notebooks without Jupyter, make pages of them.")
    .exitOverride();

  const run = notebook
    .command("run <notebook>")
    .description("Run all cells on the kernel and write the notebook with its outputs. Exit code 1 when a cell fails.")
    .exitOverride()
    .option("-o, --output <file>", "where to write; default: <name>.out.ipynb beside the notebook")
    .option("-p, --param <name=value>", 'set a variable of the cell tagged "parameters"; again for more', pairOf, [])
    .addOption(new Option("--timeout <seconds>", "how long one cell may run").argParser(secondsOf))
    .option("--allow-errors", "go on after a cell that throws")
    .option("--html", "write a web page beside the output too")
    .option("--json", "print facts for machines");
  example(run, "alphabook notebook run research.ipynb -o out/research.ipynb -p alpha=0.1 --timeout 300").action(
    runCommand,
  );

  const html = notebook
    .command("html <notebook>")
    .description("Make one self-contained page of a notebook; it needs no network and no script to be read.")
    .exitOverride()
    .option("-o, --output <file>", "where to write; default: <name>.html beside the notebook")
    .option("--json", "print facts for machines");
  example(html, "alphabook notebook html research.ipynb -o research.html").action(
    async (file: string, { output, json }: { output?: string; json?: true }) => {
      const { readNotebook } = await import("#kernel/notebook-file.cjs");
      const target = path.resolve(output ?? file.replace(/(\.ipynb)?$/, ".html"));
      await writePage(readNotebook(file), target);
      printFacts(json, { page: target }, `Page: ${target}`);
    },
  );
}

async function runCommand(file: string, options: RunCommandOptions): Promise<void> {
  const { runNotebook } = await import("#kernel/run.cjs");
  const output = path.resolve(options.output ?? file.replace(/(\.ipynb)?$/, ".out.ipynb"));
  const interrupted = new AbortController();
  process.once("SIGINT", () => interrupted.abort());
  const result = await runNotebook(file, output, {
    parameters: await parametersOf(options.param),
    timeoutMs: options.timeout === undefined ? undefined : options.timeout * 1000,
    allowErrors: options.allowErrors,
    signal: interrupted.signal,
    onCell: process.env.CI || options.json ? undefined : tellCell,
  });
  const page = options.html ? output.replace(/\.ipynb$/, ".html") : undefined;
  if (page !== undefined) await writePage(result.notebook, page);
  const facts = {
    status: result.status,
    output,
    page,
    cellsRun: result.cellsRun,
    cellsTotal: result.cellsTotal,
    seconds: Number((result.ms / 1000).toFixed(2)),
    failure: result.failure,
  };
  printFacts(options.json, facts, await endText(result, output, page));
  if (result.status !== "ok") process.exitCode = 1;
}

async function parametersOf(pairs: readonly string[]): Promise<Parameters> {
  const { parseParameterValue } = await import("#kernel/run.cjs");
  return Object.fromEntries(
    pairs.map((pair) => {
      const at = pair.indexOf("=");
      return [pair.slice(0, at), parseParameterValue(pair.slice(at + 1))];
    }),
  );
}

async function writePage(notebook: Notebook, target: string): Promise<void> {
  const { notebookToHtml } = await import("../notebook/html.js");
  await writeFile(target, await notebookToHtml(notebook, { name: path.basename(target, ".html") }));
}

/** One line on stderr for each cell as it ends. */
function tellCell({ state, number, total, ms = 0, error }: CellProgress): void {
  if (state === "end")
    process.stderr.write(
      `cell ${number} of ${total}: ${error ? `${error.ename}: ${error.evalue.split("\n")[0]}` : `${(ms / 1000).toFixed(2)} s`}\n`,
    );
}

/** What the cells tagged `summary` said, why the run ended if not well, and where things are. */
async function endText(result: RunResult, output: string, page: string | undefined): Promise<string> {
  const { hasTag, textOf } = await import("#kernel/run.cjs");
  const { stripVTControlCharacters } = await import("node:util");
  const said = result.notebook.cells
    .filter((cell) => cell.cell_type === "code" && hasTag(cell, "summary"))
    .flatMap((cell) => (cell.cell_type === "code" ? cell.outputs : []))
    .map((one) =>
      one.output_type === "stream"
        ? textOf(one.text)
        : "data" in one
          ? textOf((one.data["text/plain"] as string | string[] | undefined) ?? "")
          : "",
    );
  const { failure, status } = result;
  const number = result.notebook.cells.filter(
    (cell, index) => cell.cell_type === "code" && index <= (failure?.cellIndex ?? 0),
  ).length;
  const fault = failure
    ? [
        `Cell ${number} ${status === "failed" ? "failed" : status}: ${failure.ename}: ${failure.evalue}`,
        ...failure.traceback.map(stripVTControlCharacters),
      ]
    : [];
  const done = `Ran ${result.cellsRun} of ${result.cellsTotal} cells in ${(result.ms / 1000).toFixed(1)} s`;
  return [
    ...said.map((text) => text.trimEnd()).filter(Boolean),
    ...fault,
    done,
    `Notebook: ${output}`,
    ...(page === undefined ? [] : [`Page: ${page}`]),
  ].join("\n");
}

function secondsOf(text: string): number {
  const value = Number(text);
  if (!(value > 0)) throw new InvalidArgumentError("Expected seconds, e.g. --timeout 300");
  return value;
}

function pairOf(pair: string, pairs: string[]): string[] {
  if (pair.indexOf("=") < 1) throw new InvalidArgumentError("Expected name=value, e.g. -p alpha=0.1");
  return [...pairs, pair];
}
