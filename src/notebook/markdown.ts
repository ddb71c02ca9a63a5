import type MarkdownIt from "markdown-it";
import type { MimeBundle } from "#kernel/wire.cjs";
import { attachmentUrl, isPictureUrl } from "./picture.js";
import type { Heading } from "./contents.js";

/** What a text of Markdown belongs to. */
export interface MarkdownPlace {
  /** Headings met are added here and get an anchor; without it they get none. */
  readonly headings?: Heading[];
  /** Pictures that the cell carries, by name. */
  readonly attachments?: Record<string, MimeBundle>;
}

let parser: MarkdownIt | undefined;

/**
 * Markdown as html: CommonMark with tables and struck-out text; html in it is shown as text.
 *
 * Links go to http, https, mailto or a relative address, any other is shown as text. A picture is shown when the text or the cell
 * carries it (`data:`, `attachment:`); one that would have to be fetched becomes a link to it, so that the page loads nothing.
 */
export async function markdownToHtml(text: string, place: MarkdownPlace = {}): Promise<string> {
  parser ??= newParser((await import("markdown-it")).default);
  return parser.render(text, { place });
}

function newParser(Parser: typeof MarkdownIt): MarkdownIt {
  const markdown = new Parser({ html: false, linkify: false });
  markdown.validateLink = (url) => isLink(url) || isPictureUrl(url) || url.startsWith("attachment:");
  const { rules } = markdown.renderer;

  rules.link_open = (tokens, index, options, _env, self) => {
    const token = tokens[index]!;
    if (!isLink(String(token.attrGet("href")))) token.attrs = [];
    return self.renderToken(tokens, index, options);
  };
  rules.image = (tokens, index, options, env, self) => {
    const token = tokens[index]!;
    const { escapeHtml } = markdown.utils;
    const source = String(token.attrGet("src"));
    const label = self.renderInlineAsText(token.children ?? [], options, env);
    const url = source.startsWith("attachment:")
      ? attachmentUrl((env.place as MarkdownPlace).attachments, source)
      : isPictureUrl(source)
        ? source
        : undefined;
    if (url !== undefined) return `<img class="picture" src="${escapeHtml(url)}" alt="${escapeHtml(label)}">`;
    return isLink(source) ? `<a href="${escapeHtml(source)}">${escapeHtml(label || source)}</a>` : escapeHtml(label);
  };
  markdown.core.ruler.push("anchors", ({ tokens, env }) => {
    const { headings } = env.place as MarkdownPlace;
    if (headings === undefined) return;
    tokens.forEach((token, index) => {
      if (token.type !== "heading_open") return;
      const text = (tokens[index + 1]?.children ?? [])
        .map(({ content }) => content)
        .join("")
        .trim();
      const id = `section-${headings.length + 1}`;
      token.attrSet("id", id);
      headings.push({ level: Number(token.tag.slice(1)), text, id });
    });
  });
  return markdown;
}

function isLink(url: string): boolean {
  return /^(https?|mailto):/i.test(url) || !/^[^/?#]*:/.test(url);
}
