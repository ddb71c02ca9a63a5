import { createHash } from "node:crypto";
import type { Market } from "../data/market.js";
import { DataError } from "../errors.js";
import type { FeatureSpec } from "../feature/feature-spec.js";
import { queryFeatures, type QueryFeaturesOptions } from "../feature/query-features.js";
import { Panel } from "../panel/panel.js";
import type { GroupedPanel } from "./grouped-panel.js";

/** Where computed features may be kept between sessions; the key says everything they depend on. */
export interface PanelCache {
  get(key: string): Panel | undefined | Promise<Panel | undefined>;
  put(key: string, panel: Panel): void | Promise<void>;
}

export interface RawRequest extends QueryFeaturesOptions {
  readonly features: readonly FeatureSpec[];
  readonly labels: readonly FeatureSpec[];
  readonly cache?: PanelCache | undefined;
}

/** Features and labels side by side, unprocessed. Labels are always in double precision. */
export async function loadRaw(
  market: Market,
  { features, labels, cache, ...query }: RawRequest,
): Promise<GroupedPanel> {
  const names = { feature: features.map(({ name }) => name), label: labels.map(({ name }) => name) };
  const key = cache ? await keyOf(market, { features, labels, ...query }) : "";
  const kept = await cache?.get(key);
  if (kept) return { panel: kept.select([...names.feature, ...names.label]), ...names };

  const panel = await queryFeatures(market, features, query);
  const labelPanel = await queryFeatures(market, labels, { ...query, dtype: "float64" });
  if (labelPanel.numRows !== panel.numRows)
    throw new DataError(
      `Cannot join features and labels: ${panel.numRows} rows of features, ${labelPanel.numRows} of labels`,
    );
  const joined = panel.assign(Object.fromEntries(labelPanel.columns));
  await cache?.put(key, joined);
  return { panel: joined, ...names };
}

async function keyOf(market: Market, request: Omit<RawRequest, "cache">): Promise<string> {
  const facts = JSON.stringify([await market.fingerprint(), market.precision, request]);
  return createHash("sha256").update(facts).digest("hex");
}
