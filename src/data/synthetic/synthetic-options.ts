import { formatDatetime, parseDatetime, type DatetimeInput } from "../../engine/datetime.js";
import { InvalidArgumentError, UnknownNameError } from "../../errors.js";

export interface SyntheticOptions {
  /** Number of stocks, at least 2. Default 300. */
  readonly instruments?: number;
  /** Number of trading days, at least 2. Default 1260 (five years). */
  readonly days?: number;
  /** Whole number; the same seed gives the same market. Default 7. */
  readonly seed?: number;
  /**
   * Strength of the planted alpha: about the daily information coefficient of someone who knows it, 0 … 0.5. Default 0.08.
   * 0 plants nothing: whatever a model finds then is chance or a leak.
   */
  readonly ic?: number;
  /** The first trading day is the first weekday that is no holiday, from here on. Default 2015-01-02. */
  readonly start?: DatetimeInput;
}

export type SyntheticSettings = {
  readonly instruments: number;
  readonly days: number;
  readonly seed: number;
  readonly ic: number;
  readonly start: number;
};

const DEFAULTS = { instruments: 300, days: 1260, seed: 7, ic: 0.08, start: "2015-01-02" } as const;

/** Options with defaults filled in and checked. @throws InvalidArgumentError naming the option. */
export function syntheticSettings(options: SyntheticOptions = {}): SyntheticSettings {
  const { instruments, days, seed, ic, start } = { ...DEFAULTS, ...options };
  check(
    "instruments",
    instruments,
    Number.isInteger(instruments) && instruments >= 2 && instruments <= 9999,
    "a whole number from 2 to 9999",
  );
  check("days", days, Number.isInteger(days) && days >= 2 && days <= 25_000, "a whole number from 2 to 25000");
  check("seed", seed, Number.isSafeInteger(seed), "a whole number");
  check("ic", ic, ic >= 0 && ic <= 0.5, "a number from 0 to 0.5");
  return { instruments, days, seed, ic, start: parseDatetime(start) };
}

function check(name: string, value: unknown, isGood: boolean, expected: string): void {
  if (!isGood)
    throw new InvalidArgumentError(
      `Cannot make a synthetic market: ${name} is ${String(value)}\n  expected: ${expected}`,
    );
}

const SCHEME = "synthetic://";

export const isSyntheticAddress = (address: string): boolean => address.startsWith("synthetic:");

/** The address of a synthetic market, all settings spelled out. */
export function syntheticAddress({ instruments, days, seed, ic, start }: SyntheticSettings): string {
  return `${SCHEME}?instruments=${instruments}&days=${days}&seed=${seed}&ic=${ic}&start=${formatDatetime(start)}`;
}

/**
 * Options of an address `synthetic://?instruments=300&days=1260&seed=7&ic=0.08&start=2015-01-02`, all of them optional.
 * @throws UnknownNameError for another key, InvalidArgumentError for a value that is no number.
 */
export function parseSyntheticAddress(address: string): SyntheticOptions {
  const query = address.slice(address.indexOf(":") + 1).replace(/^\/*\??/, "");
  const options: Record<string, number | string> = {};
  for (const [key, text] of new URLSearchParams(query)) {
    if (!(key in DEFAULTS))
      throw new UnknownNameError("option", key, Object.keys(DEFAULTS), { context: `Cannot open market "${address}"` });
    const value = key === "start" ? text : Number(text);
    if (text.trim() === "" || Number.isNaN(value))
      throw new InvalidArgumentError(
        `Cannot open market "${address}": ${key} is "${text}", a ${key === "start" ? "date" : "number"} is expected`,
      );
    options[key] = value;
  }
  return options;
}
