/**
 * An expression as a tree. Infix signs are operators like any other: `$a + $b` and `Add($a, $b)` are the same tree.
 * `at` is the position in the source text, for messages; it plays no part in equality.
 */
export type Expression = NumberNode | FieldNode | CallNode | ElsewhereNode;

export interface NumberNode {
  readonly kind: "number";
  readonly value: number;
  readonly at: number;
}

export interface FieldNode {
  readonly kind: "field";
  /** With its sign, `"$close"`. */
  readonly name: string;
  readonly at: number;
}

export interface CallNode {
  readonly kind: "call";
  /** Name of a registered operator, `"Mean"`. */
  readonly operator: string;
  readonly args: readonly Expression[];
  readonly at: number;
}

/** An expression evaluated for a named instrument, whichever instrument asks: `ChangeInstrument("SPY", $close)`. */
export interface ElsewhereNode {
  readonly kind: "elsewhere";
  readonly instrument: string;
  readonly expression: Expression;
  readonly at: number;
}

/** The fields an expression reads of the instrument itself, in order of first appearance. */
export function fieldsOf(expression: Expression, found = new Set<string>()): Set<string> {
  if (expression.kind === "field") found.add(expression.name);
  else if (expression.kind === "call") for (const arg of expression.args) fieldsOf(arg, found);
  return found;
}
