import type { Market } from "../data/market.js";
import { DataError } from "../errors.js";
import type { FeatureSpec } from "../feature/feature-spec.js";
import { queryFeatures, type QueryFeaturesOptions } from "../feature/query-features.js";
import type { GroupedPanel } from "./grouped-panel.js";

export interface RawRequest extends QueryFeaturesOptions {
  readonly features: readonly FeatureSpec[];
  readonly labels: readonly FeatureSpec[];
}

/** Features and labels side by side, unprocessed. Labels are always in double precision. */
export async function loadRaw(market: Market, { features, labels, ...query }: RawRequest): Promise<GroupedPanel> {
  const names = { feature: features.map(({ name }) => name), label: labels.map(({ name }) => name) };
  const panel = await queryFeatures(market, features, query);
  if (labels.length === 0) return { panel, ...names };
  const labelPanel = await queryFeatures(market, labels, { ...query, dtype: "float64" });
  if (labelPanel.numRows !== panel.numRows)
    throw new DataError(
      `Cannot join features and labels: ${panel.numRows} rows of features, ${labelPanel.numRows} of labels`,
    );
  return { panel: panel.assign(Object.fromEntries(labelPanel.columns)), ...names };
}
