import { inspect } from "node:util";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";

/** Options that choose an experiment, and those that choose a run. */
export const EXPERIMENT_CHOICE = ["experimentId", "experimentName"];
export const RECORDER_CHOICE = ["recorderId", "recorderName", ...EXPERIMENT_CHOICE, "includeDeleted"];

/**
 * Refuses what is no object of options before it chooses something else than was meant: of a text no option would be
 * read, and the default would be taken without a word.
 *
 * @param context What cannot be done, `"Cannot find a run"`.
 * @throws InvalidArgumentError for what is no object, and for an id or a name that is no text.
 * @throws UnknownNameError for an option that does not exist.
 */
export function checkOptions(context: string, options: unknown, known: readonly string[]): void {
  if (typeof options !== "object" || options === null || Array.isArray(options))
    throw new InvalidArgumentError(
      `${context}: ${inspect(options, { depth: 0 })} is no object of options\n  expected: { ${known[0]}: … }; options: ${known.join(", ")}`,
    );
  refuseUnknownOptions(context, options, known);
  for (const [name, value] of Object.entries(options) as [string, unknown][])
    if (/(Id|Name)$/.test(name) && value !== undefined && typeof value !== "string")
      throw new InvalidArgumentError(
        `${context}: ${name} is ${inspect(value, { depth: 0 })}, text is expected\n  not given: leave it out`,
      );
}
