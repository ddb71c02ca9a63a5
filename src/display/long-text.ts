import type { ViewText } from "../panel/view.js";
import { escapeHtml } from "./escape-html.js";

/** Of a longer text the first lines are shown, and how many more there are. */
const SHOWN_LINES = 200;

export function textHtml({ title, text, diff = false }: ViewText): string {
  const head = title === undefined ? "" : `<div class="ab-cap">${escapeHtml(title)}</div>`;
  const lines = visibleLines(text).map((line) => (diff ? diffLine(line) : escapeHtml(line)));
  return `${head}<pre class="ab-pre">${lines.join("\n")}</pre>`;
}

export function plainText({ title, text }: ViewText): string {
  const lines = visibleLines(text);
  return (title === undefined ? lines : [title, ...lines.map((line) => `  ${line}`)]).join("\n");
}

function visibleLines(text: string): string[] {
  const lines = text.split("\n");
  if (lines.length <= SHOWN_LINES) return lines;
  return [...lines.slice(0, SHOWN_LINES), `… ${lines.length - SHOWN_LINES} more lines`];
}

function diffLine(line: string): string {
  const change = line.startsWith("+") ? "ab-add" : line.startsWith("-") ? "ab-del" : undefined;
  return change ? `<span class="${change}">${escapeHtml(line)}</span>` : escapeHtml(line);
}
