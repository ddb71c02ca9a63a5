import { DataError } from "../../errors.js";
import type { InstrumentSpans, Market } from "../market.js";

/** Universes whose names can be file names, with their members; an empty one cannot be told from one that does not exist. */
export function writableUniverses(market: Market): {
  readonly universes: ReadonlyMap<string, readonly InstrumentSpans[]>;
  readonly notes: readonly string[];
} {
  const universes = new Map<string, readonly InstrumentSpans[]>();
  const notes: string[] = [];
  for (const name of market.universes) {
    if (!/^[\w.-]+$/.test(name)) notes.push(`universe "${name}" left out: no name for a file`);
    else {
      try {
        universes.set(name, market.instruments(name));
      } catch (error) {
        if (!(error instanceof DataError)) throw error;
        notes.push(`universe "${name}" left out: it is empty`);
      }
    }
  }
  return { universes, notes };
}
