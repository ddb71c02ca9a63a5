import { deepcopyBasicType, isPlainObject } from "../config/deepcopy-basic-type.js";
import { registry } from "../config/registry.js";
import type { Task } from "../task/task.js";

/**
 * A task as plain data, and which of its objects have no configuration, so that it cannot be trained again from them.
 */
export interface PlainTask {
  readonly task: Record<string, unknown>;
  /** `model: MyModel` … */
  readonly opaque: readonly string[];
}

/** Objects of classes give way to their `config()`, where they have one. */
export function plainTask(task: Task): PlainTask {
  const opaque: string[] = [];
  const plain = (value: unknown, place: string): unknown => {
    if (Array.isArray(value)) return value.map((entry, i) => plain(entry, `${place}.${i}`));
    if (isPlainObject(value))
      return Object.fromEntries(
        Object.entries(value).map(([key, entry]) => [key, plain(entry, place ? `${place}.${key}` : key)]),
      );
    if (typeof value !== "object" || value === null || value instanceof Date) return value;
    const { config } = value as { config?: unknown };
    if (typeof config === "function") return deepcopyBasicType((config as () => unknown).call(value));
    opaque.push(`${place}: ${value.constructor.name}`);
    return { class: registry.findIdentity(value)?.class ?? value.constructor.name };
  };
  return { task: plain(task, "") as Record<string, unknown>, opaque };
}
