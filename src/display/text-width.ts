import { ADVANCE_WIDTHS, CHARACTERS } from "./advance-widths.js";

/** Which face: Inter as shipped, or the widest font that a page without it falls back to. */
export type Face = keyof typeof ADVANCE_WIDTHS;

const position = new Map([...CHARACTERS].map((character, index) => [character, index]));
/** For characters outside the table. */
const AVERAGE = 620;

/** Width of a text in px. */
export function textWidth(text: string, fontSize: number, face: Face = "regular"): number {
  const widths = ADVANCE_WIDTHS[face];
  let sum = 0;
  for (const character of text) sum += widths[position.get(character) ?? -1] ?? AVERAGE;
  return (sum * fontSize) / 1000;
}

/** The face that a Vega text item is drawn with. */
export function faceOf(fontWeight: unknown): Face {
  return fontWeight === "bold" || Number(fontWeight) >= 600 ? "semibold" : "regular";
}
