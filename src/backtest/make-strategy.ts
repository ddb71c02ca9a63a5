import { camelKeys, classNameOf, isComponentConfig, type ComponentConfig } from "../config/component-config.js";
import { registry, type ComponentClass } from "../config/registry.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { EnhancedIndexingStrategy } from "./enhanced-indexing-strategy.js";
import { Executor } from "./executor.js";
import { FileOrderStrategy } from "./file-order-strategy.js";
import { NestedExecutor } from "./nested-executor.js";
import { SimulatorExecutor } from "./simulator-executor.js";
import { SoftTopkStrategy } from "./soft-topk-strategy.js";
import type { Strategy } from "./strategy.js";
import { TopkDropoutStrategy } from "./topk-dropout-strategy.js";
import { TWAPStrategy } from "./twap-strategy.js";

/** The strategies of this room, by Qlib's names. */
export const STRATEGIES: ReadonlyMap<string, ComponentClass<Strategy>> = new Map<string, ComponentClass<Strategy>>(
  Object.entries({
    TopkDropoutStrategy,
    SoftTopkStrategy,
    EnhancedIndexingStrategy,
    FileOrderStrategy,
    TWAPStrategy,
  }),
);

/**
 * A strategy of what a user may give: the object itself, or `{ class, kwargs }` with a name of {@link STRATEGIES} or
 * the registry.
 *
 * @throws UnknownNameError with the nearest name; InvalidArgumentError for something that cannot decide.
 * @example
 * makeStrategy({ class: "TWAPStrategy" }) instanceof TWAPStrategy // -> true
 */
export function makeStrategy(input: Strategy | ComponentConfig): Strategy {
  const made = isComponentConfig(input) ? construct(input, "strategy", STRATEGIES) : input;
  if (typeof (made as Partial<Strategy>)?.decide === "function") return made as Strategy;
  throw new InvalidArgumentError(
    'Cannot trade: the strategy has no method decide\n  e.g. { class: "TopkDropoutStrategy", kwargs: { signal: "<PRED>", topk: 50, nDrop: 5 } }',
  );
}

/** The executors of this room, by Qlib's names. */
export const EXECUTORS: ReadonlyMap<string, ComponentClass<Executor>> = new Map<string, ComponentClass<Executor>>(
  Object.entries({ SimulatorExecutor, NestedExecutor }),
);

/**
 * An executor of the object itself or of `{ class, kwargs }`; `innerExecutor` and `innerStrategy` are made the same
 * way.
 *
 * @example
 * makeExecutor({ class: "SimulatorExecutor", kwargs: { time_per_step: "day" } }).freq // -> 1day
 */
export function makeExecutor(input: Executor | ComponentConfig): Executor {
  if (input instanceof Executor) return input;
  const { innerExecutor, innerStrategy, ...rest } = camelKeys(input.kwargs ?? {});
  const inner = {
    ...(innerExecutor === undefined
      ? {}
      : { innerExecutor: makeExecutor(innerExecutor as Executor | ComponentConfig) }),
    ...(innerStrategy === undefined
      ? {}
      : { innerStrategy: makeStrategy(innerStrategy as Strategy | ComponentConfig) }),
  };
  return construct({ ...input, kwargs: { ...rest, ...inner } }, "executor", EXECUTORS) as Executor;
}

function construct(config: ComponentConfig, what: string, known: ReadonlyMap<string, ComponentClass>): object {
  const name = classNameOf(config.class);
  const found = known.get(name) ?? registry.find(name);
  if (!found) throw new UnknownNameError(what, config.class, new Set([...known.keys(), ...registry.names()]));
  const Component = found as unknown as new (options: Record<string, unknown>) => object;
  return new Component(camelKeys(config.kwargs ?? {}));
}
