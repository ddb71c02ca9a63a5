import type { Universe } from "../data/market.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import type { FeatureInput, FeatureSpec } from "../feature/feature-spec.js";
import type { DataHandlerLPOptions } from "./data-handler-options.js";

/** Expressions and their names, as Qlib writes them: `[["Ref($close, -2)/Ref($close, -1) - 1"], ["LABEL0"]]`. */
export type NamedExpressions = readonly [expressions: readonly string[], names: readonly string[]];

/** Options of the ready-made handlers: those of DataHandlerLP, without `features`, with Qlib's words beside. */
export interface AlphaHandlerOptions extends Omit<DataHandlerLPOptions, "features" | "label" | "dataLoader"> {
  /** As of DataHandlerLP, or Qlib's pair of expressions and names. */
  readonly label?: FeatureInput | readonly FeatureInput[] | NamedExpressions;
  /** Qlib's word for `universe`. */
  readonly instruments?: Universe;
  /** Days are all there is. Default `day`. */
  readonly freq?: "day";
}

const OPTIONS: readonly string[] = [
  "market",
  "label",
  "universe",
  "instruments",
  "freq",
  "startTime",
  "endTime",
  "fitStartTime",
  "fitEndTime",
  "sharedProcessors",
  "inferProcessors",
  "learnProcessors",
  "processType",
  "dropRaw",
  "dtype",
  "state",
  "factors",
  "cache",
] satisfies readonly (keyof AlphaHandlerOptions)[];

/**
 * Options of DataHandlerLP for a ready-made handler: Qlib's words replaced, what is not given left out.
 *
 * @param more Names of options that only this handler has; they are left out.
 * @throws UnknownNameError for an option that is not known; InvalidArgumentError for another frequency than days, or
 * two universes.
 */
export function handlerOptions(
  handler: string,
  options: AlphaHandlerOptions,
  more: readonly string[] = [],
): Omit<DataHandlerLPOptions, "features"> {
  const known = [...OPTIONS, ...more];
  // An option of Qlib's that is switched off by null is no option.
  for (const [name, value] of Object.entries(options))
    if (value != null && !known.includes(name))
      throw new UnknownNameError("option", name, known, { context: `Cannot make ${handler}` });
  const { instruments, universe = instruments, freq = "day", label, ...rest } = options;
  if (freq !== "day")
    throw new InvalidArgumentError(`Cannot make ${handler}: freq is ${JSON.stringify(freq)}, "day" expected`);
  if (instruments !== undefined && universe !== instruments)
    throw new InvalidArgumentError(`Cannot make ${handler}: universe and instruments are the same, give one of them`);
  return {
    ...(Object.fromEntries(
      Object.entries(rest).filter(([name, value]) => value !== undefined && OPTIONS.includes(name)),
    ) as Omit<typeof rest, "label">),
    ...(universe == null ? {} : { universe }),
    ...(label == null ? {} : { label: isNamed(label) ? named(handler, label) : label }),
  };
}

function isNamed(label: NonNullable<AlphaHandlerOptions["label"]>): label is NamedExpressions {
  return Array.isArray(label) && Array.isArray(label[0]);
}

function named(handler: string, [expressions, names = []]: NamedExpressions): FeatureSpec[] {
  if (names.length !== expressions.length)
    throw new InvalidArgumentError(
      `Cannot make ${handler}: the label has ${expressions.length} expressions and ${names.length} names`,
    );
  return expressions.map((expression, i) => ({ name: names[i]!, expression }));
}
