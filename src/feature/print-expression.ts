import type { CallNode, Expression } from "./expression.js";
import { NEGATION_STRENGTH, SIGN_OF } from "./infix.js";

/**
 * An expression as text, with as few parentheses as its meaning allows; reading it gives the same tree.
 *
 * @example
 * const [a, one] = [{ kind: "field", name: "$a", at: 0 }, { kind: "number", value: 1, at: 0 }];
 * printExpression({ kind: "call", operator: "Add", args: [a, one], at: 0 }) // -> "$a + 1"
 */
export function printExpression(expression: Expression): string {
  return print(expression).text;
}

interface Printed {
  readonly text: string;
  /** How tightly the outermost sign binds; ∞ for what needs no parentheses. */
  readonly strength: number;
}

function print(expression: Expression): Printed {
  if (expression.kind === "field") return { text: expression.name, strength: Infinity };
  if (expression.kind === "number") return printNumber(expression.value);
  if (expression.kind === "elsewhere")
    return {
      text: `ChangeInstrument("${expression.instrument}", ${print(expression.expression).text})`,
      strength: Infinity,
    };
  if (expression.operator === "Neg")
    return { text: `-${wrap(print(expression.args[0]!), NEGATION_STRENGTH)}`, strength: NEGATION_STRENGTH };
  return SIGN_OF.has(expression.operator) ? printInfix(expression) : printCall(expression);
}

/** −0 keeps its sign: 1 / −0 is −∞. */
function printNumber(value: number): Printed {
  const isNegative = value < 0 || Object.is(value, -0);
  return { text: `${isNegative ? "-" : ""}${Math.abs(value)}`, strength: isNegative ? NEGATION_STRENGTH : Infinity };
}

function printInfix({ operator, args }: CallNode): Printed {
  const { sign, strength, rightAssociative, comparison } = SIGN_OF.get(operator)!;
  const [left, right] = args.map(print) as [Printed, Printed];
  // The side a sign does not associate to needs parentheses at equal strength; comparisons never chain.
  const leftText = wrap(left, rightAssociative || comparison ? strength + 1 : strength);
  const rightText = wrap(right, rightAssociative ? strength : strength + 1);
  return { text: `${leftText} ${sign} ${rightText}`, strength };
}

const printCall = ({ operator, args }: CallNode): Printed => ({
  text: `${operator}(${args.map((arg) => print(arg).text).join(", ")})`,
  strength: Infinity,
});

const wrap = ({ text, strength }: Printed, atLeast: number): string => (strength < atLeast ? `(${text})` : text);
