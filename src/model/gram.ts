import { host } from "../host/host.js";
import type { PanelColumn } from "../panel/panel.js";
import { BLOCK_ROWS, createGramKernel } from "./gram-kernel.js";

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
 * Blocks of rows are copied side by side and multiplied there; 200,000 rows by 158 columns take a third of a second. Lets an
 * interrupt through between blocks.
 */
export async function gram({ columns, rows, centers, factors }: GramInput): Promise<Float64Array> {
  const k = columns.length;
  const n = rows?.length ?? columns[0]?.length ?? 0;
  const kernel = createGramKernel(k);
  const progress = host.progress("Multiplying features", n);
  try {
    for (let start = 0; start < n; start += BLOCK_ROWS) {
      await host.breathe();
      const size = Math.min(BLOCK_ROWS, n - start);
      columns.forEach((column, c) => {
        const place = kernel.block.subarray(c * BLOCK_ROWS, (c + 1) * BLOCK_ROWS);
        copyRows(place, column, start, size, centers ? centers[c]! : 0, rows, factors);
      });
      kernel.addBlock();
      progress.update(start + size);
    }
  } finally {
    progress.end(`${n} rows`);
  }
  const full = new Float64Array(k * k);
  for (let a = 0; a < k; a++) for (let b = 0; b <= a; b++) full[a * k + b] = full[b * k + a] = kernel.sum(a, b);
  return full;
}

/** Rows that the block has too many become 0. */
function copyRows(
  place: Float64Array,
  column: PanelColumn,
  start: number,
  size: number,
  center: number,
  rows?: Int32Array,
  factors?: Float64Array,
): void {
  if (rows) for (let i = 0; i < size; i++) place[i] = column[rows[start + i]!]! - center;
  else for (let i = 0; i < size; i++) place[i] = column[start + i]! - center;
  if (factors) for (let i = 0; i < size; i++) place[i]! *= factors[start + i]!;
  place.fill(0, size);
}
