import { existsSync } from "node:fs";
import path from "node:path";
import { formatDatetime } from "../engine/datetime.js";
import { InvalidArgumentError, NotebookError } from "../errors.js";
import type { Recorder } from "../tracking/recorder.js";
import type { RunSource } from "../tracking/run-source.js";
import { kernelLanguage } from "./kernel-language.js";
import { findNeededCells, type NeededCells } from "./needed-cells.js";

export interface RunNotebookOptions {
  /** Replace a file that is there. Default false. */
  readonly overwrite?: boolean;
}

const SHOWN_METRICS = 20;

/**
 * Writes a notebook with the cells that make a run again, and nothing else: those that ran while it was open and, of
 * those before, the ones it needs. Its first cell says which run that was, its commit, its metrics and what was left
 * out.
 *
 * @returns Absolute path of the notebook.
 * @throws NotebookError for a run that was not started in a notebook.
 * @throws InvalidArgumentError for a path that does not end in `.ipynb`, or is there already.
 */
export async function writeRunNotebook(
  run: Recorder,
  file: string,
  { overwrite = false }: RunNotebookOptions = {},
): Promise<string> {
  const place = path.resolve(file);
  if (path.extname(place) !== ".ipynb")
    throw new InvalidArgumentError(`Cannot write a notebook to "${file}"\n  expected: a path that ends in .ipynb`);
  if (existsSync(place) && !overwrite)
    throw new InvalidArgumentError(
      `Cannot write a notebook to "${file}": it is there already\n  choose another name, or { overwrite: true }`,
    );
  const source = await run.source();
  if (source.cells.length === 0)
    throw new NotebookError(
      `Cannot write a notebook of run "${run.name}": no cells were recorded, it was started by a script\n  command: ${source.command ?? "unknown"}\n  commit: ${source.commit ?? "unknown"}`,
    );
  const needed = await findNeededCells(source.cells);
  const { linesOf, writeNotebook } = await import("#kernel/notebook-file.cjs");
  writeNotebook(place, {
    nbformat: 4,
    nbformat_minor: 5,
    metadata: kernelLanguage(),
    cells: [
      {
        cell_type: "markdown",
        id: "about",
        metadata: {},
        source: linesOf(about(run, source, needed, await run.listMetrics())),
      },
      ...needed.cells.map(({ code }, i) => ({
        cell_type: "code" as const,
        id: `cell-${i + 1}`,
        metadata: {},
        execution_count: null,
        outputs: [],
        source: linesOf(code),
      })),
    ],
  });
  return place;
}

function about(run: Recorder, source: RunSource, needed: NeededCells, metrics: Record<string, number>): string {
  const { commit, branch, dirty, notebook } = source;
  const started = run.startTime ? formatDatetime(run.startTime.getTime()).slice(0, 16) : "";
  const left = [
    count(needed.unneeded, "cell it does not need", "cells it does not need"),
    count(needed.failed, "cell that threw", "cells that threw"),
    count(needed.repeated, "earlier execution of a cell run again", "earlier executions of cells run again"),
  ].filter(Boolean);
  const edited = needed.cells.filter((cell) => cell.edited).length;
  const lines = [
    `# Run ${code(run.name)} again`,
    "",
    `Made ${started} UTC as run \`${run.id}\` of experiment ${code(run.info.experimentName)}${notebook ? `, in ${code(path.basename(notebook))}` : ""}.`,
    commit
      ? `Code: commit \`${commit}\`${branch ? ` on ${code(branch)}` : ""}${dirty ? ", with uncommitted changes (artifact `code_diff`)" : ""}.`
      : "Not in a git repository.",
    `Left out: ${left.join(", ") || "nothing"}.`,
    ...(edited
      ? [`Of ${edited} of these cells the notebook has newer code since; here is the code that was run.`]
      : []),
    ...(firstUnknown(source) > 1
      ? [`Cells before [${firstUnknown(source)}] ran before alphabook was imported; they were not recorded.`]
      : []),
  ];
  const entries = Object.entries(metrics);
  if (entries.length === 0) return lines.join("\n");
  const rows = entries.slice(0, SHOWN_METRICS).map(([key, value]) => `| ${cellText(key)} | ${value} |`);
  if (entries.length > SHOWN_METRICS) rows.push(`| … | ${entries.length - SHOWN_METRICS} more |`);
  return [...lines, "", "| metric | value then |", "|---|---|", ...rows].join("\n");
}

const firstUnknown = ({ attempts }: RunSource) => attempts[0]?.firstNumber ?? 1;
const count = (n: number, one: string, many: string) => (n === 0 ? "" : n === 1 ? `1 ${one}` : `${n} ${many}`);
const code = (text: string) => `\`${text.replaceAll("`", "'").replace(/\s+/g, " ")}\``;
const cellText = (text: string) => text.replace(/([\\|`*_<>])/g, "\\$1").replace(/\s+/g, " ");
