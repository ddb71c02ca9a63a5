import { isArqueroTable } from "../tracking/engine-table-of.js";
import { TupleMap, type KeyPart } from "./tuple-map.js";

/** What ensembles and groups take: values by key, as tuple map, Map, or plain object. */
export type MapLike<V = unknown> = TupleMap<V> | ReadonlyMap<KeyPart, V> | Readonly<Record<string, V>>;

export function isMapLike(value: unknown): value is MapLike {
  if (value instanceof TupleMap || value instanceof Map) return true;
  if (typeof value !== "object" || value === null || isArqueroTable(value)) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** Keys and values in order. */
export function entriesOf<V>(map: MapLike<V>): [KeyPart, V][] {
  if (map instanceof TupleMap) return map.entries();
  if (map instanceof Map) return [...(map as ReadonlyMap<KeyPart, V>)];
  return Object.entries(map as Readonly<Record<string, V>>);
}
