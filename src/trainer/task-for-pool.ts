import { isComponentConfig } from "../config/component-config.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import { registry } from "../config/registry.js";
import { ConfigError } from "../errors.js";
import type { Task } from "../task/task.js";
import { componentsOf } from "./own-classes.js";
import { plainTask } from "./plain-task.js";

/**
 * A task as the data that another process trains it from. Classes of the user's own get the `module_path` of the file
 * they are registered with.
 *
 * @throws ConfigError for an object without a configuration, and for a class that only this process knows, such as one
 * made in a cell; UnknownNameError for a class that nobody knows.
 */
export function taskForPool(task: Task): Record<string, unknown> {
  const { task: plain, opaque } = plainTask(task);
  const lost = componentsOf(plain).find(({ class: name }) => registry.identityOf(name)?.module === "");
  if (lost) throw new ConfigError(onlyHere(lost.class, `class ${lost.class} is known in this process only`));
  const unnamed = opaque.find((text) => !registry.find(text.split(": ")[1]!));
  if (unnamed !== undefined)
    throw new ConfigError(onlyHere(unnamed.split(": ")[1]!, `${unnamed}, which is known in this process only`));
  if (opaque.length > 0)
    throw new ConfigError(
      `Cannot give a task to a pool: it holds objects without a configuration\n  ${opaque.join("\n  ")}\n  give { class, kwargs } instead`,
    );
  const { model, dataset, record } = plain;
  checkKnown(model, "model");
  checkKnown(dataset, "dataset");
  if (isPlainObject(dataset) && isPlainObject(dataset.kwargs)) checkKnown(dataset.kwargs.handler, "handler");
  for (const one of Array.isArray(record) ? record : [record]) checkKnown(one, "record template");
  return withModules(plain) as Record<string, unknown>;
}

function onlyHere(name: string, what: string): string {
  const file = `./${name.replace(/(?<=[a-z0-9])[A-Z]/g, "-$&").toLowerCase()}.js`;
  return `Cannot give a task to a pool: ${what}, others cannot load it\n  move it to a file beside the notebook and name it in registry.add("${name}", ${name}, { module: "${file}" }), then give { class: "${name}", kwargs: { … } }`;
}

/** A class with a place of its own is loaded there. */
function checkKnown(config: unknown, what: string): void {
  if (!isComponentConfig(config) || config.module_path?.match(/[\\/]|\.m?[jt]s$/)) return;
  registry.get(config.class.split(".").at(-1)!, what);
}

function withModules(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(withModules);
  if (!isPlainObject(part)) return part;
  const entries = Object.entries(part).map(([key, value]) => [key, withModules(value)]);
  const module = isComponentConfig(part) ? registry.identityOf(part.class)?.module : undefined;
  const isOwn = module !== undefined && module !== "alphabook" && part.module_path === undefined;
  return Object.fromEntries(isOwn ? [...entries, ["module_path", module]] : entries);
}
