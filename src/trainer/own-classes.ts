import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { isComponentConfig, type ComponentConfig } from "../config/component-config.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import { registry, type ComponentClass } from "../config/registry.js";
import { ConfigError } from "../errors.js";

/** A file, not one of Qlib's dotted module paths. */
const isFile = (modulePath: string) => /[\\/]|\.m?[jt]s$/.test(modulePath);

/** All classes that a task names, wherever in it they stand. */
export function componentsOf(part: unknown): ComponentConfig[] {
  if (Array.isArray(part)) return part.flatMap(componentsOf);
  if (!isPlainObject(part)) return [];
  const inside = Object.values(part).flatMap(componentsOf);
  return isComponentConfig(part) ? [part, ...inside] : inside;
}

/**
 * Loads the user's classes that a task names and this process does not know: from the file or package of their
 * `module_path`, seen from the working directory. The file registers them itself, or exports them under their names.
 *
 * @throws ConfigError when the file has no such class.
 */
export async function loadOwnClasses(task: unknown): Promise<void> {
  for (const { class: name, module_path: place } of componentsOf(task)) {
    if (place === undefined || registry.find(name)) continue;
    const values = await load(place);
    if (registry.find(name) || values === undefined) continue;
    const found = values[name] ?? values.default;
    if (typeof found !== "function")
      throw new ConfigError(
        `Cannot load class "${name}": ${place} neither exports it nor names it in registry.add\n  exported: ${Object.keys(values).join(", ") || "nothing"}`,
      );
    registry.add(name, found as ComponentClass, { module: place });
  }
}

/** Undefined for what is no package here: a module path of Qlib's. */
async function load(place: string): Promise<Record<string, unknown> | undefined> {
  if (isFile(place)) return (await import(pathToFileURL(path.resolve(place)).href)) as Record<string, unknown>;
  try {
    const file = createRequire(path.resolve("task.js")).resolve(place);
    return (await import(pathToFileURL(file).href)) as Record<string, unknown>;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return undefined;
    throw error;
  }
}
