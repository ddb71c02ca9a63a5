import type ts from "typescript";
import type { MimeBundle } from "./bridge.cjs";
import { tslabPart } from "./tslab.cjs";

/** What is known of a name, as text and as Markdown: its signature, then its documentation. */
export function describeName(info: ts.QuickInfo): MimeBundle {
  const signature = textOf(info.displayParts);
  const tags = (info.tags ?? []).map(describeTag);
  const parts = ["```ts\n" + signature + "\n```", textOf(info.documentation), tags.join("\n\n")];
  return {
    "text/plain": tslabPart("inspect.js").printQuickInfo(info),
    "text/markdown": parts.filter((part) => part.trim() !== "").join("\n\n"),
  };
}

const textOf = (parts: readonly ts.SymbolDisplayPart[] | undefined) => (parts ?? []).map(({ text }) => text).join("");

/** `@param days …` and its kind. */
function describeTag({ name, text }: ts.JSDocTagInfo): string {
  const said = textOf(text);
  if (name === "example") return said.includes("```") ? `*@example*\n${said}` : `*@example*\n\`\`\`ts\n${said}\n\`\`\``;
  const [, of, rest] = (name === "param" && /^(\S+)\s+(?:-\s+)?([^]*)$/.exec(said)) || [];
  return of === undefined ? `*@${name}* ${said}` : `*@${name}* \`${of}\` ${rest}`;
}
