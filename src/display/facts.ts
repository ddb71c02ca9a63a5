import type { Fact } from "../panel/view.js";
import { MINUS } from "../report/figure/number-text.js";
import { escapeHtml } from "./escape-html.js";
import { cellFormat, ownDigits } from "./number-format.js";

type Facts = Readonly<Record<string, Fact>>;

/** Properties as a two-column table. */
export function factsHtml(facts: Facts): string {
  const rows = present(facts).map(
    ([name, value]) =>
      `<tr><td class="ab-k" style="text-align:left">${escapeHtml(name)}</td><td style="text-align:left">${escapeHtml(factText(value))}</td></tr>`,
  );
  return rows.length ? `<table class="dataframe"><tbody>${rows.join("")}</tbody></table>` : "";
}

/** Key figures side by side, the head line of a report. */
export function keyFiguresHtml(facts: Facts): string {
  const cards = present(facts).map(
    ([name, value]) =>
      `<div><div class="ab-k">${escapeHtml(name)}</div><div class="ab-v">${escapeHtml(factText(value))}</div></div>`,
  );
  return `<div class="ab-cards">${cards.join("")}</div>`;
}

export function factsText(facts: Facts): string {
  const rows = present(facts);
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${factText(value)}`).join("\n");
}

const present = (facts: Facts) => Object.entries(facts).filter(([, value]) => value !== undefined);

function factText(value: Fact): string {
  if (typeof value === "number" && Number.isFinite(value)) return ownDigits(value).replaceAll("-", MINUS);
  return cellFormat("other", [])(value);
}
