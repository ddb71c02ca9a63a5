import { INFIX } from "./infix.js";
import { expressionFault } from "./expression-fault.js";

/** A word of the expression language and where it starts. */
export interface Token {
  readonly type: "number" | "field" | "name" | "text" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

const NUMBER = /(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?/y;
const FIELD = /\$\w+/y;
const NAME = /[A-Za-z_]\w*/y;
const TEXT = /"[^"\n]*"|'[^'\n]*'/y;
const SPACE = /\s+/y;
/** Longest first, so that `**` is not read as two `*`. */
const SIGNS = [...INFIX.keys(), "(", ")", ","].sort((a, b) => b.length - a.length);

/**
 * The tokens of an expression, the last one of type `end`.
 * @throws ExpressionError with a caret under a character that belongs to no token.
 */
export function tokenise(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp) => {
    pattern.lastIndex = at;
    return pattern.exec(text)?.[0];
  };
  while (at < text.length) {
    const space = match(SPACE);
    if (space) {
      at += space.length;
      continue;
    }
    const token = readToken(text, at, match);
    tokens.push(token);
    at += token.text.length;
  }
  tokens.push({ type: "end", text: "", at });
  return tokens;
}

function readToken(text: string, at: number, match: (pattern: RegExp) => string | undefined): Token {
  for (const [type, pattern] of [
    ["number", NUMBER],
    ["field", FIELD],
    ["name", NAME],
    ["text", TEXT],
  ] as const) {
    const word = match(pattern);
    if (word) return { type, text: word, at };
  }
  const sign = SIGNS.find((candidate) => text.startsWith(candidate, at));
  if (sign) return { type: "sign", text: sign, at };
  const character = String.fromCodePoint(text.codePointAt(at)!);
  throw expressionFault(text, at, `"${character}" is no part of an expression`, ADVICE[character]);
}

const ADVICE: Readonly<Record<string, string>> = {
  '"': "the text has no closing quote",
  "'": "the text has no closing quote",
  "=": "equality is written ==",
  $: "a field is $ and a name, e.g. $close",
  "^": "a power is written **",
  "~": "negation is written Not(x)",
  "!": "not equal is written !=, negation Not(x)",
};
