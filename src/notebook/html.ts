import type { Notebook } from "#kernel/run.cjs";
import { escapeHtml } from "../display/escape-html.js";
import { cellToHtml, type PageParts } from "./cell-html.js";
import { contentsHtml } from "./contents.js";
import { isScriptNotebook } from "./highlight.js";
import { PAGE_POLICY, PAGE_STYLE } from "./page-style.js";

export interface NotebookPageOptions {
  /** The notebook's name without folder and ending: the title when no cell has a heading, and in the footer. */
  readonly name: string;
}

/**
 * A notebook as one web page that needs no network and no script to be read, and prints.
 *
 * Cells stand in their order: Markdown drawn (html in it shown as text), code highlighted with its execution count, outputs in the
 * best form they have by nbconvert's order, which for a chart is its picture. Text from the notebook never becomes markup; html of
 * an output is cleaned to what only looks. Three headings or more give a table of contents. Light or dark follows the reader's system.
 *
 * @param notebook Of nbformat 4, as `readNotebook` gives it; it is not changed.
 * @returns The page's text. An output with no form that can be shown is named in its place.
 * @example
 * (await notebookToHtml({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells: [] }, { name: "empty" })).startsWith("<!doctype html>") // -> true
 */
export async function notebookToHtml(notebook: Notebook, { name }: NotebookPageOptions): Promise<string> {
  const parts: PageParts = { headings: [], sheets: new Map(), highlight: isScriptNotebook(notebook) };
  const cells: string[] = [];
  for (const cell of notebook.cells) cells.push(await cellToHtml(cell, parts));
  const sheets = [PAGE_STYLE, ...parts.sheets.values()].filter(Boolean).map((css) => `<style>${css}</style>`);
  return [
    `<!doctype html>`,
    `<html lang="en"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}">`,
    `<title>${escapeHtml(parts.headings[0]?.text || name)}</title>`,
    ...sheets,
    `</head><body><main>`,
    contentsHtml(parts.headings),
    ...cells,
    `</main><footer>${escapeHtml([name, kernelOf(notebook)].filter(Boolean).join(" · "))}</footer></body></html>`,
    "",
  ]
    .filter((line, index, lines) => line !== "" || index === lines.length - 1)
    .join("\n");
}

function kernelOf({ metadata }: Notebook): string {
  const { kernelspec } = metadata as { kernelspec?: { display_name?: unknown; name?: unknown } };
  return String(kernelspec?.display_name ?? kernelspec?.name ?? "");
}
