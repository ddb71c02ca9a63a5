import { UnknownNameError } from "../errors.js";
import type { CallNode, Expression } from "./expression.js";
import { ELSEWHERE, type ElsewhereForm } from "./elsewhere.js";
import { caretUnder, expressionFault } from "./expression-fault.js";
import { INFIX, NEGATION_STRENGTH } from "./infix.js";
import { findOperator, operatorNames, type Operator } from "./operators/registry.js";
import { tokenise, type Token } from "./tokenise.js";

/** Deeper nesting than any sensible expression; it keeps a hostile text from exhausting the stack. */
const MAX_DEPTH = 200;

/**
 * Reads an expression of Qlib's language: fields (`$close`), numbers, `+ - * / **`, comparisons, `&`, `|`, parentheses and
 * operator calls (`Mean($close, 5)`), with Python's precedence: `**` (right-associative), unary −, `* /`, `+ -`, `&`, `|`,
 * comparisons. Fields are read lower case. Constant arithmetic is done at once: `5 * 2` is the number 10.
 *
 * @throws ExpressionError with a caret under the fault: a sign out of place, a wrong number of arguments, a window that is no
 * positive whole number, `a < b < c`.
 * @throws UnknownNameError for an unknown operator, with the nearest name.
 * @example
 * parseExpression("5 * 2 + $CLOSE").args // -> [{ kind: "number", value: 10, at: 2 }, { kind: "field", name: "$close", at: 8 }]
 */
export function parseExpression(text: string): Expression {
  const parser = new Parser(text);
  return parser.whole();
}

/** What stands in other languages, and how it is written here. */
const ADVICE: Readonly<Record<string, string>> = {
  and: "both are true: a & b, comparisons in parentheses",
  or: "one is true: a | b, comparisons in parentheses",
  not: "negation is written Not(x)",
};

class Parser {
  readonly #text: string;
  readonly #tokens: readonly Token[];
  #next = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
    this.#tokens = tokenise(text);
  }

  whole(): Expression {
    const expression = this.#expression(0);
    if (this.#peek.type !== "end") throw this.#unexpected("an operator or the end");
    return expression;
  }

  get #peek(): Token {
    return this.#tokens[this.#next]!;
  }

  /** Precedence climbing: reads infix signs that bind tighter than `strength`. */
  #expression(strength: number): Expression {
    if (++this.#depth > MAX_DEPTH) throw expressionFault(this.#text, this.#peek.at, `nested deeper than ${MAX_DEPTH}`);
    let left = this.#operand();
    let compared = false;
    for (;;) {
      const token = this.#peek;
      const infix = token.type === "sign" ? INFIX.get(token.text) : undefined;
      if (!infix || infix.strength <= strength) break;
      if (infix.comparison && compared)
        throw expressionFault(
          this.#text,
          token.at,
          "a comparison of a comparison",
          "use (a < b) & (b < c), or parentheses",
        );
      compared ||= infix.comparison === true;
      this.#next++;
      const right = this.#expression(infix.rightAssociative ? infix.strength - 1 : infix.strength);
      left = fold({ kind: "call", operator: infix.operator, args: [left, right], at: token.at });
    }
    this.#depth--;
    return left;
  }

  #operand(): Expression {
    const token = this.#peek;
    this.#next++;
    if (token.type === "number") return { kind: "number", value: Number(token.text), at: token.at };
    if (token.type === "field") return { kind: "field", name: token.text.toLowerCase(), at: token.at };
    if (token.type === "name") return this.#call(token);
    if (token.text === "-")
      return fold({ kind: "call", operator: "Neg", args: [this.#expression(NEGATION_STRENGTH)], at: token.at });
    if (token.text === "+") return this.#expression(NEGATION_STRENGTH);
    if (token.text === "(") {
      const inner = this.#expression(0);
      this.#expect(")");
      return inner;
    }
    this.#next--;
    throw this.#unexpected('a field, a number, an operator call or "("');
  }

  #call(name: Token): Expression {
    const elsewhere = ELSEWHERE.get(name.text);
    if (elsewhere) return this.#elsewhere(elsewhere, name);
    const operator = findOperator(name.text);
    if (!operator && !this.#isAt("("))
      throw expressionFault(
        this.#text,
        name.at,
        `"${name.text}" is neither a field nor an operator call`,
        ADVICE[name.text.toLowerCase()] ?? `a field is written $${name.text}`,
      );
    if (!operator)
      throw new UnknownNameError("operator", name.text, [...operatorNames(), ...ELSEWHERE.keys()], {
        context: "Cannot read expression",
        shown: caretUnder(this.#text, name.at),
      });
    this.#open(name.text, operator.usage);
    const args: Expression[] = [];
    while (!this.#isAt(")")) {
      args.push(this.#expression(0));
      if (this.#isAt(",")) this.#next++;
      else if (!this.#isAt(")")) throw this.#unexpected('"," or ")"');
    }
    this.#expect(")");
    this.#checkArguments(operator, args, name.at);
    return fold({ kind: "call", operator: operator.name, args, at: name.at });
  }

  /** `ChangeInstrument("SPY", x)` or `Mask(x, "SPY")`. */
  #elsewhere({ order, usage }: ElsewhereForm, name: Token): Expression {
    this.#open(name.text, usage);
    let instrument = "";
    let expression: Expression | undefined;
    order.forEach((part, i) => {
      if (i > 0) this.#expect(",");
      if (part === "expression") expression = this.#expression(0);
      else instrument = this.#instrument(usage);
    });
    this.#expect(")");
    return { kind: "elsewhere", instrument, expression: expression!, at: name.at };
  }

  #instrument(usage: string): string {
    const token = this.#peek;
    if (token.type !== "text")
      throw expressionFault(this.#text, token.at, "an instrument's name in quotes expected", `usage: ${usage}`);
    this.#next++;
    return token.text.slice(1, -1);
  }

  #open(name: string, usage: string): void {
    if (!this.#isAt("("))
      throw expressionFault(this.#text, this.#peek.at, `"(" expected after ${name}`, `usage: ${usage}`);
    this.#next++;
  }

  #checkArguments(operator: Operator, args: readonly Expression[], at: number): void {
    const { parameters, usage } = operator;
    if (args.length !== parameters.length) {
      throw expressionFault(
        this.#text,
        at,
        `${operator.name} takes ${parameters.length} arguments, not ${args.length}`,
        `usage: ${usage}`,
      );
    }
    parameters.forEach((parameter, i) => {
      const problem = parameter.check?.(args[i]!);
      if (problem) throw expressionFault(this.#text, args[i]!.at, `${operator.name}: ${problem}`, `usage: ${usage}`);
    });
  }

  #isAt(sign: string): boolean {
    return this.#peek.text === sign;
  }

  #expect(sign: string): void {
    if (!this.#isAt(sign)) throw this.#unexpected(`"${sign}"`);
    this.#next++;
  }

  #unexpected(expected: string): Error {
    const { type, text, at } = this.#peek;
    return expressionFault(
      this.#text,
      at,
      `${expected} expected, ${type === "end" ? "the text ends" : `not "${text}"`}`,
      ADVICE[text.toLowerCase()],
    );
  }
}

/** A call of an element-wise operator on numbers is a number, if a finite one: ±∞ and missing cannot be written as numbers. */
function fold(call: CallNode): Expression {
  const operator = findOperator(call.operator)!;
  if (!operator.elementWise || !call.args.every((arg) => arg.kind === "number")) return call;
  const inputs = call.args.map((arg) => ({ values: Float64Array.of(arg.value), step: 0 as const }));
  const out = new Float64Array(1);
  operator.compute(out, inputs, []);
  return Number.isFinite(out[0]!) ? { kind: "number", value: out[0]!, at: call.at } : call;
}
