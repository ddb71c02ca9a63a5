import { isComponentConfig } from "../config/component-config.js";
import type { Market } from "../data/market.js";
import { addressOf, isMarket, type MarketAddress } from "../dataset/market-address.js";
import { ConfigError } from "../errors.js";
import type { Task } from "../task/task.js";
import { plainTask } from "../trainer/plain-task.js";

/**
 * A task as plain data, that can be written down and made again tomorrow. An open market gives way to its address.
 *
 * @throws ConfigError when it holds objects without a configuration, or its handler is no `{ class, kwargs }`.
 */
export function keptTask(task: Task, what: string): Task {
  const { task: plain, opaque } = plainTask(
    withMarketOf(task, (market) => (isOpen(market) ? addressOf(market) : market)),
  );
  if (opaque.length > 0)
    throw new ConfigError(
      `Cannot keep ${what}: it holds objects without a configuration\n  ${opaque.join("\n  ")}\n  give { class, kwargs } instead`,
    );
  const kept = plain as unknown as Task;
  if (!isComponentConfig(kept.dataset?.kwargs?.handler))
    throw new ConfigError(`Cannot keep ${what}: its handler is no { class, kwargs }, so no market can be set`);
  return kept;
}

/**
 * The same task on the market as it was known on a day, so that neither training nor forecasting sees what came later.
 *
 * @param market Where the task's handler names none.
 */
export function taskAsOf(task: Task, asOf: string, market: Market): Task {
  return withMarketOf(task, (own) => {
    const address = own === undefined || own === null ? addressOf(market) : own;
    return { ...(typeof address === "string" ? { address } : (address as MarketAddress)), asOf };
  });
}

function withMarketOf(task: Task, change: (market: unknown) => unknown): Task {
  const { handler } = task.dataset?.kwargs ?? {};
  if (!isComponentConfig(handler)) return task;
  const market = change(handler.kwargs?.market);
  const kwargs = { ...handler.kwargs, ...(market !== undefined && { market }) };
  return {
    ...task,
    dataset: { ...task.dataset, kwargs: { ...task.dataset.kwargs, handler: { ...handler, kwargs } } },
  };
}

const isOpen = (market: unknown): market is Market =>
  typeof market === "object" && market !== null && isMarket(market as Market);
