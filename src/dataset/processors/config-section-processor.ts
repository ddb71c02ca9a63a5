import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import type { PanelColumn } from "../../panel/panel.js";
import { columnsOf, type GroupedPanel } from "../grouped-panel.js";
import { mapColumns, mapDates } from "../map-columns.js";
import { meanAndStd } from "../mean-and-std.js";
import { median } from "../median.js";
import { processorConfig, type Processor } from "../processor.js";

export interface ConfigSectionProcessorOptions {
  /** Missing features become 0. Default true. */
  readonly fillnaFeature?: boolean;
  /** Missing labels become 0. Default true. */
  readonly fillnaLabel?: boolean;
  /** Scaled features beyond ±3 become ±3. Default false. */
  readonly clipFeatureOutlier?: boolean;
  /** Scaled features beyond ±3 are squeezed into (3, 3.5] and [−3.5, −3), in order. Default true. */
  readonly shrinkFeatureOutlier?: boolean;
  /** Scaled labels beyond ±3 become ±3. Default false. */
  readonly clipLabelOutlier?: boolean;
}

const MAD_TO_STD = 1.4826;

/** What a family's values are before they are scaled; the first pattern that fits a name counts. */
const FAMILIES: readonly (readonly [pattern: RegExp, change: (x: number) => number])[] = [
  [/^(KLOW2|KUP2)/, Math.sqrt],
  [/^(KLEN|KLOW|KUP)/, (x) => x ** 0.25],
  [/^(MAX|HIGH0)/, (x) => Math.sqrt(x - 1)],
  [/^(MIN|LOW0)/, (x) => Math.sqrt(1 - x)],
  [/^(STD|VOLUME|VMA|VSTD)/, Math.log],
  [/^RSQR/, (x) => (Number.isNaN(x) ? 0 : x)],
  [/^(CORR|CORD)/, Math.exp],
  [/^WVMA/, Math.log1p],
  [/^(KMID|KSFT|OPEN|HIGH|LOW|CLOSE|VWAP|ROC|MA|BETA|RESI|QTLU|QTLD|RSV|SUM[PND]|VSUM[PND])/, (x) => x],
];

/**
 * The older way to scale Alpha158: each family of features is straightened first (roots, logarithms), then scaled per date by median
 * and median absolute deviation; labels (`LABEL…`) per date by mean and standard deviation. Other columns stay as they are.
 *
 * In Qlib: qlib.contrib.data.processor.ConfigSectionProcessor (there KLOW2, KUP2 and MAX are scaled a second time after they have
 * been scaled; here each column is scaled once)
 *
 * @example
 * new ConfigSectionProcessor({ clipFeatureOutlier: true }).config().kwargs // -> { clipFeatureOutlier: true }
 */
export class ConfigSectionProcessor implements Processor {
  readonly inferSafe = true;
  readonly #options: ConfigSectionProcessorOptions;

  constructor(options: ConfigSectionProcessorOptions = {}) {
    refuseUnknownOptions("Cannot make ConfigSectionProcessor", options, [
      "fillnaFeature",
      "fillnaLabel",
      "clipFeatureOutlier",
      "shrinkFeatureOutlier",
      "clipLabelOutlier",
    ]);
    this.#options = options;
  }

  apply(data: GroupedPanel): Promise<GroupedPanel> {
    return mapColumns(data, columnsOf(data, null), "ConfigSectionProcessor", (column, name) => {
      if (name.startsWith("LABEL"))
        return mapDates(data.panel, column, (values, out) => scaleLabel(values, out, this.#options));
      const change = FAMILIES.find(([pattern]) => pattern.test(name))?.[1];
      if (!change) return column;
      const { clipFeatureOutlier = false, shrinkFeatureOutlier = true, fillnaFeature = true } = this.#options;
      return mapDates(data.panel, column, (values, out) => {
        scaleFeature(values.map(change), out);
        if (clipFeatureOutlier) clip(out);
        if (shrinkFeatureOutlier) shrink(out);
        if (fillnaFeature) fill(out);
      });
    });
  }

  config(): ComponentConfig {
    return processorConfig("ConfigSectionProcessor", { ...this.#options });
  }
}

function scaleLabel(
  values: PanelColumn,
  out: PanelColumn,
  { clipLabelOutlier = false, fillnaLabel = true }: ConfigSectionProcessorOptions,
): void {
  const { mean, std } = meanAndStd(values, 1);
  for (let row = 0; row < values.length; row++) out[row] = (values[row]! - mean) / std;
  if (clipLabelOutlier) clip(out);
  if (fillnaLabel) fill(out);
}

function scaleFeature(values: PanelColumn, out: PanelColumn): void {
  const center = median(values);
  const scale = median(values.map((value) => Math.abs(value - center))) * MAD_TO_STD;
  for (let row = 0; row < values.length; row++) out[row] = (values[row]! - center) / scale;
}

function clip(out: PanelColumn): void {
  for (let row = 0; row < out.length; row++) out[row] = Math.max(-3, Math.min(3, out[row]!));
}

function shrink(out: PanelColumn): void {
  let [largest, smallest] = [-Infinity, Infinity];
  for (const value of out) {
    if (value > largest) largest = value;
    if (value < smallest) smallest = value;
  }
  for (let row = 0; row < out.length; row++) {
    const value = out[row]!;
    if (value > 3) out[row] = 3 + ((value - 3) / (largest - 3)) * 0.5;
    else if (value < -3) out[row] = -3 - ((value + 3) / (smallest + 3)) * 0.5;
  }
}

function fill(out: PanelColumn): void {
  for (let row = 0; row < out.length; row++) if (Number.isNaN(out[row]!)) out[row] = 0;
}
