/** Base of every error that alphabook raises on purpose: line 1 says action, thing and state; further lines what exists and what to do. */
export class WorkflowError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** An argument outside its range, of the wrong kind, or missing. */
export class InvalidArgumentError extends WorkflowError {}
/** A trading day before the first or after the last one known. */
export class CalendarRangeError extends InvalidArgumentError {}
/** A segment that is not `[start, end]`, or lacks the end that is needed. */
export class InvalidSegmentError extends InvalidArgumentError {}
/** A segment without a trading day. */
export class EmptySegmentError extends InvalidArgumentError {}
/** A name (column, field, operator, segment, component …) that does not exist; `known` lists those that do; `shown`, where it stands. */
export class UnknownNameError extends WorkflowError {
  readonly #known: readonly string[];
  constructor(what: string, name: string, known: Iterable<string>, options?: ErrorOptions & { context?: string; shown?: string }) {
    const list = [...known];
    super(describeUnknown(what, name, list, options), options);
    this.#known = list;
  }
  get known(): readonly string[] {
    return this.#known;
  }
}
/** An expression that cannot be parsed or evaluated; the message shows it with a caret under the fault. */
export class ExpressionError extends WorkflowError {}
/** Data that contradict themselves: wrong columns, duplicate keys, a text that is no date. */
export class DataError extends WorkflowError {}
/** A SQL statement that failed or was refused; the message carries the statement. */
export class SqlError extends WorkflowError {}
/** The store on disk cannot be read or written. */
export class StoreError extends WorkflowError {}
/** A run is active already; the message names it, its cell and how to end it. */
export class AlreadyActiveError extends WorkflowError {}
/** No run is active, or `R` was used before it could be set up. */
export class NotInitializedError extends WorkflowError {}
/** A second set-up while a run is active. */
export class RecorderInitializationError extends WorkflowError {}
export class ExpNotFoundError extends WorkflowError {}
export class ExpAlreadyExistsError extends WorkflowError {}
export class RecorderNotFoundError extends WorkflowError {}
/** A param logged again with another value. */
export class ParamConflictError extends WorkflowError {}
/** An artifact that is there but cannot be read. */
export class LoadObjectError extends WorkflowError {}
/** Artifacts that do not exist; `paths` lists all that are missing. */
export class MissingArtifactError extends WorkflowError {
  readonly paths: readonly string[];
  constructor(message: string, paths: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.paths = paths;
  }
}
/** A task is another worker's now, or was cancelled or removed: what was computed for it cannot be handed in. */
export class LeaseLostError extends WorkflowError {}
/** Tasks that were waited for have failed or were cancelled; `ids` lists them. */
export class TasksFailedError extends WorkflowError {
  readonly ids: readonly string[];
  constructor(message: string, ids: readonly string[], options?: ErrorOptions) {
    super(message, options);
    this.ids = ids;
  }
}
/** A configuration (YAML, options) that does not fit. */
export class ConfigError extends WorkflowError {}
/** The kernel, the notebook file or a cell failed outside the user's own code. */
export class NotebookError extends WorkflowError {}
/** The running cell or command was interrupted. */
export class InterruptedError extends WorkflowError {
  constructor(message = "Interrupted") {
    super(message);
  }
}

/** Line 1, what exists, and the nearest name, in the house's form. */
function describeUnknown(
  what: string,
  name: string,
  known: readonly string[],
  { context, shown }: { context?: string; shown?: string } = {},
): string {
  const lines = [`${context ? `${context}: ` : ""}${context ? "unknown" : "Unknown"} ${what} "${name}"`];
  if (shown !== undefined) lines.push(shown);
  if (known.length === 0) lines.push("  there are none");
  else if (known.length <= 20) lines.push(`  known: ${[...known].sort().join(", ")}`);
  else lines.push(`  ${known.length} are known, among them ${[...known].sort().slice(0, 12).join(", ")} …`);
  const near = nearest(name, known);
  if (near !== undefined) lines.push(`  did you mean "${near}"?`);
  return lines.join("\n");
}

/** The known name closest to `name` by edit distance (case ignored), or undefined when none is near. */
export function nearest(name: string, known: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 2)) + 1;
  for (const candidate of known) {
    const distance = editDistance(wanted, candidate.toLowerCase(), bestDistance);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = previous[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(previous[j]! + 1, row[j - 1]! + 1, substitution));
    }
    previous = row;
  }
  return previous[b.length]!;
}
