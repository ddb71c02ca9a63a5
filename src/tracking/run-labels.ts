import type { Recorder } from "./recorder.js";

/** Names that tell runs apart: the end of the id is added where two have one name, or `reserved` has it. */
export function labelsOf(runs: readonly Recorder[], reserved: readonly string[] = []): string[] {
  const taken = [...reserved, ...runs.map(({ name }) => name)];
  return runs.map(({ name, id }) =>
    taken.indexOf(name) === taken.lastIndexOf(name) ? name : `${name} (${id.slice(-6)})`,
  );
}
