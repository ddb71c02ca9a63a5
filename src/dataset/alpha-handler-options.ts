import { freqKey } from "../calendar/frequency.js";
import { defaultMarket } from "../data/default-market.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import type { FeatureInput, FeatureSpec } from "../feature/feature-spec.js";
import type { DataHandlerLPOptions } from "./data-handler-options.js";
import { addressOf, isMarket } from "./market-address.js";

/** Expressions and their names, as Qlib writes them: `[["Ref($close, -2)/Ref($close, -1) - 1"], ["LABEL0"]]`. */
export type NamedExpressions = readonly [expressions: readonly string[], names: readonly string[]];

/** Options of the ready-made handlers: those of DataHandlerLP, without `features`, with Qlib's words beside. */
export interface AlphaHandlerOptions extends Omit<DataHandlerLPOptions, "features" | "label" | "dataLoader"> {
  /** As of DataHandlerLP, or Qlib's pair of expressions and names. */
  readonly label?: FeatureInput | readonly FeatureInput[] | NamedExpressions;
  /** Length of the bars, such as `week`, `30min`: a market given by its address is opened so, an open one must be of it already. */
  readonly freq?: string;
}

const OPTIONS: readonly string[] = [
  "market",
  "label",
  "universe",
  "filterPipe",
  "instruments",
  "freq",
  "startTime",
  "endTime",
  "fitStartTime",
  "fitEndTime",
  "instProcessors",
  "sharedProcessors",
  "inferProcessors",
  "learnProcessors",
  "processType",
  "initType",
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
  const { instruments, universe = instruments, freq, label, market, ...rest } = options;
  if (instruments !== undefined && universe !== instruments)
    throw new InvalidArgumentError(`Cannot make ${handler}: universe and instruments are the same, give one of them`);
  return {
    ...(Object.fromEntries(
      Object.entries(rest).filter(([name, value]) => value !== undefined && OPTIONS.includes(name)),
    ) as typeof rest),
    ...marketAt(handler, market, freq),
    ...(universe == null ? {} : { universe }),
    ...(label == null ? {} : { label: isNamed(label) ? named(handler, label) : label }),
  };
}

/** The market given, else the session's, with bars of the length wanted. */
function marketAt(
  handler: string,
  given: AlphaHandlerOptions["market"] | null,
  freq: string | undefined | null,
): Pick<AlphaHandlerOptions, "market"> {
  if (given != null) return { market: atFrequency(handler, given, freq) };
  const market = defaultMarket();
  if (market === undefined || freq == null) return market ? { market } : {};
  return { market: market.freq === freqKey(freq) ? market : { ...addressOf(market), freq: freqKey(freq) } };
}

function atFrequency(
  handler: string,
  market: NonNullable<AlphaHandlerOptions["market"]>,
  freq: string | undefined | null,
): NonNullable<AlphaHandlerOptions["market"]> {
  if (freq == null) return market;
  const wanted = freqKey(freq);
  if (!isMarket(market)) return { ...(typeof market === "string" ? { address: market } : market), freq: wanted };
  if (market.freq === wanted) return market;
  throw new InvalidArgumentError(
    `Cannot make ${handler}: freq is ${wanted}, the market's bars are of ${market.freq}\n  open it so: openMarket("${market.address}", { freq: "${wanted}" })`,
  );
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
