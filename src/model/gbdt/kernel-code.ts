import {
  copyMemory,
  F64,
  f32,
  f64,
  f64x2,
  I32,
  I64,
  i32,
  i64,
  i64x2,
  leave,
  select,
  v128,
  V128,
  wasmFunction,
  wasmModule,
  when,
  whileTrue,
  type Code,
  type Local,
  type ValueType,
  type WasmFunction,
} from "../wasm-module.js";

/** Low bits of a cell that count rows; the rest is the sum of whole-numbered gradients. */
export const COUNT_BITS = 24;
/** Cells of a feature: bin 0 is "missing", the others ascend. */
export const BINS = 256;
/** Features that are summed at once: one load of 8 bytes gives a row's bins of all of them. */
export const BLOCK_FEATURES = 8;
/** Pages that the memory may have at most: 4 GiB. */
export const MAXIMUM_PAGES = 65_536;

/** What the split search is told about a node; offsets in bytes from its place in memory, every value a double. */
export const NODE = { count: 0, gradient: 8, hessian: 16, gain: 24, parameters: 32 } as const;
/** Parameters of the split search. */
export const RULES = { l1: 0, l2: 8, minCount: 16, minHessian: 24, gradientUnit: 32, hessianUnit: 40 } as const;
/** What it found; `bin` 0: no split. `missingLeft` is 1 when missing values go left. */
export const FOUND = { gain: 0, bin: 8, missingLeft: 16, count: 24, gradient: 32, hessian: 40, bytes: 48 } as const;

/**
 * The inner loops of histogram boosting.
 *
 * A histogram cell is one 64-bit integer, `gradient · 2^24 + rows`; with hessians that differ it is two, the second their sum.
 * Sums of integers do not depend on their order: any number of threads gives the same trees, and parent − child is exact.
 *
 * - `sumAll`: adds rows in order to the histogram of one feature; `sum8Of`, `sum4Of`, `sumOf`: listed rows, 8 neighbours, 4 features, one;
 * - `subtract`: parent − child; `findSplit`: the best threshold of a feature; `part`: rows of a node to its children;
 * - `gather`: gradients of listed rows side by side; `binColumn`: values to bins; `interleave`: 8 columns of bins to rows.
 *
 * The names of functions for two integers a cell end in `Pair`.
 */
export function kernelBytes(): Uint8Array<ArrayBuffer> {
  const both = (write: (pair: boolean) => WasmFunction[]) => [...write(false), ...write(true)];
  return wasmModule(
    [
      ...both((pair) => [
        sumInOrder(pair),
        sumNeighbours(pair),
        sumListed(pair, 4),
        sumListed(pair, 1),
        findSplit(pair),
        gather(pair),
      ]),
      subtract(),
      part(),
      binColumn(),
      interleave(),
    ],
    { shared: true, maximumPages: MAXIMUM_PAGES },
  );
}

const suffix = (pair: boolean) => (pair ? "Pair" : "");
const cellShift = (pair: boolean) => (pair ? 4 : 3);
const range = (n: number) => Array.from({ length: n }, (_, i) => i);
const advance = (pointer: Local, bytes: number): Code => pointer.set(i32.add(pointer.get, i32.const(bytes)));

/** memory[cell] += gradient, for cells of one integer or two. */
function addTo(cell: Local, gradient: Local, pair: boolean, offset = 0): Code {
  return pair
    ? v128.store(cell.get, i64x2.add(v128.load(cell.get, offset), gradient.get), offset)
    : i64.store(cell.get, i64.add(i64.load(cell.get, offset), gradient.get), offset);
}

/** sumAll(gradients, end, bins, histogram): all rows in order, one feature whose bins lie side by side; 8 bins a load. */
function sumInOrder(pair: boolean): WasmFunction {
  return wasmFunction(`sumAll${suffix(pair)}`, [I32, I32, I32, I32], (given, local) => {
    const [gradients, end, bins, histogram] = given as [Local, Local, Local, Local];
    const [gradient, word] = [local(pair ? V128 : I64), local(I64)];
    const [cell, wholeEnd] = [local(I32), local(I32)];
    const bytes = pair ? 16 : 8;
    const addRow = (bin: Code, row: number) => [
      ...gradient.set((pair ? v128 : i64).load(gradients.get, row * bytes)),
      ...cell.set(i32.add(histogram.get, i32.shl(bin, i32.const(cellShift(pair))))),
      ...addTo(cell, gradient, pair),
    ];
    return [
      // The end of the last eight rows.
      ...wholeEnd.set(
        i32.add(gradients.get, i32.and(i32.sub(end.get, gradients.get), i32.const(-8 * bytes))),
      ),
      ...whileTrue(i32.ne(gradients.get, wholeEnd.get), [
        ...word.set(i64.load(bins.get)),
        ...range(8).flatMap((row) => addRow(byteOf(word, row), row)),
        ...advance(gradients, 8 * bytes),
        ...advance(bins, 8),
      ]),
      ...whileTrue(i32.ne(gradients.get, end.get), [
        ...addRow(i32.load8(bins.get), 0),
        ...advance(gradients, bytes),
        ...advance(bins, 1),
      ]),
    ];
  });
}

/** The nth byte of a word, from the lowest. */
const byteOf = (word: Local, n: number): Code =>
  n === 7
    ? i32.wrap(i64.shrU(word.get, i64.const(56)))
    : i32.and(i32.wrap(n ? i64.shrU(word.get, i64.const(8 * n)) : word.get), i32.const(255));

/** sum8Of(gradients, end, rows, bins, stride, histogram): listed rows, `stride` bytes apart, 8 features side by side. */
function sumNeighbours(pair: boolean): WasmFunction {
  return wasmFunction(`sum8Of${suffix(pair)}`, [I32, I32, I32, I32, I32, I32], (given, local) => {
    const [gradients, end, rows, bins, stride, histogram] = given as [Local, Local, Local, Local, Local, Local];
    const [gradient, word, cell] = [local(pair ? V128 : I64), local(I64), local(I32)];
    return whileTrue(i32.ne(gradients.get, end.get), [
      ...gradient.set((pair ? v128 : i64).load(gradients.get)),
      ...word.set(i64.load(i32.add(bins.get, i32.mul(i32.load(rows.get), stride.get)))),
      ...range(8).flatMap((f) => [
        ...cell.set(i32.add(histogram.get, i32.shl(byteOf(word, f), i32.const(cellShift(pair))))),
        ...addTo(cell, gradient, pair, (f * BINS) << cellShift(pair)),
      ]),
      ...advance(gradients, pair ? 16 : 8),
      ...advance(rows, 4),
    ]);
  });
}

/** sumOf(gradients, end, rows, stride, bins…, histograms…): listed rows, `width` features at any addresses. */
function sumListed(pair: boolean, width: number): WasmFunction {
  const params: ValueType[] = range(4 + 2 * width).map(() => I32);
  return wasmFunction(`sum${width > 1 ? width : ""}Of${suffix(pair)}`, params, (given, local) => {
    const [gradients, end, rows, stride] = given as [Local, Local, Local, Local];
    const gradient = local(pair ? V128 : I64);
    const [row, cell] = [local(I32), local(I32)];
    return whileTrue(i32.ne(gradients.get, end.get), [
      ...gradient.set((pair ? v128 : i64).load(gradients.get)),
      ...row.set(i32.mul(i32.load(rows.get), stride.get)),
      ...range(width).flatMap((f) => [
        ...cell.set(
          i32.add(
            given[4 + width + f]!.get,
            i32.shl(i32.load8(i32.add(given[4 + f]!.get, row.get)), i32.const(cellShift(pair))),
          ),
        ),
        ...addTo(cell, gradient, pair),
      ]),
      ...advance(gradients, pair ? 16 : 8),
      ...advance(rows, 4),
    ]);
  });
}

/** subtract(from, other, end): cells of `from` minus those of `other`, 16 bytes at once. */
function subtract(): WasmFunction {
  return wasmFunction("subtract", [I32, I32, I32], ([from, other, end]) =>
    whileTrue(i32.ne(from!.get, end!.get), [
      ...v128.store(from!.get, i64x2.sub(v128.load(from!.get), v128.load(other!.get))),
      ...advance(from!, 16),
      ...advance(other!, 16),
    ]),
  );
}

/**
 * findSplit(histogram, bins, node, rules, found): the threshold of one feature with the largest gain above `node.gain`.
 * Bins up to the one found go left; missing values are tried on the right, then (if there are any) on the left.
 */
function findSplit(pair: boolean): WasmFunction {
  return wasmFunction(`findSplit${suffix(pair)}`, [I32, I32, I32, I32, I32], (given, local) => {
    const [histogram, bins, node, rules, found] = given as [Local, Local, Local, Local, Local];
    const [cell, last, bestCell, bestSide, side] = range(5).map(() => local(I32)) as [Local, Local, Local, Local, Local];
    const [sum, bestSum, hessians, bestHessians, value] = range(5).map(() => local(I64)) as Local[] as [
      Local,
      Local,
      Local,
      Local,
      Local,
    ];
    const [count, minCount, total, totalGradient, totalHessian, minHessian, best, gradient, hessian, gain] = range(10).map(
      () => local(F64),
    ) as Local[] as [Local, Local, Local, Local, Local, Local, Local, Local, Local, Local];
    const [l1, l2, score, weight] = range(4).map(() => local(V128)) as [Local, Local, Local, Local];
    const mask = i64.const(2 ** COUNT_BITS - 1);
    const countOf = (s: Local) => f64.fromI64(i64.and(s.get, mask));
    const gradientOf = (s: Local) => f64.fromI64(i64.shrS(s.get, i64.const(COUNT_BITS)));
    const unit = f64.load(rules.get, RULES.gradientUnit);

    const weigh = [
      ...gradient.set(f64.mul(gradientOf(sum), unit)),
      ...score.set(
        f64x2.pmax(
          f64x2.sub(
            f64x2.abs(f64x2.replace(f64x2.splat(gradient.get), 1, f64.sub(totalGradient.get, gradient.get))),
            l1.get,
          ),
          f64x2.splat(f64.const(0)),
        ),
      ),
      ...weight.set(
        f64x2.add(
          pair
            ? f64x2.replace(f64x2.splat(hessian.get), 1, f64.sub(totalHessian.get, hessian.get))
            : f64x2.replace(f64x2.splat(count.get), 1, f64.sub(total.get, count.get)),
          l2.get,
        ),
      ),
      ...score.set(f64x2.div(f64x2.mul(score.get, score.get), weight.get)),
      ...gain.set(f64.add(f64x2.extract(score.get, 0), f64x2.extract(score.get, 1))),
      ...when(f64.gt(gain.get, best.get), [
        ...best.set(gain.get),
        ...bestCell.set(cell.get),
        ...bestSide.set(side.get),
        ...bestSum.set(sum.get),
        ...(pair ? bestHessians.set(hessians.get) : []),
      ]),
    ];
    const weighPair = [
      ...hessian.set(f64.mul(f64.fromI64(hessians.get), f64.load(rules.get, RULES.hessianUnit))),
      ...when(
        i32.and(
          f64.ge(hessian.get, minHessian.get),
          f64.ge(f64.sub(totalHessian.get, hessian.get), minHessian.get),
        ),
        weigh,
      ),
    ];
    // Left from the smallest bin up; the loop ends where the right side has too few rows.
    const pass = whileTrue(i32.ne(cell.get, last.get), [
        ...advance(cell, 1 << cellShift(pair)),
        ...value.set(i64.load(cell.get)),
        ...when(i32.eqz(i64.eqz(value.get)), [
          ...sum.set(i64.add(sum.get, value.get)),
          ...(pair ? hessians.set(i64.add(hessians.get, i64.load(cell.get, 8))) : []),
          ...count.set(countOf(sum)),
          ...when(f64.ge(count.get, minCount.get), [
            ...when(f64.lt(f64.sub(total.get, count.get), minCount.get), leave(4)),
            ...(pair ? weighPair : weigh),
          ]),
        ]),
      ],
    );
    return [
      ...last.set(
        i32.add(histogram.get, i32.shl(i32.sub(bins.get, i32.const(1)), i32.const(cellShift(pair)))),
      ),
      ...total.set(f64.load(node.get, NODE.count)),
      ...totalGradient.set(f64.mul(f64.load(node.get, NODE.gradient), unit)),
      ...totalHessian.set(f64.mul(f64.load(node.get, NODE.hessian), f64.load(rules.get, RULES.hessianUnit))),
      ...best.set(f64.load(node.get, NODE.gain)),
      ...minCount.set(f64.load(rules.get, RULES.minCount)),
      ...minHessian.set(f64.load(rules.get, RULES.minHessian)),
      ...l1.set(f64x2.splat(f64.load(rules.get, RULES.l1))),
      ...l2.set(f64x2.splat(f64.load(rules.get, RULES.l2))),
      ...cell.set(histogram.get),
      ...pass,
      ...when(i32.eqz(i64.eqz(i64.load(histogram.get))), [
        ...side.set(i32.const(1)),
        ...cell.set(histogram.get),
        ...sum.set(i64.load(histogram.get)),
        ...(pair ? hessians.set(i64.load(histogram.get, 8)) : []),
        ...pass,
      ]),
      ...f64.store(found.get, f64.fromI32(i32.const(0)), FOUND.bin),
      ...when(bestCell.get, [
        ...f64.store(found.get, best.get, FOUND.gain),
        ...f64.store(
          found.get,
          f64.fromI32(i32.shrU(i32.sub(bestCell.get, histogram.get), i32.const(cellShift(pair)))),
          FOUND.bin,
        ),
        ...f64.store(found.get, f64.fromI32(bestSide.get), FOUND.missingLeft),
        ...f64.store(found.get, countOf(bestSum), FOUND.count),
        ...f64.store(found.get, gradientOf(bestSum), FOUND.gradient),
        ...f64.store(found.get, pair ? f64.fromI64(bestHessians.get) : countOf(bestSum), FOUND.hessian),
      ]),
    ];
  });
}

/** gather(gradients, rows, end, to): end of the rows' list. */
function gather(pair: boolean): WasmFunction {
  const type = pair ? v128 : i64;
  return wasmFunction(`gather${suffix(pair)}`, [I32, I32, I32, I32], ([gradients, rows, end, to]) =>
    whileTrue(i32.ne(rows!.get, end!.get), [
      ...type.store(
        to!.get,
        type.load(i32.add(gradients!.get, i32.shl(i32.load(rows!.get), i32.const(cellShift(pair))))),
      ),
      ...advance(rows!, 4),
      ...advance(to!, pair ? 16 : 8),
    ]),
  );
}

/**
 * part(bins, rows, end, spare, bin, missingLeft): rows whose bin is at most `bin` to the front of the list, the others behind, both in
 * their order; gives the address between them. Both sides are written, only one moves on: no branch to guess.
 */
function part(): WasmFunction {
  return wasmFunction(
    "part",
    [I32, I32, I32, I32, I32, I32],
    (given, local) => {
      const [bins, rows, end, spare, bin, missingLeft] = given as [Local, Local, Local, Local, Local, Local];
      const [from, front, back, row, value, left] = range(6).map(() => local(I32)) as Local[] as [
        Local,
        Local,
        Local,
        Local,
        Local,
        Local,
      ];
      return [
        ...from.set(rows.get),
        ...front.set(rows.get),
        ...back.set(spare.get),
        ...whileTrue(i32.ne(from.get, end.get), [
          ...value.set(i32.load8(i32.add(bins.get, row.tee(i32.load(from.get))))),
          ...left.set(
            i32.shl(select(i32.le(value.get, bin.get), missingLeft.get, value.get), i32.const(2)),
          ),
          ...i32.store(front.get, row.get),
          ...i32.store(back.get, row.get),
          ...front.set(i32.add(front.get, left.get)),
          ...back.set(i32.sub(i32.add(back.get, i32.const(4)), left.get)),
          ...advance(from, 4),
        ]),
        ...copyMemory(front.get, spare.get, i32.sub(back.get, spare.get)),
        ...front.get,
      ];
    },
    I32,
  );
}

/** binColumn(values, end, bounds, to): 1 + number of the 255 ascending bounds below the value, 0 for a missing one. */
function binColumn(): WasmFunction {
  return wasmFunction("binColumn", [I32, I32, I32, I32], (given, local) => {
    const [values, end, bounds, to] = given as [Local, Local, Local, Local];
    const [at, value] = [local(I32), local(0x7d)];
    // `at` counts bytes: 4 a bound.
    const step = (half: number): Code =>
      at.set(
        i32.add(
          at.get,
          i32.shl(
            f32.gt(value.get, f32.load(i32.add(bounds.get, at.get), 4 * (half - 1))),
            i32.const(Math.log2(half) + 2),
          ),
        ),
      );
    return whileTrue(i32.ne(values.get, end.get), [
      ...value.set(f32.load(values.get)),
      ...at.set(i32.const(0)),
      ...[128, 64, 32, 16, 8, 4, 2, 1].flatMap(step),
      ...i32.store8(
        to.get,
        i32.mul(i32.add(i32.shrU(at.get, i32.const(2)), i32.const(1)), f32.eq(value.get, value.get)),
      ),
      ...advance(values, 4),
      ...advance(to, 1),
    ]);
  });
}

/** interleave(columns, end, rows, to, stride): 8 columns of `rows` bins to 8 neighbouring bytes of each row; `end` of the first column. */
function interleave(): WasmFunction {
  return wasmFunction("interleave", [I32, I32, I32, I32, I32], (given, local) => {
    const [column, end, rows, to, stride] = given as [Local, Local, Local, Local, Local];
    const [place, word] = [local(I32), local(I64)];
    return whileTrue(i32.ne(column.get, end.get), [
      ...place.set(column.get),
      ...word.set(i64.load8(place.get)),
      ...range(7).flatMap((f) => [
        ...place.set(i32.add(place.get, rows.get)),
        ...word.set(i64.or(word.get, i64.shl(i64.load8(place.get), i64.const(8 * (f + 1))))),
      ]),
      ...i64.store(to.get, word.get),
      ...advance(column, 1),
      ...to.set(i32.add(to.get, stride.get)),
    ]);
  });
}
