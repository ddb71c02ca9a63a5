import { hasTag, textOf } from "#kernel/notebook-file.cjs";
import type { Cell, CodeCell } from "#kernel/run.cjs";
import { escapeHtml } from "../display/escape-html.js";
import type { Sheets } from "./clean-html.js";
import type { Heading } from "./contents.js";
import { highlightCode } from "./highlight.js";
import { outputToHtml } from "./output-html.js";

/** What the cells of one page share. */
export interface PageParts {
  /** Filled by Markdown cells, in their order. */
  readonly headings: Heading[];
  /** Filled by outputs. */
  readonly sheets: Sheets;
  /** Whether code cells hold TypeScript or JavaScript. */
  readonly highlight: boolean;
}

/**
 * One cell as html. A cell tagged `remove-input` shows only its outputs, one tagged `hide-input` has its code folded away.
 *
 * @returns "" for an empty cell.
 */
export async function cellToHtml(cell: Cell, parts: PageParts): Promise<string> {
  const source = textOf(cell.source);
  if (cell.cell_type === "code") return codeCellHtml(cell, source, parts);
  if (source.trim() === "") return "";
  if (cell.cell_type === "raw") return `<section class="cell"><pre class="raw">${escapeHtml(source)}</pre></section>`;
  const { markdownToHtml } = await import("./markdown.js");
  return `<section class="cell markdown">${await markdownToHtml(source, { headings: parts.headings, attachments: cell.attachments })}</section>`;
}

async function codeCellHtml(cell: CodeCell, source: string, parts: PageParts): Promise<string> {
  const outputs: string[] = [];
  for (const output of cell.outputs) outputs.push(await outputToHtml(output, parts.sheets));
  const code =
    source.trim() === "" || hasTag(cell, "remove-input") ? "" : await codeHtml(cell, source, parts.highlight);
  if (code === "" && outputs.length === 0) return "";
  const failed = cell.outputs.some(({ output_type }) => output_type === "error");
  const shown =
    outputs.length === 0
      ? ""
      : `<div class="outputs">${outputs.map((html) => `<div class="output">${html}</div>`).join("\n")}</div>`;
  return `<section class="cell code${failed ? " failed" : ""}">${code}${shown}</section>`;
}

async function codeHtml(cell: CodeCell, source: string, highlight: boolean): Promise<string> {
  const count = cell.execution_count === null ? "[ ]" : `[${escapeHtml(String(cell.execution_count))}]`;
  const code = `<div class="input"><span class="count">${count}</span><pre class="source"><code>${highlight ? await highlightCode(source) : escapeHtml(source)}</code></pre></div>`;
  return hasTag(cell, "hide-input") ? `<details><summary>Code ${count}</summary>${code}</details>` : code;
}
