import { host } from "../host/host.js";
import type { PanelColumn } from "../panel/panel.js";

/** Rows taken at a time: a block of 160 columns stays in the second-level cache. */
const BLOCK = 512;
const TILE = 4;

export interface GramInput {
  readonly columns: readonly PanelColumn[];
  /** The rows to use, ascending; undefined: all. */
  readonly rows?: Int32Array | undefined;
  /** Subtracted from each column first. */
  readonly centers?: Float64Array | undefined;
  /** Factor of each used row, the root of its weight. */
  readonly factors?: Float64Array | undefined;
}

/**
 * XᵀX of some columns, in double precision: row-major, k × k for k columns.
 *
 * Blocks of rows are copied side by side, then 4 × 4 products at a time are summed in registers; 200,000 rows by 158 columns take
 * about a second. Lets an interrupt through between blocks.
 */
export async function gram({ columns, rows, centers, factors }: GramInput): Promise<Float64Array> {
  const k = columns.length;
  const n = rows?.length ?? columns[0]?.length ?? 0;
  const padded = Math.ceil(k / TILE) * TILE;
  const block = new Float64Array(padded * BLOCK);
  const sums = new Float64Array(padded * padded);
  const progress = host.progress("Multiplying features", n);
  try {
    for (let start = 0; start < n; start += BLOCK) {
      await host.breathe();
      fill(block, columns, start, Math.min(BLOCK, n - start), rows, centers, factors);
      for (let a = 0; a < padded; a += TILE) for (let b = 0; b <= a; b += TILE) addTile(block, sums, a, b, padded);
      progress.update(start + BLOCK);
    }
  } finally {
    progress.end(`${n} rows`);
  }
  const full = new Float64Array(k * k);
  for (let a = 0; a < k; a++) for (let b = 0; b <= a; b++) full[a * k + b] = full[b * k + a] = sums[a * padded + b]!;
  return full;
}

function fill(block: Float64Array, columns: readonly PanelColumn[], start: number, size: number, rows?: Int32Array, centers?: Float64Array, factors?: Float64Array): void {
  for (let c = 0; c < columns.length; c++) {
    const column = columns[c]!;
    const center = centers ? centers[c]! : 0;
    const at = c * BLOCK;
    if (rows) for (let i = 0; i < size; i++) block[at + i] = column[rows[start + i]!]! - center;
    else for (let i = 0; i < size; i++) block[at + i] = column[start + i]! - center;
    if (factors) for (let i = 0; i < size; i++) block[at + i]! *= factors[start + i]!;
    if (size < BLOCK) block.fill(0, at + size, at + BLOCK);
  }
}

/** Adds the products of columns a … a + 3 with columns b … b + 3. Sixteen named sums: they stay in registers. */
function addTile(block: Float64Array, sums: Float64Array, a: number, b: number, width: number): void {
  let s00 = 0, s01 = 0, s02 = 0, s03 = 0, s10 = 0, s11 = 0, s12 = 0, s13 = 0;
  let s20 = 0, s21 = 0, s22 = 0, s23 = 0, s30 = 0, s31 = 0, s32 = 0, s33 = 0;
  const [a0, b0] = [a * BLOCK, b * BLOCK];
  const [a1, a2, a3] = [a0 + BLOCK, a0 + 2 * BLOCK, a0 + 3 * BLOCK];
  const [b1, b2, b3] = [b0 + BLOCK, b0 + 2 * BLOCK, b0 + 3 * BLOCK];
  for (let i = 0; i < BLOCK; i++) {
    const x0 = block[a0 + i]!, x1 = block[a1 + i]!, x2 = block[a2 + i]!, x3 = block[a3 + i]!;
    const y0 = block[b0 + i]!, y1 = block[b1 + i]!, y2 = block[b2 + i]!, y3 = block[b3 + i]!;
    s00 += x0 * y0; s01 += x0 * y1; s02 += x0 * y2; s03 += x0 * y3;
    s10 += x1 * y0; s11 += x1 * y1; s12 += x1 * y2; s13 += x1 * y3;
    s20 += x2 * y0; s21 += x2 * y1; s22 += x2 * y2; s23 += x2 * y3;
    s30 += x3 * y0; s31 += x3 * y1; s32 += x3 * y2; s33 += x3 * y3;
  }
  let o = a * width + b;
  sums[o]! += s00; sums[o + 1]! += s01; sums[o + 2]! += s02; sums[o + 3]! += s03;
  o += width;
  sums[o]! += s10; sums[o + 1]! += s11; sums[o + 2]! += s12; sums[o + 3]! += s13;
  o += width;
  sums[o]! += s20; sums[o + 1]! += s21; sums[o + 2]! += s22; sums[o + 3]! += s23;
  o += width;
  sums[o]! += s30; sums[o + 1]! += s31; sums[o + 2]! += s32; sums[o + 3]! += s33;
}
