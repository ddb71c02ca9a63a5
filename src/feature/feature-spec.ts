/** A named expression: one column of features. */
export interface FeatureSpec {
  readonly name: string;
  /** In the language of {@link parseExpression}, e.g. `"Mean($close, 5)/$close"`. */
  readonly expression: string;
}

/** A feature as a user may give it: an expression (its text is then its name) or a named one. */
export type FeatureInput = string | FeatureSpec;

/** The name and expression of a feature; a bare expression is named by its own text. */
export function toFeatureSpec(feature: FeatureInput): FeatureSpec {
  return typeof feature === "string" ? { name: feature, expression: feature } : feature;
}
