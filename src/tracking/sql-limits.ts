import { InterruptedError, InvalidArgumentError, SqlError, UnknownNameError } from "../errors.js";
import { host } from "../host/host.js";

/** What a question may cost; see `sql.options`. */
export interface SqlOptions {
  /** Seconds after which a question is stopped; null (the default) for as long as it takes. */
  readonly timeLimit?: number | null;
  /**
   * Memory for the tables of the history and all questions at once, such as `512MB` or `2GB`. Default: a quarter of
   * the machine's, or `ALPHABOOK_MEMORY_LIMIT`.
   */
  readonly memoryLimit?: string;
}

const OPTIONS = ["timeLimit", "memoryLimit"] satisfies (keyof SqlOptions)[];
const LONGEST_SECONDS = 86_400;

/** @throws UnknownNameError for another option. @throws InvalidArgumentError for a time that is none. */
export function checkSqlOptions(options: SqlOptions): void {
  for (const key of Object.keys(options))
    if (!(OPTIONS as readonly string[]).includes(key))
      throw new UnknownNameError("option", key, OPTIONS, { context: "Cannot set options of SQL" });
  const { timeLimit } = options;
  if (timeLimit === undefined || timeLimit === null) return;
  if (typeof timeLimit !== "number" || !(timeLimit > 0) || timeLimit > LONGEST_SECONDS)
    throw new InvalidArgumentError(
      `Cannot set the time limit of SQL to ${String(timeLimit)}\n  expected: seconds above 0, at most ${LONGEST_SECONDS} (a day), or null for none`,
    );
}

/**
 * Asks with a signal that the running cell's interrupt aborts, and the time limit too; says which limit a question ran
 * into and what to do.
 */
export async function askWithin<T>(
  text: string,
  seconds: number | null,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const interrupted = host.signal;
  const late = seconds === null ? undefined : AbortSignal.timeout(Math.ceil(seconds * 1000));
  try {
    return await work(late ? AbortSignal.any([interrupted, late]) : interrupted);
  } catch (error) {
    if (error instanceof InterruptedError && late?.aborted && !interrupted.aborted)
      throw new SqlError(
        `Cannot run SQL: it took longer than ${seconds} s and was stopped\n  ask for less, see sql.explain for what takes long, or allow more: sql.options({ timeLimit: ${seconds! * 10} })\n  statement: ${text.trim()}`,
        { cause: error },
      );
    if (error instanceof SqlError && /Out of Memory/i.test(error.message))
      throw new SqlError(
        `${error.message}\n  ask for fewer rows or columns, or allow more: ALPHABOOK_MEMORY_LIMIT=8GB, or sql.options({ memoryLimit: "8GB" }) before the first question`,
        { cause: error },
      );
    throw error;
  }
}
