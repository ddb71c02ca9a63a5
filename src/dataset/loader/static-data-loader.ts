import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";
import type { FeatureSpec } from "../../feature/feature-spec.js";
import { Panel } from "../../panel/panel.js";
import type { ColumnGroup, GroupedPanel } from "../grouped-panel.js";
import { membersOnly } from "./members-only.js";
import type { DataLoader, LoadRequest } from "./data-loader.js";
import { joinLeft, joinNotice } from "./join-panels.js";
import { panelHash, readStatic, sourceName, type StaticSource } from "./static-source.js";
import { host } from "../../host/host.js";

export interface StaticDataLoaderOptions {
  /** One table, whose columns are all features, or a table for each group. */
  readonly config: StaticSource | Readonly<Partial<Record<ColumnGroup, StaticSource>>>;
  /** How many trading days ahead the label columns look, which no table tells; the leak check believes it. Default 0. */
  readonly labelHorizonDays?: number;
}

/**
 * Columns that are ready: factors of one's own, from a CSV or Parquet file, a table, a Panel or an SQL result.
 *
 * Rows are those of the table that lie in the range and, where the handler names a universe, belong to it at their date. With a
 * table for labels too, its rows are joined to those of the features, and rows that found no partner are counted and told.
 *
 * In Qlib: qlib.data.dataset.loader.StaticDataLoader
 *
 * @throws InvalidArgumentError for a group that is neither `feature` nor `label`.
 * @example
 * const factors = { datetime: ["2020-01-02", "2020-01-03"], instrument: ["A", "A"], quality: [0.3, 0.4] };
 * const handler = new DataHandlerLP({ dataLoader: new StaticDataLoader({ config: factors }) });
 * (await handler.fetch("raw")).panel.get("quality") // -> Float64Array [0.3, 0.4]
 */
export class StaticDataLoader implements DataLoader {
  readonly labelHorizonDays: number;
  readonly #sources: Readonly<Partial<Record<ColumnGroup, StaticSource>>>;
  #loaded: Promise<GroupedPanel> | undefined;
  #features: readonly FeatureSpec[] = [];
  #labels: readonly FeatureSpec[] = [];

  constructor(options: StaticDataLoaderOptions) {
    refuseUnknownOptions("Cannot make a StaticDataLoader", options, ["config", "labelHorizonDays"]);
    const { config, labelHorizonDays = 0 } = options;
    this.labelHorizonDays = labelHorizonDays;
    this.#sources = isGroups(config) ? config : { feature: config as StaticSource };
    if (Object.values(this.#sources).some(isInMemory))
      throw new InvalidArgumentError(
        "Cannot make a StaticDataLoader again: its table was in memory, it is not in the configuration\n  save the table as Parquet or CSV and give the file's path",
      );
    const { feature, label } = this.#sources;
    // The names of a panel are known at once, those of a file when it is read.
    this.#features = specsOf(feature, feature instanceof Panel ? feature : undefined);
    this.#labels = specsOf(label, label instanceof Panel ? label : undefined);
  }

  get features(): readonly FeatureSpec[] {
    return this.#features;
  }
  get labels(): readonly FeatureSpec[] {
    return this.#labels;
  }

  async load(request: LoadRequest): Promise<GroupedPanel> {
    const { panel, ...names } = await this.#whole();
    const inRange = panel.between(request.start, request.end);
    return { panel: request.universe === undefined ? inRange : await membersOnly(inRange, request), ...names };
  }

  async contentKey(): Promise<string> {
    return panelHash((await this.#whole()).panel);
  }

  config(): ComponentConfig {
    const described = Object.entries(this.#sources).map(([group, source]) => [
      group,
      typeof source === "string" ? source : { inMemory: sourceName(source!) },
    ]);
    return {
      class: "StaticDataLoader",
      kwargs: {
        config: Object.fromEntries(described),
        ...(this.labelHorizonDays ? { labelHorizonDays: this.labelHorizonDays } : {}),
      },
    };
  }

  /** A table is read once; a failed reading is forgotten. */
  #whole(): Promise<GroupedPanel> {
    return (this.#loaded ??= this.#read().catch((error: unknown) => {
      this.#loaded = undefined;
      throw error;
    }));
  }

  async #read(): Promise<GroupedPanel> {
    const { feature, label } = this.#sources;
    const panel = feature === undefined ? undefined : await readStatic(feature);
    const labels = label === undefined ? undefined : await readStatic(label);
    this.#features = specsOf(feature, panel);
    this.#labels = specsOf(label, labels);
    const names = { feature: panel?.columnNames ?? [], label: labels?.columnNames ?? [] };
    if (!panel || !labels) return { panel: (panel ?? labels)!, ...names };
    const joined = joinLeft(panel, labels);
    const notice = joinNotice(sourceName(label!), panel, labels, joined.counts);
    if (notice) host.notice(notice);
    return { panel: joined.panel, ...names };
  }
}

const specsOf = (source: StaticSource | undefined, panel: Panel | undefined): FeatureSpec[] =>
  (panel?.columnNames ?? []).map((name) => ({ name, expression: `${name} of ${sourceName(source!)}` }));

const isInMemory = (source: unknown): boolean => typeof source === "object" && source !== null && "inMemory" in source;

function isGroups(
  config: StaticDataLoaderOptions["config"],
): config is Readonly<Partial<Record<ColumnGroup, StaticSource>>> {
  if (typeof config !== "object" || config === null || config instanceof Panel) return false;
  const names = Object.keys(config);
  return names.length > 0 && names.every((name) => name === "feature" || name === "label");
}
