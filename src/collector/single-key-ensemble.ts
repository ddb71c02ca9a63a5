import { entriesOf, isMapLike } from "./map-like.js";
import { TupleMap, type KeyPart } from "./tuple-map.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";

/**
 * Takes the only value out of a map with one key; anything else stays as it is.
 *
 * In Qlib: qlib.model.ens.ensemble.SingleKeyEnsemble.
 *
 * @param options.recursion Look into maps inside maps first; default true.
 * @returns The value; or a map, as tuple map where something in it changed.
 * @example
 * singleKeyEnsemble({ a: { b: { c: 1 } } }) // -> 1
 */
export function singleKeyEnsemble(value: unknown, options: { readonly recursion?: boolean } = {}): unknown {
  refuseUnknownOptions("Cannot drop single keys", options, ["recursion"]);
  const { recursion = true } = options;
  if (!isMapLike(value)) return value;
  const entries = entriesOf(value).map(([key, inner]): [KeyPart, unknown] => [
    key,
    recursion ? singleKeyEnsemble(inner) : inner,
  ]);
  if (entries.length === 1) return entries[0]![1];
  return new TupleMap(entries);
}
