import type { Expression } from "./expression.js";
import { findOperator, type Operator } from "./operators/registry.js";
import { widest, type Reach } from "./operators/operator.js";

export type { Reach } from "./operators/operator.js";

/**
 * How many trading days before (`left`) and after (`right`) a day its value depends on; `left` is ∞ for `EMA`, which runs
 * over an instrument's whole history.
 *
 * In Qlib: Expression.get_extended_window_size.
 *
 * @example
 * const [close, ten] = [{ kind: "field", name: "$close", at: 0 }, { kind: "number", value: 10, at: 0 }];
 * lookback({ kind: "call", operator: "Mean", args: [close, ten], at: 0 }) // -> { left: 9, right: 0 }
 */
export function lookback(expression: Expression): Reach {
  if (expression.kind === "elsewhere") return lookback(expression.expression);
  if (expression.kind !== "call") return { left: 0, right: 0 };
  const operator = findOperator(expression.operator)!;
  const { inputs, numbers } = splitArguments(operator, expression.args);
  return operator.reach(inputs.map(lookback), numbers);
}

/** The reach of several expressions together. */
export const lookbackOf = (expressions: readonly Expression[]): Reach => widest(expressions.map(lookback));

/** The series arguments and the number arguments of a call, each in order. */
export function splitArguments(
  operator: Operator,
  args: readonly Expression[],
): { inputs: Expression[]; numbers: number[] } {
  const inputs: Expression[] = [];
  const numbers: number[] = [];
  operator.parameters.forEach(({ kind }, i) => {
    const arg = args[i]!;
    if (kind === "series") inputs.push(arg);
    else numbers.push(arg.kind === "number" ? arg.value : NaN);
  });
  return { inputs, numbers };
}
