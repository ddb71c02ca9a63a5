import type { MetricPoint } from "../../store/known-points.js";

/** Points of a metric's file, and how many lines were none. */
export interface ParsedPoints {
  readonly points: readonly MetricPoint[];
  readonly torn: number;
}

/** Times below it are seconds: what the first versions of MLflow wrote. */
const SMALLEST_MS = 1e11;
const WORDS: Readonly<Record<string, number>> = { nan: NaN, inf: Infinity, infinity: Infinity };

/**
 * A metric's file of an MLflow file store: lines of `time value` or `time value step`, each ended by a newline.
 *
 * A last line without its newline was not written to its end: it is counted as torn, as is every line that is none.
 *
 * @example
 * parsePoints("IC", "1700000000000 0.03 1\n1700000001000 nan 2\n17000").torn // -> 1
 */
export function parsePoints(key: string, text: string): ParsedPoints {
  const lines = text.split("\n");
  let torn = lines.pop() === "" ? 0 : 1;
  const points: MetricPoint[] = [];
  for (const line of lines) {
    const fields = line.trim().split(" ");
    const [time, value, step] = [Number(fields[0] || NaN), numberOf(fields[1]), Number(fields[2] ?? 0)];
    if (fields.length < 2 || fields.length > 3 || value === undefined || !isWhole(time) || !isWhole(step)) {
      if (line.trim() !== "") torn++;
      continue;
    }
    points.push({ key, step, time: time < SMALLEST_MS ? time * 1000 : time, value });
  }
  return { points, torn };
}

const isWhole = Number.isSafeInteger;

function numberOf(text: string | undefined): number | undefined {
  if (text === undefined || text === "") return undefined;
  const [, sign, word] = /^([+-]?)([a-z]+)$/i.exec(text) ?? [];
  const named = WORDS[word?.toLowerCase() ?? ""];
  if (named !== undefined) return sign === "-" ? -named : named;
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}
