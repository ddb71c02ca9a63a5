import { createHash } from "node:crypto";
import type { Universe } from "../data/market.js";
import type { DatasetH } from "../dataset/dataset-h.js";
import { formatDatetime } from "../engine/datetime.js";
import type { Panel } from "../panel/panel.js";

/**
 * The tags by which a run counts as a trial: two runs that forecast the same label of the same data and universe on overlapping
 * test days are two tries at one question.
 */
export interface TrialTags {
  /** Expression of the label; of several, joined by `; `. */
  readonly label: string;
  /** `start/end` of the days forecast. */
  readonly test: string;
  /** Name of the universe, or `list:` and a hash of the instruments. */
  readonly universe: string;
  /** Fingerprint of the market. */
  readonly data: string;
  /** Hash of the features' names, in order. */
  readonly features: string;
}

export async function trialTags(dataset: DatasetH, prediction: Panel): Promise<TrialTags> {
  const data = await dataset.handler.fingerprint();
  // Open by now, if there is one.
  const universe = dataset.handler.universe ?? "all rows";
  const day = (ms: number | undefined) => (ms === undefined ? "" : formatDatetime(ms));
  return {
    label: dataset.handler.labels.map(({ expression }) => expression).join("; "),
    test: `${day(prediction.dates[0])}/${day(prediction.dates.at(-1))}`,
    universe: [named(universe), ...dataset.handler.filters].join(" "),
    data,
    features: shortHash(dataset.handler.features.map(({ name }) => name)),
  };
}

const named = (universe: Universe): string =>
  typeof universe === "string" ? universe : `list:${shortHash(universe)}`;

const shortHash = (names: readonly unknown[]): string =>
  createHash("sha256").update(JSON.stringify(names)).digest("hex").slice(0, 16);
