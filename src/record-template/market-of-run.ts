import { isDeepStrictEqual } from "node:util";
import { defaultMarket } from "../data/default-market.js";
import type { Market } from "../data/market.js";
import { addressOf, openGiven, type MarketAddress } from "../dataset/market-address.js";
import { MissingArtifactError } from "../errors.js";
import type { Recorder } from "../tracking/recorder.js";

/** A market, its address, or its address with options. */
export type MarketSource = Market | string | MarketAddress;

/**
 * The market a run's prediction was made on: the one given, else the one recorded in the artifact `dataset`, else
 * the session's (`init`).
 *
 * @throws MissingArtifactError when neither is there; what opening the market throws, such as a file that has moved.
 */
export async function marketOfRun(recorder: Recorder, given?: MarketSource): Promise<Market> {
  if (given !== undefined) return openGiven(given);
  const dataset = (await recorder.hasArtifact("dataset"))
    ? ((await recorder.loadObject("dataset")) as DatasetArtifact)
    : undefined;
  const recorded = dataset?.kwargs?.handler?.kwargs?.market;
  const session = defaultMarket();
  if (session && (recorded === undefined || isDeepStrictEqual(recorded, addressOf(session)))) return session;
  if (recorded === undefined) throw noMarket(recorder);
  return openGiven(recorded);
}

/** What {@link SignalRecord} saves of a dataset, as far as it is needed here. */
interface DatasetArtifact {
  readonly kwargs?: { readonly handler?: { readonly kwargs?: { readonly market?: MarketSource } } };
}

const noMarket = (recorder: Recorder): MissingArtifactError =>
  new MissingArtifactError(
    `Cannot find the market of run "${recorder.name}": it recorded none with its dataset\n  say where the quotes are: new PortAnaRecord({ recorder, market: "folder or file" })`,
    ["dataset"],
  );
