import type { RunField } from "../../store/run-condition.js";
import { ATTRIBUTE_NAMES, findAttribute } from "./attribute-names.js";
import { filterFault, known } from "./filter-fault.js";
import type { FilterToken } from "./filter-tokens.js";

const PREFIXES: Readonly<Record<string, RunField["of"]>> = {
  param: "param",
  params: "param",
  tag: "tag",
  tags: "tag",
  metric: "metric",
  metrics: "metric",
  attribute: "attribute",
  attributes: "attribute",
};

/**
 * The field that a token names: `metrics.IC`, `attributes.status`, or an attribute by itself.
 * @throws ExpressionError with a caret under the token.
 */
export function toField(text: string, token: FilterToken): RunField {
  if (token.type === "word") return attribute(token.text, token.at, true);
  if (token.type !== "field")
    throw filterFault(text, token.at, "a field is expected", "such as metrics.IC, params.model or attributes.status");
  const { prefix, key, keyAt, at } = token;
  const of = PREFIXES[prefix];
  if (of === undefined)
    throw filterFault(text, at, `"${prefix}" is no kind of field`, known(Object.keys(PREFIXES), prefix));
  return of === "attribute" ? attribute(key, keyAt, false) : { of, key };

  function attribute(name: string, nameAt: number, isBare: boolean): RunField {
    const column = findAttribute(name);
    if (column !== undefined) return { of: "attribute", key: column };
    const what = isBare ? `"${name}" is no field` : `a run has no attribute "${name}"`;
    const others = isBare ? `\n  a metric is metrics.${name}, a param params.${name}` : "";
    throw filterFault(text, nameAt, what, known(ATTRIBUTE_NAMES, name) + others);
  }
}
