import { isPlainObject } from "./deepcopy-basic-type.js";
import type { ConfigPath } from "./places.js";

const REFERENCE = /^<([A-Za-z_]\w*(?:\.\w+)+)>$/;

/** What a reference names could not be found, or leads back to itself. */
export type ReferenceFault = { readonly path: ConfigPath; readonly reference: string; readonly state: string };

/**
 * A configuration with its references filled in: a text `<dataset.kwargs.segments.train.0>` that is nothing else becomes
 * the value at that path, digits being indices of lists. What it names may itself be one. `<MODEL>`, `<PRED>` and
 * other words without a point stay.
 *
 * Nothing given is changed. In Qlib: the second half of qlib.utils.fill_placeholder
 *
 * @param fail Makes the error for a reference that leads nowhere or back to itself.
 */
export function resolveReferences<T>(config: T, fail: (fault: ReferenceFault) => Error): T {
  const at = (path: readonly string[]): unknown =>
    path.reduce<unknown>(
      (value, step) =>
        Array.isArray(value) ? value[Number(step)] : isPlainObject(value) ? value[step] : undefined,
      config,
    );
  const resolve = (value: unknown, path: ConfigPath, seen: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((item, i) => resolve(item, [...path, i], seen));
    if (isPlainObject(value))
      return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, resolve(item, [...path, key], seen)]));
    const reference = typeof value === "string" ? REFERENCE.exec(value)?.[1] : undefined;
    if (reference === undefined) return value;
    if (seen.includes(reference))
      throw fail({ path, reference, state: `<${reference}> leads back to itself: ${[...seen, reference].join(" → ")}` });
    const found = at(reference.split("."));
    if (found === undefined) throw fail({ path, reference, state: `<${reference}> names nothing` });
    return resolve(found, path, [...seen, reference]);
  };
  return resolve(config, [], []) as T;
}
