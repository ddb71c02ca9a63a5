import { escapeHtml } from "../display/escape-html.js";

/** A control sequence (group 1: the parameters of a colour change), a title or link sequence, a two-character one, or a control character. */
const SEQUENCE =
  // eslint-disable-next-line no-control-regex
  /\x1b\[([\d;]*)m|\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-Z\\^_]|[\x00-\x08\x0b\x0c\x0e-\x1f]/g;
const NAMES = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

/** What the next characters look like: colours 0–7 normal, 8–15 bright. */
interface Pen {
  fore?: number;
  back?: number;
  bold?: boolean;
}

/**
 * Terminal text as html: the 16 colours and bold become `<span class="ansi-red">`, everything else a terminal understands is left out.
 *
 * A line that was written over (carriage return) shows what it said last. All text is escaped; an open span is closed at the end.
 *
 * @example
 * ansiToHtml("\x1b[31m1 < 2\x1b[0m") // -> '<span class="ansi-red">1 &#60; 2</span>'
 */
export function ansiToHtml(text: string): string {
  const pen: Pen = {};
  const parts: string[] = [];
  const shown = lastWritten(text);
  let from = 0;
  for (const match of shown.matchAll(SEQUENCE)) {
    parts.push(inColour(shown.slice(from, match.index), pen));
    from = match.index + match[0].length;
    if (match[1] !== undefined) change(pen, match[1]);
  }
  return parts.join("") + inColour(shown.slice(from), pen);
}

function lastWritten(text: string): string {
  return text
    .replaceAll("\r\n", "\n")
    .split("\n")
    .map((line) => line.replace(/\r+$/, "").split("\r").at(-1))
    .join("\n");
}

function inColour(text: string, { fore, back, bold }: Pen): string {
  if (text === "") return "";
  const classes = [
    fore === undefined ? "" : colourClass("ansi", fore),
    back === undefined ? "" : colourClass("ansi-bg", back),
    bold ? "ansi-bold" : "",
  ];
  const said = classes.filter(Boolean).join(" ");
  return said === "" ? escapeHtml(text) : `<span class="${said}">${escapeHtml(text)}</span>`;
}

function colourClass(prefix: string, colour: number): string {
  return `${prefix}-${colour > 7 ? "bright-" : ""}${NAMES[colour % 8]}`;
}

function change(pen: Pen, parameters: string): void {
  const codes = parameters.split(";").map(Number);
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at]!;
    if (code === 0) Object.assign(pen, { fore: undefined, back: undefined, bold: undefined });
    else if (code === 1) pen.bold = true;
    else if (code === 22) pen.bold = undefined;
    else if (code === 39) pen.fore = undefined;
    else if (code === 49) pen.back = undefined;
    else if (code >= 30 && code <= 37) pen.fore = code - 30;
    else if (code >= 40 && code <= 47) pen.back = code - 40;
    else if (code >= 90 && code <= 97) pen.fore = code - 82;
    else if (code >= 100 && code <= 107) pen.back = code - 92;
    else if (code === 38 || code === 48) {
      // 38;5;n is a palette number, 38;2;r;g;b a mixed colour: of these only the first 16 of the palette have a name.
      const [kind, number = 16] = codes.slice(at + 1);
      if (kind === 5 && number < 16) pen[code === 38 ? "fore" : "back"] = number;
      at += kind === 5 ? 2 : 4;
    }
  }
}
