import { PAGE_BYTES, wasm } from "./wasm.js";
import { f64, f64x2, I32, i32, v128, V128, wasmFunction, wasmModule, doWhile, type Code } from "./wasm-module.js";

/** Rows of a block: 160 columns of them stay in the second-level cache. */
export const BLOCK_ROWS = 512;
/** Columns of a tile, down and across. */
export const TILE_DOWN = 4;
export const TILE_ACROSS = 2;

const COLUMN_BYTES = BLOCK_ROWS * 8;
const TILE_BYTES = TILE_DOWN * TILE_ACROSS * 8;

/** One block of columns side by side, and the sums of their products by tile, in the memory of the kernel. */
export interface GramKernel {
  /** Column `c` at `c * BLOCK_ROWS`. */
  readonly block: Float64Array;
  /** Adds the products of the block's columns to the sums. */
  addBlock(): void;
  /** Sum of the products of columns `a` and `b`, a ≥ b. */
  sum(a: number, b: number): number;
}

/**
 * The inner loop of a Gram matrix in WebAssembly: its vector instructions multiply two doubles at once, which makes it three to
 * four times as fast as the same loop in JavaScript. Results are exact sums of products in double precision, in another order.
 */
export function createGramKernel(columns: number): GramKernel {
  const padded = Math.ceil(columns / TILE_DOWN) * TILE_DOWN;
  // Band t of four columns has 2t + 2 tiles up to the diagonal, so t · (t + 1) lie before it.
  const tilesBefore = (a: number) => (a / TILE_DOWN) * (a / TILE_DOWN + 1);
  const sumsAt = padded * COLUMN_BYTES;
  const bytes = sumsAt + tilesBefore(padded) * TILE_BYTES;
  const memory = new wasm.Memory({ initial: Math.ceil(bytes / PAGE_BYTES) });
  const module = new wasm.Module(wasmModule([addTileCode()], { shared: false }));
  const { addTile } = new wasm.Instance(module, { kernel: { memory } }).exports as {
    addTile(down: number, across: number, sums: number): void;
  };
  const sums = new Float64Array(memory.buffer, sumsAt, (bytes - sumsAt) / 8);
  return {
    block: new Float64Array(memory.buffer, 0, padded * BLOCK_ROWS),
    addBlock() {
      let at = sumsAt;
      for (let a = 0; a < padded; a += TILE_DOWN) {
        for (let b = 0; b < a + TILE_DOWN; b += TILE_ACROSS, at += TILE_BYTES)
          addTile(a * COLUMN_BYTES, b * COLUMN_BYTES, at);
      }
    },
    sum(a, b) {
      const [row, column] = [a % TILE_DOWN, b % TILE_ACROSS];
      const tile = tilesBefore(a - row) + (b - column) / TILE_ACROSS;
      return sums[tile * TILE_DOWN * TILE_ACROSS + row * TILE_ACROSS + column]!;
    },
  };
}

/**
 * The inner loop:
 *
 *     addTile(down, across, sums):                          addresses of 4 columns, of 2 columns, of 8 sums
 *       end = down + one column
 *       do two rows at once: sum[r][c] += down[r] * across[c], both pointers on by 16 bytes; while down != end
 *       for each of the 8: memory[sums] += both halves of its sum
 */
function addTileCode() {
  return wasmFunction("addTile", [I32, I32, I32], (params, local) => {
    const [down, across, sums] = [params[0]!, params[1]!, params[2]!];
    const [end, x] = [local(I32), local(V128)];
    const ys = Array.from({ length: TILE_ACROSS }, () => local(V128));
    const products = Array.from({ length: TILE_DOWN }, () => ys.map(() => local(V128)));
    const twoRows = [
      ...ys.flatMap((y, c) => y.set(v128.load(across.get, c * COLUMN_BYTES))),
      ...products.flatMap((row, r) => [
        ...x.set(v128.load(down.get, r * COLUMN_BYTES)),
        ...row.flatMap((sum, c) => sum.set(f64x2.add(sum.get, f64x2.mul(x.get, ys[c]!.get)))),
      ]),
      ...across.set(i32.add(across.get, i32.const(16))),
      ...down.set(i32.add(down.get, i32.const(16))),
    ];
    const keep = products.flatMap((row, r) =>
      row.flatMap((sum, c): Code => {
        const offset = (r * TILE_ACROSS + c) * 8;
        const halves = f64.add(f64x2.extract(sum.get, 0), f64x2.extract(sum.get, 1));
        return f64.store(sums.get, f64.add(f64.load(sums.get, offset), halves), offset);
      }),
    );
    return [
      ...end.set(i32.add(down.get, i32.const(COLUMN_BYTES))),
      ...doWhile(twoRows, i32.ne(down.get, end.get)),
      ...keep,
    ];
  });
}
