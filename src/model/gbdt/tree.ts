import type { PanelColumn } from "../../panel/panel.js";

/** How a missing value is treated at a split, and on which side it goes: LightGBM's bits of `decision_type`. */
export const DEFAULT_LEFT = 2;
export const MISSING_NONE = 0;
export const MISSING_ZERO = 4;
export const MISSING_NAN = 8;
const MISSING_BITS = 12;
/** Values this near to 0 are 0 where 0 counts as missing. */
const ZERO = 1e-35;

/**
 * A regression tree as LightGBM numbers it: inner nodes in the order they were split, a child ≥ 0 an inner node, a child < 0 the leaf `~child`.
 * Leaf values hold the learning rate already.
 */
export interface Tree {
  readonly splitFeature: Int32Array;
  readonly splitGain: Float64Array;
  /** Values up to the threshold go left. */
  readonly threshold: Float64Array;
  readonly decisionType: Uint8Array;
  readonly leftChild: Int32Array;
  readonly rightChild: Int32Array;
  readonly leafValue: Float64Array;
  /** Sum of the hessians. */
  readonly leafWeight: Float64Array;
  readonly leafCount: Float64Array;
  readonly internalValue: Float64Array;
  readonly internalWeight: Float64Array;
  readonly internalCount: Float64Array;
  /** What leaf values were multiplied with. */
  readonly shrinkage: number;
}

/** A tree that gives every row the same value. */
export function constantTree(value: number, rows: number): Tree {
  const none = new Float64Array(0);
  return {
    splitFeature: new Int32Array(0),
    splitGain: none,
    threshold: none,
    decisionType: new Uint8Array(0),
    leftChild: new Int32Array(0),
    rightChild: new Int32Array(0),
    leafValue: Float64Array.of(value),
    leafWeight: Float64Array.of(rows),
    leafCount: Float64Array.of(rows),
    internalValue: none,
    internalWeight: none,
    internalCount: none,
    shrinkage: 1,
  };
}

/** Whether a value goes left at an inner node. */
export function goesLeft(tree: Tree, node: number, value: number): boolean {
  const type = tree.decisionType[node]!;
  const kind = type & MISSING_BITS;
  if (kind === MISSING_NAN) {
    if (value !== value) return (type & DEFAULT_LEFT) !== 0;
  } else {
    if (value !== value) value = 0;
    if (kind === MISSING_ZERO && Math.abs(value) <= ZERO) return (type & DEFAULT_LEFT) !== 0;
  }
  return value <= tree.threshold[node]!;
}

/** Adds the tree's value of each row in [from, to) to the scores. */
export function addTree(
  tree: Tree,
  columns: readonly PanelColumn[],
  scores: Float64Array,
  from = 0,
  to = scores.length,
): void {
  const { splitFeature, threshold, decisionType, leftChild, rightChild, leafValue } = tree;
  if (splitFeature.length === 0) {
    for (let row = from; row < to; row++) scores[row]! += leafValue[0]!;
    return;
  }
  for (let row = from; row < to; row++) {
    let node = 0;
    do {
      const value = columns[splitFeature[node]!]![row]!;
      const left =
        value === value && (decisionType[node]! & MISSING_BITS) !== MISSING_ZERO
          ? value <= threshold[node]!
          : goesLeft(tree, node, value);
      node = left ? leftChild[node]! : rightChild[node]!;
    } while (node >= 0);
    scores[row]! += leafValue[~node]!;
  }
}

/** The same tree with a constant added to every value. */
export function shifted(tree: Tree, bias: number): Tree {
  const add = (values: Float64Array) => values.map((value) => value + bias);
  return { ...tree, leafValue: add(tree.leafValue), internalValue: add(tree.internalValue) };
}
