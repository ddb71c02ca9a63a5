/**
 * All ways to choose `size` of the numbers 0 … count − 1, in lexicographic order; the same array is handed out each time.
 * @example
 * [...combinations(3, 2)].length // -> 3
 */
export function* combinations(count: number, size: number): Generator<Int32Array, void> {
  const chosen = Int32Array.from({ length: size }, (_, i) => i);
  for (;;) {
    yield chosen;
    let last = size - 1;
    while (last >= 0 && chosen[last] === count - size + last) last--;
    if (last < 0) return;
    chosen[last]!++;
    for (let i = last + 1; i < size; i++) chosen[i] = chosen[i - 1]! + 1;
  }
}
