import type { View } from "../panel/view.js";
import type { DisplayBundle } from "./chart-bundle.js";
import { escapeHtml } from "./escape-html.js";
import { factsHtml, factsText, keyFiguresHtml } from "./facts.js";
import { findTable } from "./shown-table.js";
import { plainText, textHtml } from "./long-text.js";
import { tableHtml } from "./table-html.js";
import type { TableOptions } from "./visible-cells.js";
import { tableText } from "./table-text.js";
import { styled } from "./table-style.js";

export interface ViewOptions extends Pick<TableOptions, "rows" | "wrap"> {
  /** Show the facts side by side, as key figures. Default false: one below the other. */
  readonly cards?: boolean;
  /** Give a long table a window to scroll in. Default false. */
  readonly scroll?: boolean;
}

/** A view as HTML and as text: title, facts, rows, notes. */
export function viewBundle(
  { title, facts = {}, table, texts = [], notes = [] }: Omit<View, "kind">,
  { cards = false, scroll = false, ...options }: ViewOptions = {},
): DisplayBundle {
  const rows = table === undefined ? undefined : findTable(table);
  const html = [
    title ? `<div class="ab-title">${escapeHtml(title)}</div>` : "",
    cards ? keyFiguresHtml(facts) : factsHtml(facts),
    rows ? scrolling(tableHtml(rows, options), scroll) : "",
    ...texts.map(textHtml),
    ...notes.map((note) => `<div class="ab-cap">${escapeHtml(note)}</div>`),
  ];
  const text = [title ?? "", factsText(facts), rows ? tableText(rows, options) : "", ...texts.map(plainText), ...notes].filter(
    (part) => part !== "",
  );
  return { data: { "text/html": styled(html.join("")), "text/plain": text.join("\n") }, metadata: {} };
}

/** Any table as a bundle. */
export function tableBundle(table: unknown): DisplayBundle {
  return viewBundle({ table });
}

const scrolling = (html: string, scroll: boolean) => (scroll ? `<div class="ab-scroll">${html}</div>` : html);
