import { InvalidArgumentError } from "../../errors.js";
import { host } from "../../host/host.js";
import type { PanelColumn } from "../../panel/panel.js";
import { PAGE_BYTES, wasm, type WasmMemory } from "../wasm.js";
import { findBinBounds, type BinBounds, type BinOptions } from "./bin-bounds.js";
import { BINS, BLOCK_FEATURES, COUNT_BITS, FOUND, MAXIMUM_PAGES, RULES } from "./kernel-code.js";
import { createKernel, type Kernel } from "./kernel.js";
import { GROUP_WORDS, WORD, type TeamLayout } from "./histogram-team.js";

/** Everything that the inner loops touch, in one shared memory: bins, gradients, the rows of each node, histograms. */
export interface TrainingMemory {
  readonly memory: WasmMemory;
  readonly kernel: Kernel;
  readonly layout: TeamLayout;
  readonly features: number;
  readonly bounds: readonly BinBounds[];
  readonly address: {
    readonly gradients: number;
    readonly ordered: number;
    readonly rows: number;
    readonly spare: number;
  };
  /** Where histogram number `slot` begins, for all features. */
  histogram(slot: number): number;
}

export interface TrainingShape {
  readonly columns: readonly PanelColumn[];
  readonly rows: number;
  /** Two integers a cell: hessians differ. */
  readonly pair: boolean;
  /** Histograms that are kept at once. */
  readonly histograms: number;
}

const MOST_ROWS = 2 ** COUNT_BITS - 1;

/**
 * Lays out the memory and fills it with the bins of all columns.
 *
 * @throws InvalidArgumentError when the histograms and bins do not fit into 4 GiB, or for more than 16.7 million rows.
 */
export async function binColumns(
  { columns, rows, pair, histograms }: TrainingShape,
  options: BinOptions,
): Promise<TrainingMemory> {
  const features = columns.length;
  const blocks = Math.ceil(features / BLOCK_FEATURES);
  const padded = blocks * BLOCK_FEATURES;
  const cellBytes = pair ? 16 : 8;
  const histogramBytes = BINS * cellBytes;
  let end = 64;
  const place = (bytes: number) => {
    const start = end;
    end += Math.ceil(bytes / 64) * 64;
    return start;
  };
  const control = place(64);
  const nodes = place(128);
  const rules = place(Object.keys(RULES).length * 8);
  const groups = place(padded * GROUP_WORDS * 4);
  const binCounts = place(padded * 4);
  const [smallFound, largeFound] = [place(padded * FOUND.bytes), place(padded * FOUND.bytes)];
  const cuts = place(BINS * 4);
  const [columnBins, rowBins] = [place(padded * rows), place(padded * rows)];
  const [gradients, ordered] = [place(rows * cellBytes), place(rows * cellBytes)];
  // The last row is written one place too far, too.
  const [rowList, spare] = [place(rows * 4 + 4), place(rows * 4 + 4)];
  const pool = place(histograms * padded * histogramBytes);
  if (rows > MOST_ROWS || end > MAXIMUM_PAGES * PAGE_BYTES)
    throw new InvalidArgumentError(
      `Cannot fit an LGBModel: ${rows} rows × ${features} features with ${histograms} leaves need ${(end / 2 ** 30).toFixed(1)} GiB; 4 GiB and ${MOST_ROWS} rows are the most\n  take fewer leaves (numLeaves), fewer features or a shorter segment`,
    );
  const pages = Math.ceil(end / PAGE_BYTES);
  const memory = new wasm.Memory({ initial: pages, maximum: pages, shared: true });
  const kernel = createKernel(memory);
  const layout: TeamLayout = {
    ...{ memory, pair, control, groups, binCounts, rules, columnBins, rows, rowBins, stride: padded, smallFound, largeFound, histogramBytes },
    ...{ smallNode: nodes, largeNode: nodes + 64, foundBytes: FOUND.bytes, word: WORD, groupWords: GROUP_WORDS },
  };
  const values = new Float32Array(memory.buffer, ordered, rows);
  const counts = new Int32Array(memory.buffer, binCounts, padded).fill(1);
  const floats = new Float32Array(memory.buffer, cuts, BINS);
  const bounds: BinBounds[] = [];
  const progress = host.progress("Binning features", features);
  try {
    for (const [f, column] of columns.entries()) {
      const pause = host.breathe();
      if (pause) await pause;
      const found = findBinBounds(column, options);
      bounds.push(found);
      counts[f] = found.bounds.length + 2;
      floats.fill(Infinity);
      found.bounds.forEach((bound, i) => (floats[i] = floatAtMost(bound)));
      values.set(column);
      const to = columnBins + f * rows;
      kernel.binColumn(ordered, ordered + rows * 4, cuts, to);
      progress.update(f + 1);
      if ((f + 1) % BLOCK_FEATURES && f + 1 < features) continue;
      const first = f - (f % BLOCK_FEATURES);
      const block = columnBins + first * rows;
      kernel.interleave(block, block + rows, rows, rowBins + first, padded);
    }
  } finally {
    progress.end(`${features} features`);
  }
  return {
    ...{ memory, kernel, layout, features, bounds },
    address: { gradients, ordered, rows: rowList, spare },
    histogram: (slot) => pool + slot * padded * histogramBytes,
  };
}

/** The largest single-precision number that is not above x. */
function floatAtMost(x: number): number {
  const near = Math.fround(x);
  if (!(near > x)) return near;
  const bits = new Int32Array(Float32Array.of(near).buffer);
  bits[0]! += near > 0 ? -1 : 1;
  return new Float32Array(bits.buffer)[0]!;
}
