import { ExpressionError } from "../errors.js";

/**
 * The error for a fault at a position of an expression, with a caret under it:
 *
 *     Cannot read expression: ")" expected, the text ends
 *       Mean($close, 5
 *                     ^
 */
export function expressionFault(text: string, at: number, problem: string, advice?: string): ExpressionError {
  return new ExpressionError(
    [`Cannot read expression: ${problem}`, caretUnder(text, at), ...(advice ? [`  ${advice}`] : [])].join("\n"),
  );
}

/** The text and a caret under one of its characters, two lines. */
export function caretUnder(text: string, at: number): string {
  // Tabs and line breaks would move the caret.
  const line = text.replace(/[\t\r\n]/g, " ");
  return `  ${line}\n  ${" ".repeat(at)}^`;
}
