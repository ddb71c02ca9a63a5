import { escapeHtml } from "../display/escape-html.js";

/** A heading of the page. */
export interface Heading {
  /** 1 = the largest, to 6. */
  readonly level: number;
  readonly text: string;
  readonly id: string;
}

const WORTH_LISTING = 3;

/** The list of headings with links to them; empty when there are fewer than three. */
export function contentsHtml(headings: readonly Heading[]): string {
  if (headings.length < WORTH_LISTING) return "";
  const top = Math.min(...headings.map(({ level }) => level));
  const lines = headings.map(
    ({ level, text, id }) => `<li class="deep-${level - top}"><a href="#${id}">${escapeHtml(text)}</a></li>`,
  );
  return `<nav class="contents" aria-label="Contents"><ul>${lines.join("")}</ul></nav>`;
}
