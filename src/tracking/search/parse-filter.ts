import { parseDatetime } from "../../engine/datetime.js";
import type { Comparison, RunCondition, RunField } from "../../store/run-condition.js";
import { isTime } from "./attribute-names.js";
import { toField } from "./filter-field.js";
import { filterFault, known } from "./filter-fault.js";
import { filterTokens, type FilterToken } from "./filter-tokens.js";

type Value = Extract<FilterToken, { type: "text" | "number" }>;

const STATUSES = ["SCHEDULED", "RUNNING", "FINISHED", "FAILED"];
const WRONG_JOINS: readonly string[] = ["or", "not", "in", "between", "is"];

/**
 * A filter text as conditions that must all hold.
 *
 *     metrics."Rank IC" > 0.03 and params.model = 'ridge' and attributes.start_time >= '2026-01-01'
 *
 * Clauses are joined by `and`. A clause is a field (`params.`, `tags.`, `metrics.`, `attributes.`; a key with blanks in
 * quotes), one of `= != > >= < <= LIKE ILIKE`, and a quoted text or a number. An attribute may stand without
 * `attributes.`. A param or tag is compared with a number as a number, with a text as the text it is shown as. Times are
 * dates in quotes, or epoch milliseconds.
 *
 * @throws ExpressionError with a caret under the fault.
 * @example
 * parseFilter("metrics.IC > 0.03") // -> [{ field: { of: "metric", key: "IC" }, is: ">", value: 0.03 }]
 */
export function parseFilter(text: string): RunCondition[] {
  const tokens = filterTokens(text);
  let next = 0;
  const conditions: RunCondition[] = [];
  if (tokens[0]!.type === "end") return conditions;
  for (;;) {
    conditions.push(clause());
    const joint = tokens[next++]!;
    if (joint.type === "end") return conditions;
    if (!isWord(joint, "and")) throw wrongJoint(joint);
  }

  function clause(): RunCondition {
    const first = tokens[next++]!;
    const field = toField(text, first);
    const is = comparison(tokens[next++]!);
    const value = tokens[next++]!;
    if (value.type !== "text" && value.type !== "number")
      throw filterFault(
        text,
        value.at,
        `a value is expected ${value.type === "end" ? "here" : "in quotes, or a number"}`,
        value.type === "word" ? `a text stands in quotes: '${value.text}'` : undefined,
      );
    return { field, is, value: checkValue(field, is, value) };
  }

  function comparison(token: FilterToken): Comparison {
    if (token.type === "sign") return token.text;
    if (isWord(token, "like")) return "LIKE";
    if (isWord(token, "ilike")) return "ILIKE";
    const wrong = token.type === "word" && WRONG_JOINS.includes(token.text.toLowerCase());
    throw filterFault(
      text,
      token.at,
      "a comparison is expected",
      `one of = != > >= < <= LIKE ILIKE${wrong ? "; for more use the option where, or sql`…`" : ""}`,
    );
  }

  function checkValue(field: RunField, is: Comparison, token: Value): string | number | Date {
    const isPattern = is === "LIKE" || is === "ILIKE";
    const shown = `${field.of} "${field.key}"`;
    if (
      isPattern &&
      (token.type === "number" || field.of === "metric" || (field.of === "attribute" && isTime(field.key)))
    )
      throw filterFault(text, token.at, `${is} compares texts, with % for any characters`);
    if (field.of === "metric") {
      if (token.type === "text")
        throw filterFault(text, token.at, `${shown} is compared with a number`, "leave out the quotes");
      return token.value;
    }
    if (field.of === "attribute") return isTime(field.key) ? time(token) : attributeText(field, is, token);
    if (token.type === "number" || isPattern || is === "=" || is === "!=" || !isNumeric(token.value))
      return token.value;
    throw filterFault(
      text,
      token.at,
      `${is} of a text goes by its characters, and this one is a number`,
      "leave out the quotes",
    );
  }

  function time(token: Value): Date {
    try {
      return new Date(token.type === "number" ? token.value : parseDatetime(token.value));
    } catch {
      throw filterFault(
        text,
        token.at,
        "this is no date",
        "expected: 'YYYY-MM-DD' or 'YYYY-MM-DD HH:MM', or epoch milliseconds",
      );
    }
  }

  function attributeText({ key }: RunField, is: Comparison, token: Value): string {
    if (token.type === "number")
      throw filterFault(text, token.at, `attribute "${key}" is a text`, "put the value in quotes");
    if (key === "status" && (is === "=" || is === "!=") && !STATUSES.includes(token.value))
      throw filterFault(text, token.at, `no run has status "${token.value}"`, known(STATUSES, token.value));
    return token.value;
  }

  function wrongJoint(token: FilterToken) {
    const isOr = token.type === "word" && WRONG_JOINS.includes(token.text.toLowerCase());
    return filterFault(
      text,
      token.at,
      '"and" or the end is expected',
      isOr ? "clauses are joined by and; for more use the option where, or sql`…`" : undefined,
    );
  }
}

const isWord = (token: FilterToken, word: string) => token.type === "word" && token.text.toLowerCase() === word;
const isNumeric = (value: string) => value.trim() !== "" && !Number.isNaN(Number(value));
