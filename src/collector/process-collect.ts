import { InvalidArgumentError } from "../errors.js";
import type { KeyPart } from "./tuple-map.js";

/** A step of a process chain: a function, or something with `run` (a {@link Group}). */
export type CollectProcess =
  ((value: never, ...args: never[]) => unknown) | { run(value: never, ...args: never[]): unknown };

/**
 * Sends each value of a map through a chain of steps; keys and their order stay.
 *
 * In Qlib: qlib.workflow.task.collect.Collector.process_collect.
 *
 * @param processList One step or several, in order; a step may be asynchronous.
 * @param args Further arguments of every step.
 * @throws InvalidArgumentError for a step that is neither a function nor has `run`.
 * @example
 * await processCollect([["p", 1], ["q", 2]], [(x) => x + 1, (x) => x * 10]) // -> [["p", 20], ["q", 30]]
 */
export async function processCollect(
  collected: Iterable<readonly [KeyPart, unknown]>,
  processList: CollectProcess | readonly CollectProcess[],
  ...args: readonly unknown[]
): Promise<[KeyPart, unknown][]> {
  const steps = (Array.isArray(processList) ? processList : [processList]).map(toFunction);
  const processed: [KeyPart, unknown][] = [];
  for (const [key, value] of collected) {
    let current: unknown = value;
    for (const step of steps) current = await step(current, ...args);
    processed.push([key, current]);
  }
  return processed;

  function toFunction(step: unknown, index: number): (...values: unknown[]) => unknown {
    if (typeof step === "function") return step as (...values: unknown[]) => unknown;
    const { run } = (step ?? {}) as { run?: (...values: unknown[]) => unknown };
    if (typeof run === "function") return (...values) => run.apply(step, values);
    throw new InvalidArgumentError(
      `Cannot process what was collected: step ${index + 1} is no function\n  expected: functions, or groups such as rollingGroup()`,
    );
  }
}
