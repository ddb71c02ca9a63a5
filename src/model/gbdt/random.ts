/**
 * Numbers in [0, 1) that depend on nothing but the seeds: the finaliser of MurmurHash3 on a counter.
 *
 * @example
 * const random = randomFrom(7, 1);
 * random() === randomFrom(7, 1)() // -> true
 */
export function randomFrom(seed: number, stream: number): () => number {
  let state = (Math.imul(seed, 0x9e3779b1) ^ Math.imul(stream + 1, 0x7feb352d)) | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
    x = Math.imul(x ^ (x >>> 13), 0xc2b2ae35);
    return ((x ^ (x >>> 16)) >>> 0) / 2 ** 32;
  };
}

/** `count` of the numbers 0 … n − 1, ascending, each set equally likely. */
export function drawSorted(random: () => number, n: number, count: number): Int32Array {
  const drawn = new Int32Array(count);
  for (let i = 0, taken = 0; taken < count; i++) if (random() * (n - i) < count - taken) drawn[taken++] = i;
  return drawn;
}
