import { freqKey, parseFreq } from "../../calendar/frequency.js";
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
  /**
   * Whose rules it follows; default `us`. `cn`: a day's price stays within 10 % of the previous close (fields `$limit_up`,
   * `$limit_down`), a third of the days that hit a limit are locked (open = high = low = close), suspensions are four times as
   * frequent, sessions have a lunch break, holidays are those with a fixed date.
   */
  readonly region?: "us" | "cn";
  /** Yearly cash dividends as a share of the price, paid quarterly, 0 … 0.2; on the day after the price falls by it and `$factor` rises. Default 0. */
  readonly dividends?: number;
  /** Adds a universe `top<n>`: the n stocks with the largest dollar volume of the half-year before, chosen anew each January and July. Default 0, none. */
  readonly top?: number;
  /** `day`, or minutes such as `5min`: the same days, each told by bars of the region's sessions. Default `day`. */
  readonly freq?: string;
}

export type SyntheticSettings = {
  readonly instruments: number;
  readonly days: number;
  readonly seed: number;
  readonly ic: number;
  readonly start: number;
  readonly region: "us" | "cn";
  readonly dividends: number;
  readonly top: number;
  readonly freq: string;
};

const DEFAULTS = { instruments: 300, days: 1260, seed: 7, ic: 0.08, start: "2015-01-02" } as const;
/** Later options: an address names them only where they differ, so that older addresses keep their hash. */
const EXTRAS = { region: "us", dividends: 0, top: 0, freq: "1day" } as const;
const TEXTS = ["start", "region", "freq"];

/** Options with defaults filled in and checked. @throws InvalidArgumentError naming the option. */
export function syntheticSettings(options: SyntheticOptions = {}): SyntheticSettings {
  const { instruments, days, seed, ic, start, region, dividends, top, freq } = { ...DEFAULTS, ...EXTRAS, ...options };
  check(
    "instruments",
    instruments,
    Number.isInteger(instruments) && instruments >= 2 && instruments <= 9999,
    "a whole number from 2 to 9999",
  );
  check("days", days, Number.isInteger(days) && days >= 2 && days <= 25_000, "a whole number from 2 to 25000");
  check("seed", seed, Number.isSafeInteger(seed), "a whole number");
  check("ic", ic, ic >= 0 && ic <= 0.5, "a number from 0 to 0.5");
  check("region", region, region === "us" || region === "cn", "us or cn");
  check("dividends", dividends, dividends >= 0 && dividends <= 0.2, "a number from 0 to 0.2");
  check("top", top, Number.isInteger(top) && top >= 0 && top <= instruments, "a whole number up to instruments");
  const key = freqKey(freq);
  const { unit, count } = parseFreq(freq);
  check("freq", freq, key === "1day" || (unit === "min" && count <= 240), "day, or 1min to 240min");
  return { instruments, days, seed, ic, start: parseDatetime(start), region, dividends, top, freq: key };
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
export function syntheticAddress(settings: SyntheticSettings): string {
  const { instruments, days, seed, ic, start } = settings;
  const extras = (Object.keys(EXTRAS) as (keyof typeof EXTRAS)[]).filter((key) => settings[key] !== EXTRAS[key]);
  const more = extras.map((key) => `&${key}=${settings[key]}`).join("");
  return `${SCHEME}?instruments=${instruments}&days=${days}&seed=${seed}&ic=${ic}&start=${formatDatetime(start)}${more}`;
}

/**
 * Options of an address `synthetic://?instruments=300&days=1260&seed=7&ic=0.08&start=2015-01-02`, all of them optional;
 * beside these `region`, `dividends`, `top`, `freq`.
 * @throws UnknownNameError for another key, InvalidArgumentError for a value that is no number.
 */
export function parseSyntheticAddress(address: string): SyntheticOptions {
  const query = address.slice(address.indexOf(":") + 1).replace(/^\/*\??/, "");
  const options: Record<string, number | string> = {};
  for (const [key, text] of new URLSearchParams(query)) {
    const known = [...Object.keys(DEFAULTS), ...Object.keys(EXTRAS)];
    if (!known.includes(key))
      throw new UnknownNameError("option", key, known, { context: `Cannot open market "${address}"` });
    const value = TEXTS.includes(key) ? text : Number(text);
    if (text.trim() === "" || Number.isNaN(value))
      throw new InvalidArgumentError(
        `Cannot open market "${address}": ${key} is "${text}", a ${key === "start" ? "date" : "number"} is expected`,
      );
    options[key] = value;
  }
  return options;
}
