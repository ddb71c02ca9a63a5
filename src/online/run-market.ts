import type { ComponentConfig } from "../config/component-config.js";
import type { Market } from "../data/market.js";
import { openMarket, type OpenMarketOptions } from "../data/open-market.js";
import { marketOfRun } from "../record-template/market-of-run.js";
import type { Recorder } from "../tracking/recorder.js";
import { findObject } from "./find-object.js";

/**
 * The market a run was trained on, as it is known on another day: a run keeps the address of its market, and with it the
 * day of its training.
 *
 * @param asOf `YYYY-MM-DD`; null: all that is stored now.
 */
export async function runMarket(recorder: Recorder, asOf: string | null): Promise<Market> {
  const dataset = (await findObject(recorder, "dataset")) as ComponentConfig | undefined;
  const recorded = (dataset?.kwargs?.handler as ComponentConfig | undefined)?.kwargs?.market;
  if (typeof recorded === "string") return openMarket(recorded, asOf === null ? {} : { asOf });
  if (typeof recorded !== "object" || recorded === null) return marketOfRun(recorder);
  const { address, asOf: _then, ...options } = recorded as OpenMarketOptions & { readonly address: string };
  return openMarket(address, asOf === null ? options : { ...options, asOf });
}
