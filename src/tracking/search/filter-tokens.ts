import { filterFault } from "./filter-fault.js";

/** A word of a filter and where it starts. */
export type FilterToken =
  /** `params.alpha`, `metrics."Rank IC"`: `key` without quotes, `keyAt` where it starts. */
  | { type: "field"; prefix: string; key: string; keyAt: number; at: number }
  | { type: "sign"; text: "=" | "!=" | ">" | ">=" | "<" | "<="; at: number }
  | { type: "text"; value: string; at: number }
  | { type: "number"; value: number; at: number }
  /** Any other word: `and`, `LIKE`, a bare attribute. */
  | { type: "word"; text: string; at: number }
  | { type: "end"; at: number };

const SPACE = /\s+/y;
const WORD = /[A-Za-z_]\w*/y;
const BARE_KEY = /[^\s=!<>'"`(),]+/y;
const SIGN = /!=|>=|<=|[=<>](?!=)/y;
const NUMBER = /[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.])/y;

const ADVICE: Readonly<Record<string, string>> = {
  "(": "clauses are joined by and; for more use the option where, or sql`…`",
  ")": "clauses are joined by and; for more use the option where, or sql`…`",
  "!": "not equal is written !=",
  "=": "equal is written =",
  "<": "not equal is written !=",
  "&": "clauses are joined by and",
  "|": "for one of several values use the option where, or sql`…`",
};

/**
 * The tokens of a filter, the last one of type `end`.
 * @throws ExpressionError with a caret under what belongs to no token, or under a quote that is not closed.
 */
export function filterTokens(text: string): FilterToken[] {
  const tokens: FilterToken[] = [];
  let at = 0;
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at;
    const found = pattern.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  while ((take(SPACE), at < text.length)) {
    const start = at;
    const word = take(WORD);
    if (word !== undefined && text[at] === ".") tokens.push({ type: "field", prefix: word, at: start, ...key(++at) });
    else if (word !== undefined) tokens.push({ type: "word", text: word, at: start });
    else tokens.push(sign(start) ?? number(start) ?? quotedText(start));
  }
  tokens.push({ type: "end", at });
  return tokens;

  function key(keyAt: number): { key: string; keyAt: number } {
    const quote = text[at];
    const found = quote === '"' || quote === "`" ? quoted(quote) : take(BARE_KEY);
    if (found) return { key: found, keyAt };
    throw filterFault(
      text,
      keyAt,
      "a key is missing after the dot",
      'a key with blanks stands in quotes: metrics."Rank IC"',
    );
  }

  function sign(start: number): FilterToken | undefined {
    const found = take(SIGN) as "=" | undefined;
    return found && { type: "sign", text: found, at: start };
  }

  function number(start: number): FilterToken | undefined {
    const found = take(NUMBER);
    return found === undefined ? undefined : { type: "number", value: Number(found), at: start };
  }

  function quotedText(start: number): FilterToken {
    const quote = text[start]!;
    if (quote === "'" || quote === '"') return { type: "text", value: quoted(quote), at: start };
    const character = String.fromCodePoint(text.codePointAt(start)!);
    throw filterFault(text, start, `"${character}" is no part of a filter`, ADVICE[character]);
  }

  /** What stands between quotes; a doubled quote stands for itself. */
  function quoted(quote: string): string {
    const start = at;
    let value = "";
    for (at++; at < text.length; at++) {
      if (text[at] !== quote) value += text[at];
      else if (text[at + 1] === quote) value += text[at++];
      else return (at++, value);
    }
    throw filterFault(text, start, "the quote is not closed");
  }
}
