import { inspect } from "node:util";
import { lineOfCell } from "./cell-run.cjs";
import type { Diagnostic } from "./tslab.cjs";
import type { CellError } from "./wire.cjs";

const INSPECT = { depth: 8, maxArrayLength: 20, maxStringLength: 4_000, breakLength: 100 } as const;

const CELL_FRAME = /^\s+at .*?(cell \[[\d.]+\]):(\d+):(\d+)\)?(?: \{)?$/;
const LONGEST_LINE = 500;

/** A cell that TypeScript refused; nothing of it ran. */
export class TypeScriptError extends Error {
  readonly #traceback: readonly string[];
  constructor(diagnostics: readonly Diagnostic[], code: string, cell: string) {
    super(diagnostics[0]?.messageText ?? "the cell cannot be compiled");
    this.name = "TypeScriptError";
    this.#traceback = describeDiagnostics(diagnostics, code, cell);
    Object.defineProperty(this, "stack", { value: this.#traceback.join("\n"), writable: true, configurable: true });
  }
  get traceback(): readonly string[] {
    return this.#traceback;
  }
}

/** A cell that the user stopped. */
export class KeyboardInterrupt extends Error {
  constructor(options?: ErrorOptions) {
    super("the cell was interrupted", options);
    this.name = "KeyboardInterrupt";
  }
}

/** What a cell threw, as an error output and an execute_reply tell it. Stacks are cleaned already (`stack.cts`). */
export function describeError(error: unknown): CellError {
  if (error instanceof TypeScriptError) return { ename: error.name, evalue: error.message, traceback: error.traceback };
  if (error instanceof KeyboardInterrupt) {
    return { ename: error.name, evalue: error.message, traceback: [`${error.name}: ${error.message}`] };
  }
  const text = safely(() => inspectError(error), "(it cannot be shown)");
  if (isErrorLike(error)) {
    const name = safely(() => String(error.name || "Error"), "Error");
    return { ename: name, evalue: safely(() => String(error.message), ""), traceback: withSource(text.split("\n")) };
  }
  return { ename: "Error", evalue: text, traceback: `Uncaught ${text}`.split("\n") };
}

/** Node puts an error without frames in brackets; the outermost one needs none. */
function inspectError(error: unknown): string {
  const text = inspect(error, INSPECT);
  const head = isErrorLike(error) ? `[${error.stack}]` : undefined;
  return head !== undefined && text.startsWith(head) ? head.slice(1, -1) + text.slice(head.length) : text;
}

/** Below the first frame of a cell its line, with a caret where the code stopped. */
function withSource(lines: readonly string[]): readonly string[] {
  const at = lines.findIndex((line) => CELL_FRAME.test(line));
  const [, file = "", line = "", column = ""] = CELL_FRAME.exec(lines[at] ?? "") ?? [];
  const source = lineOfCell(file, Number(line));
  if (source === undefined || source.length > LONGEST_LINE) return lines;
  const caret = source.slice(0, Number(column) - 1).replace(/[^\t]/g, " ");
  return [...lines.slice(0, at + 1), `        ${source}`, `        ${caret}^`, ...lines.slice(at + 1)];
}

function isErrorLike(value: unknown): value is Error {
  return (
    value instanceof Error ||
    (typeof value === "object" && value !== null && typeof (value as Error).stack === "string")
  );
}

function safely<Result>(read: () => Result, otherwise: Result): Result {
  try {
    return read();
  } catch {
    return otherwise;
  }
}

/** Each diagnostic with its place, its line and a caret, as compilers show them. */
function describeDiagnostics(diagnostics: readonly Diagnostic[], code: string, cell: string): string[] {
  const lines = code.split("\n");
  const inText = ({ fileName, start }: Diagnostic) => fileName !== undefined || start.line < lines.length;
  // tslab adds a line to the cell: what is wrong there follows from the rest, or is said of the cell's end.
  const told = diagnostics.some(inText) ? diagnostics.filter(inText) : diagnostics.slice(0, 1);
  return told.flatMap((diagnostic) => {
    const { fileName, messageText } = diagnostic;
    const end = { line: lines.length - 1, character: lines.at(-1)!.length };
    const { line, character } = inText(diagnostic) ? diagnostic.start : end;
    const head = `${fileName ?? cell}:${line + 1}:${character + 1} - ${messageText}`;
    const text = fileName === undefined ? lines[line]! : undefined;
    return text === undefined
      ? [head]
      : [head, `    ${text}`, `    ${text.slice(0, character).replace(/[^\t]/g, " ")}^`];
  });
}
