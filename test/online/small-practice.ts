import { RollingStrategy } from "../../src/online/rolling-strategy.js";
import type { Task } from "../../src/task/task.js";
import { smallTask } from "../trainer/small-tasks.js";

export const ADDRESS = "synthetic://?instruments=12&days=160&ic=0.1&seed=5&start=2015-01-02";

/** One ridge regression on two features, trained anew every five days on sixty. */
export function practice(name: string, { alpha = 1, step = 5, market = ADDRESS as string | undefined } = {}) {
  return new RollingStrategy({
    name,
    taskTemplate: template({ alpha, market }),
    rollingGen: { step, rtype: "sliding" },
  });
}

export function template({ alpha = 1, market = ADDRESS as string | undefined } = {}): Task {
  const task = smallTask({ train: ["2015-01-20", "2015-04-14"], test: ["2015-04-20", "2015-04-27"] }, alpha);
  const { market: _, ...kwargs } = (task.dataset.kwargs.handler as { kwargs: Record<string, unknown> }).kwargs;
  const handler = { class: "DataHandlerLP", kwargs: market === undefined ? kwargs : { ...kwargs, market } };
  return { ...task, dataset: { ...task.dataset, kwargs: { ...task.dataset.kwargs, handler } } };
}

/** A table as rows of texts, to compare row by row. */
export function rowsOf(table: { objects(): unknown }): unknown {
  return (table.objects() as Record<string, unknown>[]).map((row) =>
    Object.fromEntries(
      Object.entries(row).map(([key, value]) => [
        key,
        value instanceof Date ? value.toISOString().slice(0, 10) : value,
      ]),
    ),
  );
}
