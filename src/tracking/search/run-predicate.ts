import { parseDatetime } from "../../engine/datetime.js";
import { InvalidArgumentError, UnknownNameError } from "../../errors.js";
import type { Comparison, ConditionValue, RunCondition, RunField } from "../../store/run-condition.js";
import { isPlainObject } from "../logged-value.js";
import { ATTRIBUTE_NAMES, findAttribute, isTime } from "./attribute-names.js";

/**
 * A test of a value: the value itself; a list, any of which will do; null, it is missing; or comparisons that must all
 * hold.
 */
export type ValueTest<T> = T | null | readonly T[] | ComparisonsOf<T>;

/** `{ ">": 0.02, "<=": 0.1 }`, `{ "!=": null }` (it is there), `{ like: "lgb%" }`. */
export interface ComparisonsOf<T> {
  readonly "="?: T | null;
  readonly "!="?: T | null;
  readonly ">"?: T;
  readonly ">="?: T;
  readonly "<"?: T;
  readonly "<="?: T;
  readonly in?: readonly T[];
  /** `%` for any characters, `_` for one. */
  readonly like?: string;
  /** As `like`, without regard to case. */
  readonly ilike?: string;
}

type Scalar = string | number | boolean;

/** Conditions on runs by kind and key; all must hold. */
export interface RunPredicate {
  readonly metrics?: Readonly<Record<string, ValueTest<number>>>;
  readonly params?: Readonly<Record<string, ValueTest<Scalar>>>;
  readonly tags?: Readonly<Record<string, ValueTest<Scalar>>>;
  /** Columns of `runs`: `status`, `name`, `startTime` (a Date or a date's text), `gitBranch` … */
  readonly attributes?: Readonly<Record<string, ValueTest<string | Date>>>;
}

const KINDS: Readonly<Record<string, RunField["of"]>> = {
  metrics: "metric",
  params: "param",
  tags: "tag",
  attributes: "attribute",
};
const COMPARISON_OF: Readonly<Record<string, Comparison>> = {
  "=": "=",
  "!=": "!=",
  ">": ">",
  ">=": ">=",
  "<": "<",
  "<=": "<=",
  in: "IN",
  like: "LIKE",
  ilike: "ILIKE",
};

/**
 * A predicate as conditions that must all hold.
 *
 * @throws UnknownNameError for a kind, attribute or comparison that does not exist. @throws InvalidArgumentError for a
 * value that cannot be compared.
 * @example
 * toConditions({ params: { model: ["ridge", "ols"] } }) // -> [{ field: { of: "param", key: "model" }, is: "IN", value: ["ridge", "ols"] }]
 */
export function toConditions(predicate: RunPredicate): RunCondition[] {
  return Object.entries(predicate).flatMap(([kind, tests]) => {
    const of = KINDS[kind];
    if (of === undefined)
      throw new UnknownNameError("kind of condition", kind, Object.keys(KINDS), { context: CONTEXT });
    return Object.entries(tests as Record<string, unknown>).flatMap(([key, test]) => conditionsOn({ of, key }, test));
  });
}

const CONTEXT = "Cannot search runs";

function conditionsOn(given: RunField, test: unknown): RunCondition[] {
  const field = given.of === "attribute" ? { ...given, key: attributeOf(given.key) } : given;
  if (test === undefined) return [];
  if (Array.isArray(test)) return [{ field, is: "IN", value: checkList(field, test) }];
  if (!isPlainObject(test)) return [{ field, is: "=", value: checkValue(field, "=", test) }];
  return Object.entries(test).map(([name, value]) => {
    const is = COMPARISON_OF[name];
    if (is === undefined)
      throw new UnknownNameError("comparison", name, Object.keys(COMPARISON_OF), {
        context: `${CONTEXT} by ${field.of} "${field.key}"`,
      });
    return { field, is, value: is === "IN" ? checkList(field, value) : checkValue(field, is, value) };
  });
}

function attributeOf(name: string): string {
  const column = findAttribute(name);
  if (column !== undefined) return column;
  throw new UnknownNameError("attribute", name, ATTRIBUTE_NAMES, { context: CONTEXT });
}

function checkList(field: RunField, values: unknown): readonly (string | number | boolean | Date)[] {
  if (!Array.isArray(values)) throw refusal(field, values, "a list is expected");
  const list = values.map((value) => checkValue(field, "IN", value) as string | number | boolean | Date);
  if (new Set(list.map((value) => typeof value)).size > 1)
    throw refusal(field, values, "a list holds values of one type");
  return list;
}

function checkValue(field: RunField, is: Comparison, value: unknown): ConditionValue {
  if (value === null && (is === "=" || is === "!=")) return null;
  if (is === "LIKE" || is === "ILIKE") {
    if (typeof value === "string" && field.of !== "metric" && !isTimeField(field)) return value;
    throw refusal(field, value, `${is.toLowerCase()} compares texts`);
  }
  if (isTimeField(field)) {
    if (value instanceof Date || typeof value === "string") return new Date(parseDatetime(value));
    throw refusal(field, value, "a Date or a date's text is expected");
  }
  const accepted = { metric: ["number"], param: SCALARS, tag: SCALARS, attribute: ["string"] }[field.of];
  if (accepted.includes(typeof value)) return value as Scalar;
  throw refusal(field, value, `a ${accepted.join(" or ")} is expected`);
}

const SCALARS = ["string", "number", "boolean"];
const isTimeField = ({ of, key }: RunField) => of === "attribute" && isTime(key);

function refusal({ of, key }: RunField, value: unknown, why: string): InvalidArgumentError {
  const shown = typeof value === "string" ? `"${value}"` : String(value);
  return new InvalidArgumentError(`${CONTEXT} by ${of} "${key}": ${shown} cannot be compared\n  ${why}`);
}
