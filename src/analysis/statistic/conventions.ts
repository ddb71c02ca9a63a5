import { InvalidArgumentError } from "../../errors.js";
import type { Compounding, Conventions } from "./return-facts.js";

/** How a series of returns is to be read; the same four options wherever one is. */
export interface ConventionOptions {
  /** Periods per year. Default 252 (trading days; Qlib's risk analysis uses 238). */
  readonly periodsPerYear?: number;
  /** Risk-free return a year, as a decimal. Default 0. */
  readonly riskFree?: number;
  /** Returns are compounded (`product`, default) or added up (`sum`, as Qlib's portfolio analysis). */
  readonly mode?: Compounding;
  /** The column of returns, where the source is a table. Default `return`, `returns`, or the only one. */
  readonly column?: string;
}

/** Names of the four. */
export const CONVENTION_OPTIONS: readonly (keyof ConventionOptions)[] = [
  "periodsPerYear",
  "riskFree",
  "mode",
  "column",
];

/** The options with their defaults. @throws InvalidArgumentError for a value out of range. */
export function readConventions({
  periodsPerYear = 252,
  riskFree = 0,
  mode = "product",
}: ConventionOptions): Conventions {
  if (!(periodsPerYear > 0 && Number.isFinite(periodsPerYear)))
    throw new InvalidArgumentError(
      `Cannot read the returns: periodsPerYear is ${periodsPerYear}, a number > 0 expected`,
    );
  if (!(riskFree > -1 && Number.isFinite(riskFree)))
    throw new InvalidArgumentError(
      `Cannot read the returns: riskFree is ${riskFree}, a decimal per year such as 0.02 expected`,
    );
  if (mode !== "product" && mode !== "sum")
    throw new InvalidArgumentError(`Cannot read the returns: mode "${String(mode)}" is neither "product" nor "sum"`);
  return { periodsPerYear, riskFree, mode };
}
