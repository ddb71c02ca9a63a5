/** One fall below the highest point so far; numbers count periods from 0. */
export interface Drawdown {
  /** The period whose end is the highest point; −1 when it is the start, before the first return. */
  readonly peak: number;
  readonly valley: number;
  /** First period at or above the peak again; undefined while under water. */
  readonly recovery: number | undefined;
  /** Lowest point against the peak, < 0 */
  readonly depth: number;
}

/** Every fall below the peak, in order of time, from the distances to the peak (≤ 0) after each period. */
export function drawdowns(underwater: Float64Array): Drawdown[] {
  const found: Drawdown[] = [];
  for (let i = 0; i < underwater.length; i++) {
    if (!(underwater[i]! < 0)) continue;
    const peak = i - 1;
    let valley = i;
    for (; i < underwater.length && underwater[i]! < 0; i++) if (underwater[i]! < underwater[valley]!) valley = i;
    found.push({ peak, valley, recovery: i < underwater.length ? i : undefined, depth: underwater[valley]! });
  }
  return found;
}
