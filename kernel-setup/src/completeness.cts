import ts from "typescript";

/** What a console does when its user presses Enter: run the code, let them write on, or run it to show what is wrong. */
export type Completeness =
  { readonly status: "complete" | "invalid" } | { readonly status: "incomplete"; readonly indent: string };

const UNTERMINATED = new Set([
  1010, // */ expected
  1160, // unterminated template
]);
const STEP = "  ";

/** Whether code can be run, or its end is missing; two empty lines at the end say that nothing more will come. */
export function completenessOf(code: string): Completeness {
  const { parseDiagnostics: faults = [] } = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest) as unknown as {
    parseDiagnostics?: readonly ts.DiagnosticWithLocation[];
  };
  if (faults.length === 0) return { status: "complete" };
  if (/\n\s*\n\s*$/.test(code)) return { status: "invalid" };
  const end = code.trimEnd().length;
  const isMissing = ({ code: fault, start, messageText }: ts.DiagnosticWithLocation) =>
    UNTERMINATED.has(fault) || (start >= end && String(ts.flattenDiagnosticMessageText(messageText, "\n")).endsWith("expected."));
  // What follows from a missing end is found after it.
  return isMissing(faults[0]!) ? { status: "incomplete", indent: indentAfter(code) } : { status: "invalid" };
}

/** The indent of a last line, one step deeper when it opens something. */
function indentAfter(code: string): string {
  const line = code.slice(code.lastIndexOf("\n") + 1);
  const indent = /^\s*/.exec(line)![0];
  return /(?:[{[(]|=>)\s*$/.test(line) ? indent + STEP : indent;
}
