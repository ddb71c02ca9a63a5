import { readFileSync } from "node:fs";
import writeFileAtomic = require("write-file-atomic");
import type { MimeBundle } from "./wire.cjs";

/** Text as nbformat allows it: one string, or its lines with their line ends. */
export type MultilineText = string | string[];

export type Output =
  | { output_type: "stream"; name: "stdout" | "stderr"; text: MultilineText }
  | { output_type: "display_data"; data: MimeBundle; metadata: Record<string, unknown> }
  | {
      output_type: "execute_result";
      data: MimeBundle;
      metadata: Record<string, unknown>;
      execution_count: number | null;
    }
  | { output_type: "error"; ename: string; evalue: string; traceback: string[] };

export interface CellMetadata {
  tags?: string[];
  [key: string]: unknown;
}
interface AnyCell {
  /** Since nbformat 4.5. */
  id?: string;
  source: MultilineText;
  metadata: CellMetadata;
}
export interface CodeCell extends AnyCell {
  cell_type: "code";
  execution_count: number | null;
  outputs: Output[];
}
export interface TextCell extends AnyCell {
  cell_type: "markdown" | "raw";
  attachments?: Record<string, MimeBundle>;
}
export type Cell = CodeCell | TextCell;

/** A notebook as nbformat 4 keeps it in its file. */
export interface Notebook {
  nbformat: number;
  nbformat_minor: number;
  metadata: Record<string, unknown>;
  cells: Cell[];
}

/** A file that is no notebook of nbformat 4. */
export class NotebookFileError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "NotebookFileError";
  }
}

/** The text of a cell's source or of an output, whichever way it is kept. */
export function textOf(text: MultilineText): string {
  return Array.isArray(text) ? text.join("") : text;
}

export function hasTag(cell: Cell, tag: string): boolean {
  return cell.metadata.tags?.includes(tag) ?? false;
}

/**
 * Reads a notebook file.
 * @throws NotebookFileError when the file is missing, no JSON, or not nbformat 4.
 */
export function readNotebook(file: string): Notebook {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    throw new NotebookFileError(
      `Cannot read the notebook ${file}: ${missing ? "there is no such file" : (error as Error).message}`,
      { cause: error },
    );
  }
  return parseNotebook(text, file);
}

/** The notebook in a text; `name` stands in error messages. */
export function parseNotebook(text: string, name = "text"): Notebook {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new NotebookFileError(`Cannot read the notebook ${name}: it is no JSON (${(error as Error).message})`, {
      cause: error,
    });
  }
  const notebook = value as Partial<Notebook> | null;
  if (notebook === null || typeof notebook !== "object" || !Array.isArray(notebook.cells) || notebook.nbformat !== 4) {
    const version = notebook !== null && typeof notebook === "object" ? (notebook.nbformat ?? "none") : "none";
    throw new NotebookFileError(
      `Cannot read the notebook ${name}: expected nbformat 4 with a list of cells, got nbformat ${version}` +
        `\n  an older notebook is converted by opening and saving it in JupyterLab`,
    );
  }
  notebook.cells.forEach((cell, index) => checkCell(cell, index, name));
  return { ...notebook, nbformat_minor: notebook.nbformat_minor ?? 0, metadata: notebook.metadata ?? {} } as Notebook;
}

/** Writes a notebook as nbformat does: sorted keys, indent 1, text outputs as lines, a newline at the end; all of it or nothing. */
export function writeNotebook(file: string, notebook: Notebook): void {
  writeFileAtomic.sync(file, formatNotebook(notebook));
}

/** The text of a notebook file. The source of each cell stays a string or lines, as it was. */
export function formatNotebook(notebook: Notebook): string {
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, outputs: cell.outputs.map(splitOutput) } : cell,
  );
  return JSON.stringify(sortKeys({ ...notebook, cells }), null, 1) + "\n";
}

/** The lines of a text, each with its line end. */
export function linesOf(text: string): string[] {
  return text === "" ? [] : text.split(/(?<=\n)/);
}

function checkCell(cell: unknown, index: number, name: string): void {
  const wrong = (what: string) => new NotebookFileError(`Cannot read the notebook ${name}: cell ${index + 1} ${what}`);
  if (cell === null || typeof cell !== "object") throw wrong("is no object");
  const { cell_type, source, outputs } = cell as Record<string, unknown>;
  if (!["code", "markdown", "raw"].includes(cell_type as string))
    throw wrong(`has cell_type ${JSON.stringify(cell_type)}, expected code, markdown or raw`);
  if (typeof source !== "string" && !(Array.isArray(source) && source.every((line) => typeof line === "string"))) {
    throw wrong("has no source (a text or a list of lines)");
  }
  const parts = cell as Record<string, unknown>;
  parts.metadata ??= {};
  if (cell_type !== "code") return;
  if (outputs !== undefined && !Array.isArray(outputs)) throw wrong("has outputs that are no list");
  parts.outputs ??= [];
  parts.execution_count ??= null;
}

const TEXT_TYPES = /^text\/|^(application\/javascript|image\/svg\+xml)$/;

function splitOutput(output: Output): Output {
  if (output.output_type === "stream") return { ...output, text: linesOf(textOf(output.text)) };
  if (output.output_type === "error") return output;
  const data = Object.entries(output.data).map(([type, value]) => [
    type,
    typeof value === "string" && TEXT_TYPES.test(type) ? linesOf(value) : value,
  ]);
  return { ...output, data: Object.fromEntries(data) as MimeBundle };
}

function sortKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortKeys);
  if (value === null || typeof value !== "object") return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
  return Object.fromEntries(entries.map(([key, item]) => [key, sortKeys(item)]));
}
