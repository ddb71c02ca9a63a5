import { ExpressionError } from "../errors.js";

/**
 * The error for a fault at a position of an expression, with a caret under it:
 *
 *     Cannot read expression: ")" expected, the text ends
 *       Mean($close, 5
 *                     ^
 */
export function expressionFault(text: string, at: number, problem: string, advice?: string): ExpressionError {
  // Tabs and line breaks would move the caret.
  const line = text.replace(/[\t\r\n]/g, " ");
  return new ExpressionError(
    [
      `Cannot read expression: ${problem}`,
      `  ${line}`,
      `  ${" ".repeat(at)}^`,
      ...(advice ? [`  ${advice}`] : []),
    ].join("\n"),
  );
}
