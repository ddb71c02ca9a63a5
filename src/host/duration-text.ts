/**
 * Seconds as a person says them.
 * @example
 * [durationText(4.26), durationText(75), durationText(3725)] // -> ["4.3 s", "1 min 15 s", "1 h 02 min"]
 */
export function durationText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  return `${Math.floor(minutes / 60)} h ${String(minutes % 60).padStart(2, "0")} min`;
}
