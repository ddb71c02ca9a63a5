import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import type { FeatureSpec } from "../../feature/feature-spec.js";
import { host } from "../../host/host.js";
import type { GroupedPanel } from "../grouped-panel.js";
import type { DataLoader, LoadRequest } from "./data-loader.js";
import { joinLeft, joinNotice } from "./join-panels.js";
import { makeDataLoader } from "./make-data-loader.js";

export interface NestedDataLoaderOptions {
  /** Loaders or their configurations; the first one's rows are the result's rows. In Qlib: dataloader_l. */
  readonly dataloaderL: readonly (DataLoader | ComponentConfig)[];
}

/**
 * Columns of several loaders side by side, joined by datetime and instrument to the rows of the first.
 *
 * A column that occurs again replaces the earlier one in its place. Rows of later loaders that the first does not have are left
 * out, counted and told; rows they lack are missing values.
 *
 * In Qlib: qlib.data.dataset.loader.NestedDataLoader (there columns come out sorted by name, here in the loaders' order)
 *
 * @throws InvalidArgumentError for no loaders.
 * @example
 * const up = new QlibDataLoader({ config: { feature: ["$close/$open"] } });
 * const range = new QlibDataLoader({ config: { feature: ["$high/$low"] } });
 * new NestedDataLoader({ dataloaderL: [up, range] }).features.length // -> 2
 */
export class NestedDataLoader implements DataLoader {
  readonly #loaders: readonly DataLoader[];

  constructor(options: NestedDataLoaderOptions) {
    refuseUnknownOptions("Cannot make a NestedDataLoader", options, ["dataloaderL"]);
    const { dataloaderL } = options;
    if (!Array.isArray(dataloaderL) || dataloaderL.length === 0)
      throw new InvalidArgumentError(
        "Cannot make a NestedDataLoader: no loaders\n  dataloaderL: [first, second …] expected",
      );
    this.#loaders = dataloaderL.map(makeDataLoader);
  }

  get features(): readonly FeatureSpec[] {
    return mergedSpecs(this.#loaders.map((loader) => loader.features ?? []));
  }
  get labels(): readonly FeatureSpec[] {
    return mergedSpecs(this.#loaders.map((loader) => loader.labels ?? []));
  }

  get labelHorizonDays(): number {
    return Math.max(...this.#loaders.map((loader) => loader.labelHorizonDays ?? 0));
  }

  async load(request: LoadRequest): Promise<GroupedPanel> {
    const [first, ...others] = this.#loaders;
    let joined = await first!.load(request);
    for (const loader of others) joined = beside(joined, await loader.load(request), loader.config().class);
    return joined;
  }

  async contentKey(request: LoadRequest): Promise<string> {
    const keys: string[] = [];
    for (const loader of this.#loaders) keys.push(await loader.contentKey(request));
    return JSON.stringify(keys);
  }

  config(): ComponentConfig {
    return { class: "NestedDataLoader", kwargs: { dataloaderL: this.#loaders.map((loader) => loader.config()) } };
  }
}

/** The rows of `left` with the columns of `right`; of columns in both, those of `right`. */
export function beside(left: GroupedPanel, right: GroupedPanel, name: string): GroupedPanel {
  const { panel, counts } = joinLeft(left.panel, right.panel, { replace: true });
  const notice = joinNotice(name, left.panel, right.panel, counts);
  if (notice) host.notice(notice);
  return {
    panel,
    feature: union(
      left.feature.filter((column) => !right.label.includes(column)),
      right.feature,
    ),
    label: union(
      left.label.filter((column) => !right.feature.includes(column)),
      right.label,
    ),
  };
}

const union = (a: readonly string[], b: readonly string[]): string[] => [...new Set([...a, ...b])];

function mergedSpecs(lists: readonly (readonly FeatureSpec[])[]): FeatureSpec[] {
  return [...new Map(lists.flat().map((spec) => [spec.name, spec])).values()];
}
