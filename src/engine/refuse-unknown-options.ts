import { UnknownNameError } from "../errors.js";

/**
 * Refuses an option that does not exist before it is left unread: a misspelt one would change nothing and say nothing. One that is
 * null or undefined is not given.
 *
 * @param context What cannot be done, `"Cannot make Fillna"`.
 * @throws UnknownNameError with the nearest name.
 */
export function refuseUnknownOptions(context: string, options: object, known: readonly string[]): void {
  for (const [name, value] of Object.entries(options))
    if (value != null && !known.includes(name)) throw new UnknownNameError("option", name, known, { context });
}
