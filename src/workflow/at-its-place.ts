import { camelKeys } from "../config/component-config.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import type { ConfigPath } from "../config/places.js";
import { WorkflowError } from "../errors.js";
import { valueAt } from "./check-structure.js";
import { mistakeIn, type LoadedWorkflow } from "./load-workflow.js";

/** Does a piece of work; what is said against a part of the workflow there is said at the place it means. */
export function atItsPlace<T>(workflow: LoadedWorkflow, path: ConfigPath, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw placed(workflow, path, cause);
  }
}

/** An error about a part of the workflow, with the place of the key or value below `path` that it names. */
export function placed(workflow: LoadedWorkflow, path: ConfigPath, cause: unknown): unknown {
  if (!(cause instanceof WorkflowError)) return cause;
  const [first = "", ...rest] = cause.message.split("\n");
  const value = valueAt(workflow.config, path);
  const meant = findMeant(value, first);
  return mistakeIn(workflow, {
    ...{ path: [...path, ...(meant?.path ?? [])], onKey: meant?.onKey ?? typeof value === "object" },
    ...{ state: lowered(first), next: rest.map((line) => line.replace(/^ {2}/, "")), cause },
  });
}

export const lowered = (text: string) => text.charAt(0).toLowerCase() + text.slice(1);

/** The key or value that a message names: keys as words, values in quotes; the deepest one. */
function findMeant(
  value: unknown,
  message: string,
): { readonly path: ConfigPath; readonly onKey: boolean } | undefined {
  let best: { readonly path: ConfigPath; readonly onKey: boolean } | undefined;
  const walk = (item: unknown, path: ConfigPath): void => {
    const entries: [string | number, unknown][] = Array.isArray(item)
      ? [...item.entries()]
      : isPlainObject(item)
        ? Object.entries(item)
        : [];
    for (const [key, inner] of entries) {
      const here = [...path, key];
      const names = typeof key === "string" ? [key, ...Object.keys(camelKeys({ [key]: 0 }))] : [];
      if (
        names.some(
          (name) =>
            message.includes(`"${name}"`) || new RegExp(`\\b${escaped(name)} (is|starts|ends)\\b`).test(message),
        )
      )
        best = { path: here, onKey: true };
      if (typeof inner === "string" && message.includes(`"${inner}"`)) best = { path: here, onKey: false };
      walk(inner, here);
    }
  };
  walk(value, []);
  return best;
}

const escaped = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
