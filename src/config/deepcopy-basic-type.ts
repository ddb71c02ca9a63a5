/**
 * A copy of the plain parts of a value: objects, arrays and Dates are copied, at any depth; everything else (an object of a
 * class, a function) is shared.
 *
 * In Qlib: qlib.utils.data.deepcopy_basic_type.
 *
 * @example
 * const task = { model: { class: "LinearModel" }, rolls: [1] };
 * deepcopyBasicType(task).rolls === task.rolls // -> false
 */
export function deepcopyBasicType<T>(value: T): T {
  if (Array.isArray(value)) return value.map(deepcopyBasicType) as T;
  if (value instanceof Date) return new Date(value) as T;
  if (!isPlainObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, deepcopyBasicType(item)])) as T;
}

/** Whether a value is a mapping: an object literal or one made from YAML or JSON. */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}
