/** Rows of a block: 160 columns of them stay in the second-level cache. */
export const BLOCK_ROWS = 512;
/** Columns of a tile, down and across. */
export const TILE_DOWN = 4;
export const TILE_ACROSS = 2;

const COLUMN_BYTES = BLOCK_ROWS * 8;
const TILE_BYTES = TILE_DOWN * TILE_ACROSS * 8;
const PAGE_BYTES = 65_536;

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
  const { addTile } = new wasm.Instance(new wasm.Module(moduleBytes()), { kernel: { memory } }).exports;
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

/** What is used of WebAssembly, which Node's types leave out. */
const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyParts }).WebAssembly;
interface WebAssemblyParts {
  readonly Memory: new (size: { initial: number }) => { readonly buffer: ArrayBuffer };
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: { addTile(down: number, across: number, sums: number): void } };
}

/**
 * The module, written out instruction by instruction:
 *
 *     addTile(down, across, sums):                          addresses of 4 columns, of 2 columns, of 8 sums
 *       end = down + one column
 *       do two rows at once: sum[r][c] += down[r] * across[c], both pointers on by 16 bytes; while down != end
 *       for each of the 8: memory[sums] += both halves of its sum
 */
function moduleBytes(): Uint8Array {
  const [DOWN, ACROSS, SUMS, END, X, Y, SUM] = [0, 1, 2, 3, 4, 5, 7] as const;
  const [I32, V128] = [0x7f, 0x7b];
  const get = (local: number) => [0x20, local];
  const set = (local: number) => [0x21, local];
  const tee = (local: number) => [0x22, local];
  const i32 = { const: (n: number) => [0x41, ...signed(n)], add: [0x6a], differs: [0x47] };
  const f64 = {
    load: (offset: number) => [0x2b, 3, ...unsigned(offset)],
    store: (offset: number) => [0x39, 3, ...unsigned(offset)],
    add: [0xa0],
  };
  const pair = {
    load: (offset: number) => [0xfd, 0x00, 3, ...unsigned(offset)],
    half: (lane: number) => [0xfd, 0x21, lane],
    add: [0xfd, 0xf0, 0x01],
    multiply: [0xfd, 0xf2, 0x01],
  };
  const downs = Array.from({ length: TILE_DOWN }, (_, r) => r);
  const acrosses = Array.from({ length: TILE_ACROSS }, (_, c) => c);
  const sumOf = (r: number, c: number) => SUM + r * TILE_ACROSS + c;

  const twoRows = [
    ...acrosses.flatMap((c) => [...get(ACROSS), ...pair.load(c * COLUMN_BYTES), ...set(Y + c)]),
    ...downs.flatMap((r) => [
      ...[...get(DOWN), ...pair.load(r * COLUMN_BYTES), ...set(X)],
      ...acrosses.flatMap((c) => [
        ...get(sumOf(r, c)),
        ...get(X),
        ...get(Y + c),
        ...pair.multiply,
        ...pair.add,
        ...set(sumOf(r, c)),
      ]),
    ]),
    ...[...get(ACROSS), ...i32.const(16), ...i32.add, ...set(ACROSS)],
    ...[...get(DOWN), ...i32.const(16), ...i32.add, ...tee(DOWN)],
  ];
  const keep = (r: number, c: number) => {
    const offset = (r * TILE_ACROSS + c) * 8;
    const halves = [0, 1].flatMap((lane) => [...get(sumOf(r, c)), ...pair.half(lane), ...f64.add]);
    return [...get(SUMS), ...get(SUMS), ...f64.load(offset), ...halves, ...f64.store(offset)];
  };
  const [LOOP, NO_RESULT, BRANCH_IF, CLOSE] = [0x03, 0x40, 0x0d, 0x0b];
  const body = [
    ...[...get(DOWN), ...i32.const(COLUMN_BYTES), ...i32.add, ...set(END)],
    ...[LOOP, NO_RESULT, ...twoRows, ...get(END), ...i32.differs, BRANCH_IF, 0, CLOSE],
    ...downs.flatMap((r) => acrosses.flatMap((c) => keep(r, c))),
    CLOSE,
  ];
  const locals = [2, 1, I32, 1 + TILE_ACROSS + TILE_DOWN * TILE_ACROSS, V128];
  const [TYPES, IMPORTS, FUNCTIONS, EXPORTS, CODE] = [1, 2, 3, 7, 10] as const;
  const [FUNCTION_TYPE, IS_FUNCTION, IS_MEMORY] = [0x60, 0, 2];
  return Uint8Array.from([
    ...[0, ...text("asm"), 1, 0, 0, 0],
    ...section(TYPES, [1, FUNCTION_TYPE, 3, I32, I32, I32, 0]),
    ...section(IMPORTS, [1, ...name("kernel"), ...name("memory"), IS_MEMORY, 0, 1]),
    ...section(FUNCTIONS, [1, 0]),
    ...section(EXPORTS, [1, ...name("addTile"), IS_FUNCTION, 0]),
    ...section(CODE, [1, ...sized([...locals, ...body])]),
  ]);
}

const text = (letters: string): number[] => [...Buffer.from(letters)];
const sized = (bytes: readonly number[]): number[] => [...unsigned(bytes.length), ...bytes];
const name = (letters: string): number[] => sized(text(letters));
const section = (id: number, bytes: readonly number[]): number[] => [id, ...sized(bytes)];

/** Seven bits a byte, the lowest first (LEB128). */
function unsigned(n: number): number[] {
  return n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...unsigned(n >>> 7)];
}

function signed(n: number): number[] {
  return n >= -64 && n < 64 ? [n & 0x7f] : [(n & 0x7f) | 0x80, ...signed(n >> 7)];
}
