import { InvalidArgumentError } from "../errors.js";
import type { CalendarSource, Task } from "./task.js";

/** Makes tasks from a task. It keeps no calendar, changes no task, and gives the same for the same. In Qlib: TaskGen. */
export interface TaskGenerator {
  generate(task: Task, source: CalendarSource): Task[];
}

/**
 * Every generator in turn, each on every task of the one before: one template becomes n1 × n2 × … tasks.
 *
 * Order: by template, then by the first generator's tasks, then by the second's. Without templates there are no tasks;
 * without generators the templates come back as they are. Templates are never changed.
 *
 * In Qlib: qlib.workflow.task.gen.task_generator.
 *
 * @param tasks One template or several.
 * @param generators One generator or several.
 * @param source A market or `{ calendar }`: the trading days as they are known now.
 * @example
 * const calendar = TradingCalendar.from(["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05"]);
 * const template = { dataset: { kwargs: { segments: { train: ["2024-01-02", "2024-01-03"], test: ["2024-01-04", null] } } } };
 * generateTasks(template, new RollingGenerator({ step: 1 }), { calendar }).map((task) => task.dataset.kwargs.segments.train[1]) // -> [ '2024-01-03', '2024-01-04' ]
 */
export function generateTasks(
  tasks: Task | readonly Task[],
  generators: TaskGenerator | readonly TaskGenerator[],
  source: CalendarSource,
): Task[] {
  const steps = isList(generators) ? generators : [generators];
  const wrong = steps.findIndex((one) => typeof (one as Partial<TaskGenerator> | null)?.generate !== "function");
  if (wrong >= 0)
    throw new InvalidArgumentError(
      `Cannot generate tasks: generator ${wrong} has no method generate\n  expected: e.g. new RollingGenerator({ step: 20 })`,
    );
  return steps.reduce<Task[]>(
    (made, generator) => made.flatMap((task) => generator.generate(task, source)),
    isList(tasks) ? [...tasks] : [tasks],
  );
}

function isList<T>(value: T | readonly T[]): value is readonly T[] {
  return Array.isArray(value);
}
