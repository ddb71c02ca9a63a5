import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { ConfigError } from "../errors.js";
import { isPlainObject } from "./deepcopy-basic-type.js";

export interface FillPlaceholderOptions {
  /** What happens to `<a.b>` where the configuration has no such entry: an error (default), or it stays as it is. */
  readonly unresolved?: "error" | "keep";
}

/**
 * A configuration with its references filled in; what was given stays as it is.
 *
 * A text that is nothing but `<…>` is a reference: to one of `values` (any type, the same object), else to an entry of
 * the
 * configuration itself by its dotted path, digits being places in a list. References may point to references. A name in
 * capitals without a value, such as `<PRED>`, stays: it is filled later, when there is one. Objects of classes are not
 * entered.
 *
 * In Qlib: qlib.utils.fill_placeholder, which changes its argument, takes a text that only begins so, and does not look
 * twice
 *
 * @param values By placeholder: `{ "<MODEL>": model }`.
 * @throws ConfigError for a key of `values` that is no placeholder, a reference to nothing, or a circle of references.
 * @example
 * fillPlaceholder({ fit: "<train.0>", train: ["2020-01-02", null] }, {}).fit // -> 2020-01-02
 */
export function fillPlaceholder<T>(
  config: T,
  values: Readonly<Record<string, unknown>>,
  options: FillPlaceholderOptions = {},
): T {
  refuseUnknownOptions("Cannot fill placeholders", options, ["unresolved"]);
  const { unresolved = "error" } = options;
  const wrong = Object.keys(values).find((key) => !PLACEHOLDER.test(key));
  if (wrong !== undefined)
    throw new ConfigError(`Cannot fill placeholders: "${wrong}" is none\n  expected: a name such as <MODEL>`);
  const fill = (value: unknown, place: string, open: readonly string[]): unknown => {
    if (Array.isArray(value)) return value.map((entry, i) => fill(entry, `${place}.${i}`, open));
    if (isPlainObject(value))
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, fill(entry, `${place}.${key}`, open)]),
      );
    if (typeof value !== "string" || !PLACEHOLDER.test(value)) return value;
    if (Object.hasOwn(values, value)) return values[value];
    const path = value.slice(1, -1);
    if (open.includes(path))
      throw new ConfigError(
        `Cannot fill ${value} at ${place.slice(1)}: it refers to itself\n  ${[...open, path].join(" → ")}`,
      );
    const found = entryAt(config, path);
    if (found !== undefined) return fill(found, `.${path}`, [...open, path]);
    if (unresolved === "keep" || LATER.test(value)) return value;
    throw new ConfigError(
      `Cannot fill ${value} at ${place.slice(1)}: the configuration has no entry "${path}"\n  expected: a path from its top, such as <dataset.kwargs.segments.train.0>`,
    );
  };
  return fill(config, "", []) as T;
}

const PLACEHOLDER = /^<[^<>\s]+>$/;
const LATER = /^<[A-Z][A-Z0-9_]*>$/;

function entryAt(config: unknown, path: string): unknown {
  let found = config;
  for (const part of path.split(".")) {
    if (!(Array.isArray(found) || isPlainObject(found)) || !Object.hasOwn(found, part)) return undefined;
    found = (found as Record<string, unknown>)[part];
  }
  return found;
}
