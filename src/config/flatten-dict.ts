import { InvalidArgumentError } from "../errors.js";
import { isPlainObject } from "./deepcopy-basic-type.js";

/**
 * Nested mappings as one, keys joined by the separator. Lists and objects of classes stay values, an empty mapping vanishes.
 *
 * In Qlib: qlib.utils.flatten_dict.
 *
 * @param sep Default ".".
 * @throws InvalidArgumentError when two values would get the same key (`{ "a.b": 1, a: { b: 2 } }`).
 * @example
 * flattenDict({ a: 1, c: { a: 2, b: { x: 5, y: 10 } }, d: [1, 2, 3] }) // -> { a: 1, "c.a": 2, "c.b.x": 5, "c.b.y": 10, d: [1, 2, 3] }
 */
export function flattenDict(nested: Readonly<Record<string, unknown>>, sep = "."): Record<string, unknown> {
  const flat = new Map<string, unknown>();
  const walk = (mapping: Readonly<Record<string, unknown>>, parent: readonly string[]): void => {
    for (const [key, value] of Object.entries(mapping)) {
      const path = [...parent, key];
      if (isPlainObject(value)) {
        walk(value, path);
        continue;
      }
      const name = path.join(sep);
      if (flat.has(name))
        throw new InvalidArgumentError(
          `Cannot flatten: two values would be called "${name}"\n  choose another separator`,
        );
      flat.set(name, value);
    }
  };
  walk(nested, []);
  return Object.fromEntries(flat);
}
