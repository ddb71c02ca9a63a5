import { unescape } from "node:querystring";
import type { MimeBundle, MultilineText } from "#kernel/run.cjs";
import { textOf } from "#kernel/notebook-file.cjs";
import { escapeHtml } from "../display/escape-html.js";

const PICTURE_URL = /^data:image\/(png|jpeg|gif|webp);base64,[A-Za-z0-9+/=]*$/;

/** Whether an address holds a picture itself, of a kind that is only pixels. */
export function isPictureUrl(url: string): boolean {
  return PICTURE_URL.test(url);
}

/** A picture's bytes, as notebooks keep them, as an address; undefined when they are no base64. */
export function pictureUrl(type: string, content: MultilineText): string | undefined {
  const url = `data:${type};base64,${textOf(content).replace(/\s+/g, "")}`;
  return isPictureUrl(url) ? url : undefined;
}

/** An svg drawing as an address. As the source of an `<img>` it can neither run script nor fetch anything. */
export function drawingUrl(svg: string): string {
  return `data:image/svg+xml;base64,${Buffer.from(svg).toString("base64")}`;
}

/** `attachment:name` in a Markdown cell: the picture of that name which the cell carries. */
export function attachmentUrl(attachments: Record<string, MimeBundle> | undefined, source: string): string | undefined {
  const [type, content] = Object.entries(attachments?.[unescape(source.slice("attachment:".length))] ?? {})[0] ?? [];
  return type === undefined ? undefined : pictureUrl(type, content as MultilineText);
}

/**
 * A picture on its white card.
 *
 * @param size Width and height in CSS pixels, as the output's metadata has them; what is no positive number is left out.
 * @param label What it shows, in words.
 */
export function pictureHtml(url: string, size: Record<string, unknown>, label: string): string {
  const sides = ["width", "height"].filter((side) => typeof size[side] === "number" && (size[side] as number) > 0);
  const attributes = sides.map((side) => ` ${side}="${Math.round(size[side] as number)}"`).join("");
  return `<img class="picture" src="${url}"${attributes} alt="${escapeHtml(label)}">`;
}
