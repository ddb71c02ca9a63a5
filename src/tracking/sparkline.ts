const BARS = "▁▂▃▄▅▆▇█";

/**
 * Numbers as a line of bars from the smallest to the largest; a number that is not finite leaves a space.
 *
 * @example
 * sparkline([1, 2, 3, NaN, 8]) // -> ▁▂▃ █
 */
export function sparkline(values: readonly number[]): string {
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  const height = (value: number) => (high === low ? 0 : Math.round(((value - low) / (high - low)) * (BARS.length - 1)));
  return values.map((value) => (Number.isFinite(value) ? BARS[height(value)]! : " ")).join("");
}
