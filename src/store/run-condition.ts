import type { SqlValue } from "../engine/engine.js";
import { SHOWN_TEXT } from "./shown-text.js";

/** What a condition or an order looks at: a param, tag or metric by its key, or a column of `runs`. */
export interface RunField {
  readonly of: "param" | "tag" | "metric" | "attribute";
  /** For an attribute one of {@link RUN_ATTRIBUTES}. */
  readonly key: string;
}

export const COMPARISONS = ["=", "!=", ">", ">=", "<", "<=", "LIKE", "ILIKE", "IN"] as const;
export type Comparison = (typeof COMPARISONS)[number];

/** A value, a list for `IN`, null for "missing" with `=` and `!=`. */
export type ConditionValue = string | number | boolean | Date | null | readonly (string | number | boolean | Date)[];

/** One condition on a run. What a run does not have never fulfils it, except `= null`. */
export interface RunCondition {
  readonly field: RunField;
  readonly is: Comparison;
  readonly value: ConditionValue;
}

export interface RunOrder {
  readonly field: RunField;
  readonly descending: boolean;
}

/** Columns of `runs` that can be asked for by name. */
export const RUN_ATTRIBUTES = {
  run_id: "text",
  name: "text",
  experiment: "text",
  experiment_id: "text",
  status: "text",
  reason: "text",
  start_time: "time",
  end_time: "time",
  host: "text",
  user_name: "text",
  notebook: "text",
  git_commit: "text",
  git_branch: "text",
  parent_run_id: "text",
} as const satisfies Readonly<Record<string, "text" | "time">>;

/** Binds a value and gives its place, such as `$3`. */
export type Bind = (value: SqlValue) => string;

/** A condition as SQL over `runs r`; keys and values are bound. */
export function conditionSql({ field, is, value }: RunCondition, bind: Bind): string {
  if (field.of === "attribute") return compare(attributeSql(field), is, value, bind);
  const key = bind(field.key);
  const source = field.of === "metric" ? "latest" : field.of === "param" ? "params" : "tags";
  const held = (test: string) => `(SELECT run_id FROM ${source} WHERE key = ${key} AND ${test})`;
  if (value === null) {
    const present = held(field.of === "metric" ? "value IS NOT NULL" : "value <> 'null'");
    return `r.run_id ${is === "=" ? "NOT IN" : "IN"} ${present}`;
  }
  if (field.of === "metric") return `r.run_id IN ${held(`value ${listed(is, value, bind)}`)}`;
  const sample: unknown = Array.isArray(value) ? value[0] : value;
  const looked = typeof sample !== "number" ? SHOWN_TEXT : field.of === "param" ? "num" : "TRY_CAST(value AS DOUBLE)";
  return `r.run_id IN ${held(compare(looked, is, asShown(value), bind))}`;
}

/** An order as SQL over `runs r`; what is missing comes last. A param is ordered by number, then by text. */
export function orderSql({ field, descending }: RunOrder, bind: Bind): string {
  const direction = descending ? "DESC NULLS LAST" : "ASC NULLS LAST";
  if (field.of === "attribute") return `${attributeSql(field)} ${direction}`;
  const key = bind(field.key);
  const look = (expression: string, source: string) =>
    `(SELECT ${expression} FROM ${source} WHERE ${source}.run_id = r.run_id AND ${source}.key = ${key}) ${direction}`;
  if (field.of === "metric") return look("value", "latest");
  if (field.of === "tag") return `${look("TRY_CAST(value AS DOUBLE)", "tags")}, ${look(SHOWN_TEXT, "tags")}`;
  return `${look("num", "params")}, ${look(SHOWN_TEXT, "params")}`;
}

/** Only names of the list above reach SQL. */
function attributeSql({ key }: RunField): string {
  if (!(key in RUN_ATTRIBUTES)) throw new Error(`"${key}" is no column of runs`);
  return `r.${key}`;
}

/** Something there may be no value of: it differs from every value, and is equal to none. */
function compare(looked: string, is: Comparison, value: ConditionValue, bind: Bind): string {
  if (value === null) return `${looked} IS ${is === "=" ? "" : "NOT "}NULL`;
  if (is === "!=") return `${looked} IS DISTINCT FROM ${bind(value as SqlValue)}`;
  return `${looked} ${listed(is, value, bind)}`;
}

function listed(is: Comparison, value: ConditionValue, bind: Bind): string {
  return is === "IN" ? `IN (SELECT unnest(${bind(value as SqlValue)}))` : `${is} ${bind(value as SqlValue)}`;
}

/** Booleans are compared as the text that JSON has for them. */
function asShown(value: ConditionValue): ConditionValue {
  if (typeof value === "boolean") return String(value);
  if (!Array.isArray(value)) return value;
  return value.map((item: string | number | boolean | Date) => (typeof item === "boolean" ? String(item) : item));
}
