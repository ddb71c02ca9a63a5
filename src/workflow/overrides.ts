import { parseDocument } from "yaml";
import { deepcopyBasicType, isPlainObject } from "../config/deepcopy-basic-type.js";
import { mistakeAt, Places, type ConfigPath } from "../config/places.js";
import type { LocatedConfig } from "../config/read-yaml.js";

/** A value that wins over the file. */
export interface Override {
  readonly path: ConfigPath;
  readonly value: unknown;
  /** As it was given: `task.model.kwargs.num_leaves=64` */
  readonly text: string;
}

/**
 * Reads `key=value`: the key is a path (`task.record[1].kwargs.ann_scaler`, or `.1.`), the value is YAML, so that `64` is
 * a number, `null` nothing and `[2015-01-01, 2016-12-31]` a list.
 *
 * @throws ConfigError for a text without `=`, an empty key or a value that is no YAML.
 * @example
 * parseOverride("task.record[1].kwargs.ann_scaler=252").path // -> ["task", "record", 1, "kwargs", "ann_scaler"]
 */
export function parseOverride(text: string): Override {
  const equals = text.indexOf("=");
  const key = text.slice(0, Math.max(0, equals)).trim();
  const fail = (state: string, column = 1) =>
    mistakeAt({
      ...{ name: "-p", state, place: { file: "-p", line: 1, column, source: text } },
      next: ["expected: -p task.model.kwargs.num_leaves=64"],
    });
  if (key === "") throw fail("it is not key=value");
  const path = stepsOf(key);
  if (path.includes("")) throw fail(`"${key}" is no path`);
  const document = parseDocument(text.slice(equals + 1));
  if (document.errors.length > 0) throw fail("the value is no YAML", equals + 2);
  return { path, value: document.toJS(), text };
}

/** A value for a path: the same in code. */
export function toOverride(key: string, value: unknown): Override {
  return { path: stepsOf(key), value, text: `${key}=${JSON.stringify(value) ?? String(value)}` };
}

const stepsOf = (key: string): (string | number)[] =>
  key
    .replace(/\[(\d+)\]/g, ".$1")
    .split(".")
    .map((step) => (/^\d+$/.test(step) ? Number(step) : step));

/** What may stand at the top without being there: another name there would do nothing. */
const TOP_KEYS: readonly string[] = ["experiment_name", "sys"];

/**
 * The configuration with overrides laid over it, in order. The last key of a path may be new, what holds it must be there
 * (`kwargs` is made): a slip in a long path is an error, not a setting that does nothing.
 */
export function applyOverrides(located: LocatedConfig, overrides: readonly Override[], name: string): LocatedConfig {
  if (overrides.length === 0) return located;
  const config = deepcopyBasicType(located.config);
  let places = located.places;
  for (const { path, value, text } of overrides) {
    const place = { file: "-p", line: 1, column: 1, source: text };
    let holder: unknown = config;
    path.forEach((step, i) => {
      const keys = Array.isArray(holder)
        ? holder.map((_, at) => String(at))
        : isPlainObject(holder)
          ? Object.keys(holder)
          : undefined;
      const last = i === path.length - 1;
      const exists = keys?.includes(String(step)) ?? false;
      const mayBeNew = isPlainObject(holder) && (i === 0 ? TOP_KEYS.includes(String(step)) : last || step === "kwargs");
      if (keys === undefined || (!exists && !mayBeNew))
        throw mistakeAt({
          ...{ name, place: { ...place, column: text.indexOf(String(step)) + 1 }, path: path.slice(0, i + 1) },
          state: keys === undefined ? "what holds it is a plain value" : `there is no "${step}" to override`,
          ...(keys === undefined ? {} : { known: { what: "there are", names: keys, given: String(step) } }),
        });
      const into = holder as Record<string, unknown>;
      if (last) into[String(step)] = deepcopyBasicType(value);
      else if (!exists || into[String(step)] === null) into[String(step)] = {};
      holder = into[String(step)];
    });
    const over = new Places();
    over.set(path, place);
    places = places.with(over);
  }
  return { config, places };
}
