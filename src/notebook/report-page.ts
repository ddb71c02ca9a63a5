import { readFile } from "node:fs/promises";
import { escapeHtml } from "../display/escape-html.js";
import { fontFile } from "../display/font-files.js";
import { sectionTable } from "../display/report-display.js";
import { renderSvg } from "../display/render.js";
import { viewBundle } from "../display/view-bundle.js";
import { host } from "../host/host.js";
import type { Report, ReportPart } from "../report/report.js";
import { contentsHtml, type Heading } from "./contents.js";
import { PAGE_POLICY, PAGE_STYLE } from "./page-style.js";

/**
 * A report as one web page that needs no network and no script to be read, and prints: key figures, figures as drawings, tables.
 *
 * The drawings' font stands in the page once. Light or dark follows the reader's system; figures keep their white card.
 *
 * @param options.footer A line at the end: where it comes from.
 * @returns The page's text.
 */
export async function reportToHtml(
  report: Report,
  { footer = "" }: { readonly footer?: string } = {},
): Promise<string> {
  const headings: Heading[] = [];
  const sections: string[] = [];
  for (const [i, part] of report.parts().entries()) {
    await host.breathe();
    sections.push(await partHtml(part, i, headings));
  }
  return [
    `<!doctype html>`,
    `<html lang="en"><head><meta charset="utf-8">`,
    `<meta name="viewport" content="width=device-width, initial-scale=1">`,
    `<meta http-equiv="Content-Security-Policy" content="${PAGE_POLICY}">`,
    `<title>${escapeHtml(report.title)}</title>`,
    `<style>${await fontFaces()}</style>`,
    `<style>${PAGE_STYLE}</style>`,
    `<style>.contents ul{columns:3}.away{position:absolute;clip-path:inset(50%)}.figure{margin-top:28px;overflow-x:auto}.figure svg{display:block;max-width:100%;height:auto;background:#fff;border-radius:4px}</style>`,
    `</head><body><main>`,
    sections[0],
    contentsHtml(headings),
    ...sections.slice(1),
    `</main><footer>${escapeHtml(footer)}</footer></body></html>`,
    "",
  ].join("\n");
}

async function partHtml(part: ReportPart, place: number, headings: Heading[]): Promise<string> {
  if (part.kind === "facts") {
    const { title, ...rest } = part;
    return `<h1>${escapeHtml(title)}</h1>${tableOf(viewBundle(rest, { cards: true }))}`;
  }
  if (part.kind === "figure")
    return `${headingHtml(part, headings, "away")}<div class="figure">${compact(ownIds(await renderSvg(part.spec), place))}</div>`;
  const hasFigure = headings.at(-1)?.id === idOf(part.name);
  return `${hasFigure ? "" : headingHtml(part, headings)}<div class="output">${tableOf(sectionTable(part))}</div>`;
}

/** A figure bears its title itself; the heading is for the contents and for readers who only hear the page. */
function headingHtml({ name, title }: { name: string; title: string }, headings: Heading[], look = ""): string {
  headings.push({ level: 2, text: title, id: idOf(name) });
  return `<h2 id="${idOf(name)}" class="${look}">${escapeHtml(title)}</h2>`;
}

const idOf = (name: string) => `section-${name}`;
const tableOf = ({ data }: ReturnType<typeof viewBundle>) => data["text/html"] as string;

/** Vega numbers its clip paths anew in each drawing; in one page they must differ. */
function ownIds(svg: string, place: number): string {
  return svg.replace(/\bid="([^"]+)"/g, `id="f${place}-$1"`).replace(/url\(#([^)]+)\)/g, `url(#f${place}-$1)`);
}

/** Coordinates to a hundredth of a pixel: half the page. */
function compact(svg: string): string {
  return svg.replace(/<[^>]*>/g, (tag) =>
    tag.replace(/-?\d+\.\d{3,}/g, (number) => String(Math.round(Number(number) * 100) / 100)),
  );
}

async function fontFaces(): Promise<string> {
  const faces = [400, 600].map(async (weight) => {
    const base64 = (await readFile(fontFile(weight))).toString("base64");
    return `@font-face{font-family:Inter;font-weight:${weight};src:url(data:font/ttf;base64,${base64})}`;
  });
  return (await Promise.all(faces)).join("");
}
