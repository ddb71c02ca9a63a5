import type { Notebook } from "#kernel/notebook-file.cjs";
import { escapeHtml } from "../display/escape-html.js";

const SCRIPT_LANGUAGES = /^(typescript|javascript|ts|js|tslab|jslab)$/i;

/**
 * Source code as html with `hljs-…` spans, escaped. A cell that starts with a magic (`%%sql`) is only escaped.
 *
 * @param code TypeScript or JavaScript.
 */
export async function highlightCode(code: string): Promise<string> {
  if (code.trimStart().startsWith("%%")) return escapeHtml(code);
  const [{ default: highlighter }, { default: typescript }] = await Promise.all([
    import("highlight.js/lib/core"),
    import("highlight.js/lib/languages/typescript"),
  ]);
  if (!highlighter.getLanguage("typescript")) highlighter.registerLanguage("typescript", typescript);
  return highlighter.highlight(code, { language: "typescript", ignoreIllegals: true }).value;
}

/** Whether the code of a notebook is TypeScript or JavaScript; one that does not say what it is written in counts as such. */
export function isScriptNotebook({ metadata }: Notebook): boolean {
  const { kernelspec, language_info } = metadata as Record<string, Record<string, unknown> | undefined>;
  const language = language_info?.name ?? kernelspec?.language ?? "typescript";
  return SCRIPT_LANGUAGES.test(String(language));
}
