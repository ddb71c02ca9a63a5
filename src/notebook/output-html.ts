import { textOf } from "#kernel/notebook-file.cjs";
import type { MimeBundle, MultilineText, Output } from "#kernel/run.cjs";
import { escapeHtml } from "../display/escape-html.js";
import { ansiToHtml } from "./ansi.js";
import type { Sheets } from "./clean-html.js";
import { drawingUrl, pictureHtml, pictureUrl } from "./picture.js";

type Draw = (content: string, output: Shown) => string | undefined | Promise<string | undefined>;
interface Shown {
  readonly data: MimeBundle;
  readonly metadata: Record<string, unknown>;
  readonly sheets: Sheets;
}

/** What can be drawn, the best first, in nbconvert's order. Each gives undefined when its content cannot be shown. */
const DRAWN: readonly (readonly [type: string, draw: Draw])[] = [
  ["text/html", drawHtml],
  [
    "text/markdown",
    async (text) => `<div class="markdown">${await (await import("./markdown.js")).markdownToHtml(text)}</div>`,
  ],
  ["image/svg+xml", (svg, output) => pictureHtml(drawingUrl(svg), sizeOf(output, "image/svg+xml"), labelOf(output))],
  ["text/latex", (text) => `<pre class="latex">${escapeHtml(text)}</pre>`],
  ["image/png", drawPicture("image/png")],
  ["image/jpeg", drawPicture("image/jpeg")],
  ["text/plain", (text) => `<pre class="plain">${ansiToHtml(text)}</pre>`],
];

/** One output of a cell as html; what has no form that can be shown is named. */
export async function outputToHtml(output: Output, sheets: Sheets): Promise<string> {
  switch (output.output_type) {
    case "stream":
      return `<pre class="${output.name === "stderr" ? "stream stderr" : "stream"}">${ansiToHtml(textOf(output.text))}</pre>`;
    case "error":
      return errorHtml(output);
    default:
      return (
        (await richHtml({ data: output.data ?? {}, metadata: output.metadata ?? {}, sheets })) ??
        unshown(Object.keys(output.data ?? {}))
      );
  }
}

async function richHtml(output: Shown): Promise<string | undefined> {
  for (const [type, draw] of DRAWN) {
    const content = output.data[type];
    const html = isText(content) ? await draw(textOf(content), output) : undefined;
    if (html !== undefined) return html;
  }
  return undefined;
}

async function drawHtml(text: string, { sheets }: Shown): Promise<string | undefined> {
  const { cleanHtml } = await import("./clean-html.js");
  const { html, scope } = await cleanHtml(text, sheets);
  return html === "" ? undefined : `<div class="html${scope === "" ? "" : ` ${scope}`}">${html}</div>`;
}

function drawPicture(type: string): Draw {
  return (content, output) => {
    const url = pictureUrl(type, content);
    return url === undefined ? undefined : pictureHtml(url, sizeOf(output, type), labelOf(output));
  };
}

function errorHtml({ ename, evalue, traceback }: Extract<Output, { output_type: "error" }>): string {
  const headline = `${ename}: ${evalue}`;
  const told = Array.isArray(traceback) ? traceback.join("\n") : "";
  const where = (told.startsWith(headline) ? told.slice(headline.length) : told).replace(/^\n+|\s+$/g, "");
  const lines = where === "" ? "" : `<pre class="traceback">${ansiToHtml(where)}</pre>`;
  return `<div class="error" role="alert"><div class="error-line"><b>${ansiToHtml(String(ename))}</b>: ${ansiToHtml(String(evalue))}</div>${lines}</div>`;
}

function unshown(types: readonly string[]): string {
  return `<p class="note">Output without a form for paper: ${escapeHtml(types.join(", ") || "empty")}</p>`;
}

function sizeOf({ metadata }: Shown, type: string): Record<string, unknown> {
  return (metadata[type] as Record<string, unknown> | undefined) ?? metadata;
}

function labelOf({ data }: Shown): string {
  const plain = data["text/plain"];
  return isText(plain) ? textOf(plain) : "";
}

function isText(content: unknown): content is MultilineText {
  return typeof content === "string" || (Array.isArray(content) && content.every((line) => typeof line === "string"));
}
