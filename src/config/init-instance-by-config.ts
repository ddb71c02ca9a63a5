import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { ConfigError } from "../errors.js";
import { camelKeys, classNameOf, isComponentConfig, type ComponentConfig } from "./component-config.js";
import { isPlainObject } from "./deepcopy-basic-type.js";
import { registry } from "./registry.js";

export interface InitInstanceOptions {
  /** What is looked for, in messages: `model`, `record template` … Default `component`. */
  readonly what?: string;
  /** Options offered to the constructor beside those of the configuration, which win where both name one. */
  readonly context?: Readonly<Record<string, unknown>>;
}

/**
 * The object a configuration names: `{ class, module_path?, kwargs? }`, or the name alone. An object of a class is
 * given back as it is.
 *
 * The class is looked up in the registry; of a dotted name, as Qlib writes them, its last part. Names of options may be
 * in
 * snake_case.
 *
 * In Qlib: qlib.utils.init_instance_by_config, which tries the constructor twice instead of offering a context
 *
 * @throws UnknownNameError for a class that is not registered, with the nearest name; ConfigError for anything else.
 * @example
 * initInstanceByConfig({ class: "LinearModel", kwargs: { estimator: "ridge", alpha: 1 } }).constructor.name // ->
 * LinearModel
 */
export function initInstanceByConfig<T extends object = object>(
  config: ComponentConfig | string | T,
  options: InitInstanceOptions = {},
): T {
  refuseUnknownOptions("Cannot make a component", options, ["what", "context"]);
  const { what = "component", context = {} } = options;
  const named = typeof config === "string" ? { class: config } : config;
  if (isComponentConfig(named)) {
    const kwargs = named.kwargs ?? {};
    if (!isPlainObject(kwargs))
      throw new ConfigError(`Cannot make ${what} ${named.class}: its kwargs are no mapping of options`);
    const Class = registry.get(classNameOf(named.class), what) as unknown as new (options: object) => T;
    return new Class({ ...context, ...camelKeys(kwargs) });
  }
  if (typeof named === "object" && named !== null && !isPlainObject(named) && !Array.isArray(named)) return named as T;
  throw new ConfigError(
    `Cannot make a ${what} of ${named === undefined ? "nothing" : JSON.stringify(named)}\n  expected: { class: "…", kwargs: { … } }, or the object itself`,
  );
}
