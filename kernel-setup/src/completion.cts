import ts from "typescript";
import type { Completion } from "./tslab.cjs";

/** tslab puts `export {};` and a line break before a cell's text; spans inside its answers count from there. */
const PREFIX = `export {};${ts.sys.newLine}`.length;

/** A completion inside a string replaces what is typed of it, and offers only what begins so. Elsewhere it is left as it is. */
export function completeLiteral(code: string, position: number, completion: Completion): Completion {
  const literal = literalAround(code, position);
  if (!literal) return completion;
  const entries = completion.original?.entries ?? [];
  const span = entries.find((entry) => entry.replacementSpan)?.replacementSpan;
  const offersFrom = (start: number) => {
    const typed = code.slice(start, position);
    return {
      start,
      end: literal.end,
      candidates: entries.map(({ name }) => name).filter((name) => name.startsWith(typed)),
    };
  };
  if (span) return offersFrom(span.start - PREFIX);
  const whole = offersFrom(literal.start);
  // Of a path TypeScript may offer only what follows the last slash, without saying so.
  const slash = code.lastIndexOf("/", position - 1);
  return whole.candidates.length > 0 || slash < literal.start ? whole : offersFrom(slash + 1);
}

/** The text between the quotes around a position; an open string ends at the position. */
function literalAround(code: string, position: number): { start: number; end: number } | undefined {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, false, ts.ScriptKind.TS);
  let found: { start: number; end: number } | undefined;
  const walk = (node: ts.Node): void => {
    if (position < node.pos || position > node.end) return;
    if (ts.isStringLiteralLike(node)) {
      const start = node.getStart(file) + 1;
      const isOpen = (node as { isUnterminated?: boolean }).isUnterminated === true;
      if (start <= position && position <= (isOpen ? node.end : node.end - 1))
        found = { start, end: isOpen ? position : node.end - 1 };
      return;
    }
    ts.forEachChild(node, walk);
  };
  walk(file);
  return found;
}
