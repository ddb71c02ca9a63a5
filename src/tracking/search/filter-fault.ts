import { ExpressionError, nearest } from "../../errors.js";

/**
 * The error for a fault at a position of a filter, with a caret under it:
 *
 *     Cannot read the filter: "metrics.IC" is compared with a number
 *       metrics.IC > 'high'
 *                    ^
 *       leave out the quotes
 *
 * @param at Offset in `text`.
 */
export function filterFault(text: string, at: number, fault: string, advice?: string): ExpressionError {
  // Tabs and line breaks would move the caret.
  const line = text.replace(/\s/g, " ");
  const lines = [`Cannot read the filter: ${fault}`, `  ${line}`, `  ${" ".repeat(at)}^`];
  return new ExpressionError([...lines, ...(advice === undefined ? [] : [`  ${advice}`])].join("\n"));
}

/** Advice that lists the names there are, and the nearest. */
export function known(names: readonly string[], name: string): string {
  const near = nearest(name, names);
  return `known: ${names.join(", ")}${near === undefined ? "" : `\n  did you mean "${near}"?`}`;
}
