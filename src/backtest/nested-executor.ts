import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { Executor, EXECUTOR_OPTIONS, type ExecutorOptions } from "./executor.js";
import type { Strategy } from "./strategy.js";

export interface NestedExecutorOptions extends ExecutorOptions {
  /** The finer level, in which the orders of a step are worked off. */
  readonly innerExecutor: Executor;
  /** Splits the orders of a step over the steps of the finer level. */
  readonly innerStrategy: Strategy;
  /** A step without orders does not enter the finer level, which then has no rows for it. Default true. */
  readonly skipEmptyDecision?: boolean;
}

/**
 * Works off the orders of each step in shorter steps: decide by day, deal by minute.
 *
 * Position and cash are the same at all levels; reports, orders and indicators are kept for each. The market's bars
 * are those of the finest level. An inner strategy finds the orders it is to split in `step.outer`, as {@link
 * TWAPStrategy} does.
 *
 * In Qlib: qlib.backtest.executor.NestedExecutor
 *
 * @example
 * const inner = { innerExecutor: new SimulatorExecutor({ timePerStep: "30min" }), innerStrategy: new TWAPStrategy() };
 * new NestedExecutor({ timePerStep: "day", ...inner }).innerExecutor.freq // -> 30min
 */
export class NestedExecutor extends Executor {
  readonly innerExecutor: Executor;
  readonly innerStrategy: Strategy;
  readonly skipEmptyDecision: boolean;

  /** @throws InvalidArgumentError without an inner executor and an inner strategy. */
  constructor({ innerExecutor, innerStrategy, skipEmptyDecision = true, ...options }: NestedExecutorOptions) {
    refuseUnknownOptions("Cannot make a NestedExecutor", options, [...EXECUTOR_OPTIONS, ...OWN]);
    super(options);
    if (!(innerExecutor instanceof Executor) || typeof innerStrategy?.decide !== "function")
      throw new InvalidArgumentError(
        "Cannot make a NestedExecutor: it needs innerExecutor (an executor) and innerStrategy (an object with decide)",
      );
    this.innerExecutor = innerExecutor;
    this.innerStrategy = innerStrategy;
    this.skipEmptyDecision = skipEmptyDecision;
  }

  override facts(): Record<string, unknown> {
    return {
      ...super.facts(),
      innerStrategy: this.innerStrategy.constructor.name,
      innerExecutor: this.innerExecutor.facts(),
    };
  }
}

const OWN = ["innerExecutor", "innerStrategy", "skipEmptyDecision"];

/** An executor and those inside it, outermost first. */
export function executorLevels(executor: Executor): Executor[] {
  return executor instanceof NestedExecutor ? [executor, ...executorLevels(executor.innerExecutor)] : [executor];
}
