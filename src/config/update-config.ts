import { deepcopyBasicType, isPlainObject } from "./deepcopy-basic-type.js";

/** Stands for "delete this key" in an extension. */
export const DROP = "__DROP__";

type Config = Readonly<Record<string, unknown>>;

/**
 * A configuration with extensions laid over it, in order: mappings are merged key by key, everything else (lists too) is
 * replaced whole, and the text `__DROP__` deletes the key, also in a mapping that the base does not have.
 *
 * Nothing given is changed; the plain parts of the result are copies.
 *
 * In Qlib: qlib.utils.data.update_config.
 *
 * @example
 * updateConfig({ a: 1, b: { c: 2, d: [3, 4] } }, { a: "__DROP__", b: { d: [5] } }) // -> { b: { c: 2, d: [5] } }
 */
export function updateConfig(base: Config, ext: Config | readonly Config[]): Record<string, unknown> {
  const extensions = Array.isArray(ext) ? (ext as readonly Config[]) : [ext as Config];
  return extensions.reduce<Record<string, unknown>>(merge, deepcopyBasicType(base));
}

function merge(base: Config, ext: Config): Record<string, unknown> {
  const merged = new Map(Object.entries(base));
  for (const [key, value] of Object.entries(ext)) {
    const old = merged.get(key);
    if (value === DROP) merged.delete(key);
    else if (isPlainObject(value)) merged.set(key, merge(isPlainObject(old) ? old : {}, value));
    else merged.set(key, deepcopyBasicType(value));
  }
  return Object.fromEntries(merged);
}
