import { openMarket, type OpenMarketOptions } from "../data/open-market.js";
import type { Market } from "../data/market.js";
import { MissingArtifactError } from "../errors.js";
import type { Recorder } from "../tracking/recorder.js";

/** A market, its address, or its address with options. */
export type MarketSource = Market | string | (OpenMarketOptions & { readonly address: string });

/**
 * The market a run's prediction was made on: the one given, else the one recorded in the artifact `dataset`.
 *
 * @throws MissingArtifactError when neither is there; what opening the market throws, such as a file that has moved.
 */
export async function marketOfRun(recorder: Recorder, given?: MarketSource): Promise<Market> {
  if (given !== undefined) return open(given);
  if (!(await recorder.hasArtifact("dataset"))) throw noMarket(recorder);
  const dataset = (await recorder.loadObject("dataset")) as DatasetArtifact;
  const recorded = dataset.kwargs?.handler?.kwargs?.market;
  if (recorded === undefined) throw noMarket(recorder);
  return open(recorded);
}

/** What {@link SignalRecord} saves of a dataset, as far as it is needed here. */
interface DatasetArtifact {
  readonly kwargs?: { readonly handler?: { readonly kwargs?: { readonly market?: MarketSource } } };
}

function open(source: MarketSource): Promise<Market> | Market {
  if (typeof source === "string") return openMarket(source);
  if (isMarket(source)) return source;
  const { address, ...options } = source;
  return openMarket(address, options);
}

const isMarket = (source: Exclude<MarketSource, string>): source is Market =>
  typeof (source as Partial<Market>).loadBars === "function";

const noMarket = (recorder: Recorder): MissingArtifactError =>
  new MissingArtifactError(
    `Cannot find the market of run "${recorder.name}": it recorded no dataset\n  say where the quotes are: new PortAnaRecord({ recorder, market: "folder or file" })`,
    ["dataset"],
  );
