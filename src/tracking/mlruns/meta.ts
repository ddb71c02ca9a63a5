import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import type * as Yaml from "yaml";

/** What a `meta.yaml` says; undefined where it does not say it. */
export interface Meta {
  text(key: string): string | undefined;
  /** A whole number; texts of one too. */
  whole(key: string): number | undefined;
}

/** The `meta.yaml` of a folder, or why there is none to use. */
export function readMeta(folder: string): Meta | string {
  const file = path.join(folder, "meta.yaml");
  if (!existsSync(file)) return "it has no meta.yaml";
  const { parse } = createRequire(import.meta.url)("yaml") as typeof Yaml;
  let content: unknown;
  try {
    content = parse(readFileSync(file, "utf8"));
  } catch (error) {
    return `its meta.yaml cannot be read: ${(error as Error).message.split("\n")[0]}`;
  }
  if (typeof content !== "object" || content === null) return "its meta.yaml is torn";
  const values = content as Readonly<Record<string, unknown>>;
  return {
    text(key) {
      const value = values[key];
      return typeof value === "string" || typeof value === "number" ? String(value) : undefined;
    },
    whole(key) {
      const value = values[key] == null || values[key] === "" ? NaN : Number(values[key]);
      return Number.isSafeInteger(value) ? value : undefined;
    },
  };
}
