import { isPlainObject } from "../config/deepcopy-basic-type.js";

/**
 * A configuration that may be kept and shown: in place of a secret variable's value stands the template that it came from, so
 * that the configuration can be run again.
 *
 * @param secrets Variable → value.
 * @example
 * coverSecrets({ uri: "http://me:hunter2@host" }, { DB_PASSWORD: "hunter2" }) // -> { uri: "http://me:{{ DB_PASSWORD }}@host" }
 */
export function coverSecrets<T>(config: T, secrets: Readonly<Record<string, string>>): T {
  const entries = Object.entries(secrets);
  if (entries.length === 0) return config;
  const cover = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(cover);
    if (isPlainObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, cover(item)]));
    const text = typeof value === "number" ? String(value) : value;
    if (typeof text !== "string") return value;
    const covered = entries.reduce((shown, [name, secret]) => shown.replaceAll(secret, `{{ ${name} }}`), text);
    return covered === text ? value : covered;
  };
  return cover(config) as T;
}
