/**
 * Positions as near as can be to the wanted ones, none closer than `gap` to another, in the same order.
 *
 * Where there is no room inside the limits the labels keep their gap and run over the lower edge.
 *
 * @param wanted Pixels from the top, any order.
 * @example
 * pushApart([10, 12, 40], 13, [0, 100]) // -> [4.5, 17.5, 40]
 */
export function pushApart(wanted: readonly number[], gap: number, [top, bottom]: readonly [number, number]): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]! || a - b);
  /** Runs of labels that touch, each placed around the mean of what its labels want. */
  const runs: { first: number; count: number; start: number }[] = [];
  order.forEach((label, rank) => {
    runs.push({ first: rank, count: 1, start: Math.min(Math.max(wanted[label]!, top), bottom) });
    for (let last = runs.length - 1; last > 0; last--) {
      const [above, below] = [runs[last - 1]!, runs[last]!];
      if (below.start - (above.start + (above.count - 1) * gap) >= gap) break;
      const count = above.count + below.count;
      const center =
        order.slice(above.first, above.first + count).reduce((sum, i, k) => sum + wanted[i]! - k * gap, 0) / count;
      runs.splice(last - 1, 2, {
        first: above.first,
        count,
        start: Math.max(top, Math.min(center, bottom - (count - 1) * gap)),
      });
    }
  });
  const places = new Array<number>(wanted.length);
  for (const { first, count, start } of runs)
    for (let k = 0; k < count; k++) places[order[first + k]!] = start + k * gap;
  return places;
}
