import type { Expression } from "./expression.js";
import type { FeatureSpec } from "./feature-spec.js";
import { findOperator } from "./operators/registry.js";
import { parseExpression } from "./parse-expression.js";

/** Text that differs when features differ in name or meaning, the definitions of a user's own operators included. */
export function fieldsKey(features: readonly FeatureSpec[]): string {
  const sources = new Map<string, string>();
  for (const { expression } of features) collectSources(parseExpression(expression), sources);
  return JSON.stringify([features.map(({ name, expression }) => [name, expression]), [...sources].sort()]);
}

function collectSources(expression: Expression, found: Map<string, string>): void {
  if (expression.kind === "elsewhere") collectSources(expression.expression, found);
  if (expression.kind !== "call") return;
  const source = findOperator(expression.operator)?.source;
  if (source !== undefined) found.set(expression.operator, source);
  for (const arg of expression.args) collectSources(arg, found);
}
