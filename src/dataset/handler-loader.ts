import type { Market, Universe } from "../data/market.js";
import type { DatetimeInput } from "../engine/datetime.js";
import { InvalidArgumentError } from "../errors.js";
import { defaultLabel } from "../feature/basic-factors.js";
import { toFeatureSpec, type FeatureInput, type FeatureSpec } from "../feature/feature-spec.js";
import type { DataHandlerLPOptions } from "./data-handler-options.js";
import type { DataLoader } from "./loader/data-loader.js";
import { makeDataLoader } from "./loader/make-data-loader.js";
import { QlibDataLoader } from "./loader/qlib-data-loader.js";
import type { StaticSource } from "./loader/static-source.js";
import type { MarketAddress } from "./market-address.js";

/** What may differ in a handler that takes over what another one learnt. */
export interface HandlerChanges {
  readonly startTime?: DatetimeInput | null;
  readonly endTime?: DatetimeInput | null;
  readonly universe?: Universe;
  /** Qlib's word for `universe`. */
  readonly instruments?: Universe;
  readonly market?: Market | string | MarketAddress;
  /** Factors of one's own for the new days. */
  readonly factors?: StaticSource;
}

/** Options of {@link DataHandlerLP.fromDf}: those of a handler, the label as names of columns. */
export interface FromDfOptions extends Omit<DataHandlerLPOptions, "features" | "label" | "dataLoader"> {
  readonly label?: readonly string[];
  /** How many trading days ahead the label looks; the leak check believes it. Default 0. */
  readonly labelHorizonDays?: number;
}

/** What a handler loads with: its `dataLoader`, or its features and labels evaluated on the market. */
export function loaderOf({ dataLoader, features, label = defaultLabel }: DataHandlerLPOptions): DataLoader {
  if (dataLoader !== undefined) {
    if (features !== undefined)
      throw new InvalidArgumentError(
        "Cannot make a handler: both features and dataLoader are given\n  to have both, use factors or NestedDataLoader",
      );
    return makeDataLoader(dataLoader);
  }
  if (!features || features.length === 0)
    throw new InvalidArgumentError("Cannot make a handler: no features\n  e.g. features: basicFactors()");
  const labels = (Array.isArray(label) ? (label as readonly FeatureInput[]) : [label as FeatureInput]).map((one, i) =>
    typeof one === "string" ? { name: `LABEL${i}`, expression: one } : one,
  );
  checkNames([...features.map(toFeatureSpec), ...labels]);
  return new QlibDataLoader({ config: { feature: features, label: labels } });
}

/** @throws InvalidArgumentError for a name that occurs twice. */
export function checkNames(specs: readonly FeatureSpec[]): void {
  const seen = new Set<string>();
  for (const { name } of specs) {
    if (seen.has(name))
      throw new InvalidArgumentError(
        `Cannot make a handler: the column name "${name}" occurs twice among features and labels`,
      );
    seen.add(name);
  }
}
