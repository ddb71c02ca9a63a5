import { createHash } from "node:crypto";
import type { IOptions } from "sanitize-html";
import { isPictureUrl } from "./picture.js";

/** Style sheets that outputs bring along, by the class inside which each holds: the same sheet stands on the page once. */
export type Sheets = Map<string, string>;

/** Html that can be shown on a page of ours. */
export interface CleanHtml {
  readonly html: string;
  /** The class inside which its style sheet holds; "" when it has none. */
  readonly scope: string;
}

const TAGS = (
  "table thead tbody tfoot tr th td caption colgroup col div span p small br hr b strong i em u s sub sup code pre kbd samp mark abbr time " +
  "ul ol li dl dt dd h1 h2 h3 h4 h5 h6 blockquote details summary figure figcaption section article header footer a img"
).split(" ");

/**
 * Html of a cell's output without anything that runs, fetches, or reaches outside its place.
 *
 * Kept: tables, text and its marks, links to http, https, mailto and relative addresses, pictures in `data:` addresses, inline
 * styles and `<style>` sheets as far as they only change looks. Dropped: scripts, handlers, frames, forms, svg, ids.
 *
 * @param sheets Its style sheet is added here, under its class.
 */
export async function cleanHtml(html: string, sheets: Sheets): Promise<CleanHtml> {
  const [{ default: sanitize }, { cleanDeclarations, cleanSheet }] = await Promise.all([
    import("sanitize-html"),
    import("./clean-css.js"),
  ]);
  const options: IOptions = {
    allowedTags: TAGS,
    allowedAttributes: {
      "*": ["class", "style", "title", "colspan", "rowspan", "align", "scope", "lang", "dir"],
      a: ["href"],
      img: ["src", "alt", "width", "height"],
      details: ["open"],
    },
    allowedSchemes: ["http", "https", "mailto"],
    allowedSchemesByTag: { img: ["data"] },
    allowProtocolRelative: false,
    parseStyleAttributes: false,
    exclusiveFilter: ({ tag, attribs }) => tag === "img" && !isPictureUrl(attribs.src ?? ""),
    transformTags: {
      "*": (tagName, { style, ...attribs }) => {
        const kept = style === undefined ? "" : cleanDeclarations(style);
        return { tagName, attribs: kept === "" ? attribs : { ...attribs, style: kept } };
      },
    },
  };
  const sheet = sheetsIn(html).join("\n");
  const scope = sheet === "" ? "" : `css-${createHash("sha256").update(sheet).digest("hex").slice(0, 8)}`;
  if (scope !== "" && !sheets.has(scope)) sheets.set(scope, cleanSheet(sheet, scope));
  return { html: sanitize(html, options).trim(), scope };
}

/** What stands between `<style>` and its end; one without an end is no sheet. */
function sheetsIn(html: string): string[] {
  const [, ...rest] = html.split(/<style(?:\s[^<>]*)?>/i);
  return rest.flatMap((text) => {
    const end = text.search(/<\/style/i);
    return end < 0 ? [] : [text.slice(0, end)];
  });
}
