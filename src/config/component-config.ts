/** How a part is named in data: its class and what it is made with. Qlib's `module_path` may stand there and is ignored. */
export interface ComponentConfig {
  readonly class: string;
  readonly module_path?: string;
  /** Options of the constructor; snake_case names are taken for camelCase. */
  readonly kwargs?: Readonly<Record<string, unknown>>;
}

/** Whether a value names a class instead of being an object of one. */
export function isComponentConfig(value: unknown): value is ComponentConfig {
  return (
    typeof value === "object" &&
    value !== null &&
    typeof (value as Partial<ComponentConfig>).class === "string" &&
    Object.getPrototypeOf(value) === Object.prototype
  );
}

/**
 * The name of a component's class, where it is written with its module.
 *
 * @example
 * classNameOf("qlib.contrib.model.gbdt.LGBModel") // -> LGBModel
 */
export const classNameOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/**
 * The one mapping between the names of options in configurations and in code: `fit_start_time` becomes `fitStartTime`.
 *
 * Only the keys of this object are renamed, values stay as they are.
 *
 * @example
 * camelKeys({ fields_group: "feature", clipOutlier: true }) // -> { fieldsGroup: "feature", clipOutlier: true }
 */
export function camelKeys(options: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(options).map(([key, value]) => [
      key.replace(/(?<=[a-z0-9])_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()),
      value,
    ]),
  );
}
