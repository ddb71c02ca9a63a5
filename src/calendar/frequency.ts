import { InvalidArgumentError } from "../errors.js";

export type FrequencyUnit = "min" | "day" | "week" | "month";

/** How far apart the entries of a calendar are: `count` units. */
export interface Frequency {
  /** Whole number from 1. */
  readonly count: number;
  readonly unit: FrequencyUnit;
}

const UNITS: Readonly<Record<string, FrequencyUnit>> = {
  minute: "min",
  min: "min",
  day: "day",
  d: "day",
  week: "week",
  w: "week",
  month: "month",
  mon: "month",
};
const RANK: Readonly<Record<FrequencyUnit, number>> = { min: 0, day: 1, week: 2, month: 3 };

/**
 * A frequency from its text: `min`, `day`, `week`, `month` (also `minute`, `d`, `w`, `mon`), in any case, with a count in front
 * if wanted.
 *
 * In Qlib: qlib.utils.time.Freq.parse
 *
 * @throws InvalidArgumentError for another text, or a count of 0.
 * @example
 * parseFreq("30Minute") // -> { count: 30, unit: 'min' }
 */
export function parseFreq(text: string): Frequency {
  const [, digits, word] = /^(\d*)([a-z]+)$/i.exec(text.trim()) ?? [];
  const unit = UNITS[word?.toLowerCase() ?? ""];
  const count = digits ? Number(digits) : 1;
  if (unit && Object.hasOwn(UNITS, word!.toLowerCase()) && count >= 1) return { count, unit };
  throw new InvalidArgumentError(
    `Cannot read a frequency: "${text}"\n  known: min, day, week, month, with a count in front if wanted, such as 30min`,
  );
}

/**
 * The one text of a frequency, the count always written: what metric keys and artifact names carry.
 *
 * @example
 * freqKey("d") // -> 1day
 */
export function freqKey(freq: string | Frequency): string {
  const { count, unit } = typeof freq === "string" ? parseFreq(freq) : freq;
  return `${count}${unit}`;
}

/** Whether bars of `fine` can be put together to bars of `coarse`. */
export function canResample(fine: Frequency, coarse: Frequency): boolean {
  if (RANK[fine.unit] !== RANK[coarse.unit]) return fine.unit === "week" ? false : RANK[fine.unit] < RANK[coarse.unit];
  return coarse.count % fine.count === 0;
}
