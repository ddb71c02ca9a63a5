import { extent } from "./series.js";

const MOST_BINS = 30;

/** Counts in bins of equal width. */
export interface Bins {
  /** Left end of the first bin. */
  readonly start: number;
  readonly width: number;
  readonly counts: Float64Array;
}

/** Equal bins over a range, by default from the smallest to the largest value; one bin around a constant. */
export function histogram(values: Float64Array, [low, high]: readonly [number, number] = extent(values)): Bins {
  const bins = Math.max(1, Math.min(MOST_BINS, Math.ceil(2 * Math.sqrt(values.length))));
  const width = (high - low) / bins;
  const counts = new Float64Array(bins);
  for (const value of values) counts[Math.max(0, Math.min(bins - 1, Math.floor((value - low) / width)))]!++;
  return { start: low, width, counts };
}
