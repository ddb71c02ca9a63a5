import { host } from "../../host/host.js";
import { BLOCK_FEATURES, FOUND, NODE, RULES } from "./kernel-code.js";
import { GROUP_WORDS, WORD, type HistogramTeam } from "./histogram-team.js";
import type { TrainingMemory } from "./training-memory.js";
import { DEFAULT_LEFT, MISSING_NAN, MISSING_NONE, type Tree } from "./tree.js";

export interface GrowRules {
  readonly numLeaves: number;
  /** Splits between the root and a leaf; 0 or less: any number. */
  readonly maxDepth: number;
  readonly minDataInLeaf: number;
  readonly minSumHessianInLeaf: number;
  readonly minGainToSplit: number;
  readonly lambdaL1: number;
  readonly lambdaL2: number;
  readonly learningRate: number;
}

/** What is grown on: rows are the first `count` of the list; sums and units are whole numbers and what 1 of them is worth. */
export interface GrowInput {
  /** Features of this tree, ascending. */
  readonly features: Int32Array;
  readonly count: number;
  /** The rows are all rows, in order. */
  readonly inOrder: boolean;
  readonly gradient: number;
  readonly hessian: number;
  readonly gradientUnit: number;
  readonly hessianUnit: number;
}

/** A grown tree, and the rows of its leaves: leaf i has those at [starts[i], ends[i]) of the list. */
export interface Grown {
  readonly tree: Tree;
  readonly starts: Int32Array;
  readonly ends: Int32Array;
}

interface Node {
  /** Positions in the list of rows. */
  readonly start: number;
  readonly end: number;
  readonly depth: number;
  readonly gradient: number;
  readonly hessian: number;
  /** Features that could be split in the node above. */
  features: Int32Array;
  slot: number;
  split: Split | undefined;
  /** The inner node it hangs from, and whether on the left. */
  readonly parent: number;
  readonly isLeft: boolean;
}

interface Split {
  readonly feature: number;
  readonly bin: number;
  readonly missingLeft: boolean;
  readonly gain: number;
  readonly gradient: number;
  readonly hessian: number;
}

/** Rows × features below which waking other threads costs more than it gains. */
const WORTH_SHARING = 60_000;
/** With so many live features in a block of 8, all 8 are summed at once. */
const WHOLE_BLOCK = 5;

/**
 * Grows a tree leaf by leaf: always splits the leaf with the largest gain, until there are enough or none gains.
 *
 * A feature without any gain in a node is not looked at below it. Of each pair of children the smaller is summed, the larger is the
 * rest of their parent.
 */
export async function growTree(
  store: TrainingMemory,
  team: HistogramTeam,
  rules: GrowRules,
  input: GrowInput,
): Promise<Grown | undefined> {
  const { memory, kernel, layout, address, bounds } = store;
  const { pair } = layout;
  const cellBytes = pair ? 16 : 8;
  const words = new Int32Array(memory.buffer);
  const doubles = new Float64Array(memory.buffer);
  const control = layout.control / 4;
  const minCount = Math.max(1, rules.minDataInLeaf, pair ? 0 : Math.ceil(rules.minSumHessianInLeaf));
  writeRules();

  const threshold = (g: number) => Math.sign(g) * Math.max(0, Math.abs(g) - rules.lambdaL1);
  const sums = (node: Node) => ({ g: node.gradient * input.gradientUnit, h: node.hessian * input.hessianUnit });
  const gainOf = (node: Node) => {
    const { g, h } = sums(node);
    return threshold(g) ** 2 / (h + rules.lambdaL2);
  };
  const valueOf = (node: Node) => {
    const { g, h } = sums(node);
    return h + rules.lambdaL2 > 0 ? (-rules.learningRate * threshold(g)) / (h + rules.lambdaL2) : 0;
  };
  const mayBeSplit = (node: Node) =>
    (rules.maxDepth <= 0 || node.depth < rules.maxDepth) &&
    node.end - node.start >= 2 * minCount &&
    sums(node).h >= 2 * rules.minSumHessianInLeaf;

  let slots = 0;
  const freeSlots: number[] = [];
  const takeSlot = () => freeSlots.pop() ?? slots++;

  const root: Node = {
    ...{ start: 0, end: input.count, depth: 0, gradient: input.gradient, hessian: input.hessian },
    ...{ features: input.features, slot: takeSlot(), split: undefined, parent: -1, isLeft: false },
  };
  if (mayBeSplit(root)) search(root, undefined);
  if (!root.split) return undefined;

  const leaves: Node[] = [root];
  const inner: { node: Node; split: Split; left: number; right: number }[] = [];
  while (leaves.length < rules.numLeaves) {
    let best = -1;
    for (let i = 0; i < leaves.length; i++) {
      const split = leaves[i]!.split;
      if (split && (best < 0 || split.gain > leaves[best]!.split!.gain)) best = i;
    }
    if (best < 0) break;
    const pause = host.breathe();
    if (pause) await pause;
    splitLeaf(best);
  }
  return { tree: asTree(), starts: positions("start"), ends: positions("end") };

  function positions(which: "start" | "end"): Int32Array {
    return Int32Array.from(leaves, (leaf) => leaf[which]);
  }

  function splitLeaf(index: number): void {
    const node = leaves[index]!;
    const split = node.split!;
    const middle = partRows(node, split);
    const number = inner.length;
    const child = (start: number, end: number, isLeft: boolean): Node => ({
      ...{ start, end, depth: node.depth + 1, slot: -1, split: undefined, parent: number, isLeft },
      gradient: isLeft ? split.gradient : node.gradient - split.gradient,
      hessian: isLeft ? split.hessian : node.hessian - split.hessian,
      features: node.features,
    });
    const left = child(node.start, middle, true);
    const right = child(middle, node.end, false);
    if (node.parent >= 0) inner[node.parent]![node.isLeft ? "left" : "right"] = number;
    inner.push({ node, split, left: ~index, right: ~leaves.length });
    leaves[index] = left;
    leaves.push(right);
    if (leaves.length === rules.numLeaves) return;
    const [small, large] = middle - node.start <= node.end - middle ? [left, right] : [right, left];
    large.slot = node.slot;
    if (mayBeSplit(small) || mayBeSplit(large)) {
      small.slot = takeSlot();
      search(small, large);
    }
    for (const each of [small, large]) if (!each.split && each.slot >= 0) freeSlots.push(each.slot);
  }

  function partRows(node: Node, { feature, bin, missingLeft }: Split): number {
    const bins = layout.columnBins + feature * layout.rows;
    const [from, end] = [address.rows + node.start * 4, address.rows + node.end * 4];
    const middle = kernel.part(bins, from, end, address.spare, bin, missingLeft ? 1 : 0);
    return ((middle >>> 0) - address.rows) / 4;
  }

  /** Histograms and best splits of a node, and of its larger sibling, whose slot holds their parent's histogram. */
  function search(small: Node, large: Node | undefined): void {
    const { features } = small;
    const count = small.end - small.start;
    const rows = address.rows + small.start * 4;
    const whole = !large && input.inOrder;
    if (!whole) {
      const gather = pair ? kernel.gatherPair : kernel.gather;
      gather(address.gradients, rows, rows + count * 4, address.ordered);
    }
    const gradients = whole ? address.gradients : address.ordered;
    words[control + WORD.rows] = rows;
    words[control + WORD.inOrder] = whole ? 1 : 0;
    words[control + WORD.gradients] = gradients;
    words[control + WORD.gradientsEnd] = gradients + count * cellBytes;
    words[control + WORD.small] = store.histogram(small.slot);
    words[control + WORD.large] = large ? store.histogram(large.slot) : 0;
    words[control + WORD.searchSmall] = mayBeSplit(small) ? 1 : 0;
    words[control + WORD.searchLarge] = large && mayBeSplit(large) ? 1 : 0;
    writeGroups(features);
    writeNode(layout.smallNode, small);
    if (large) writeNode(layout.largeNode, large);
    team.run(count * features.length < WORTH_SHARING);
    if (mayBeSplit(small)) readFound(small, features, layout.smallFound);
    if (large && mayBeSplit(large)) readFound(large, features, layout.largeFound);
  }

  function writeRules(): void {
    const at = layout.rules / 8;
    doubles[at + RULES.l1 / 8] = rules.lambdaL1;
    doubles[at + RULES.l2 / 8] = rules.lambdaL2;
    doubles[at + RULES.minCount / 8] = minCount;
    doubles[at + RULES.minHessian / 8] = rules.minSumHessianInLeaf;
    doubles[at + RULES.gradientUnit / 8] = input.gradientUnit;
    doubles[at + RULES.hessianUnit / 8] = input.hessianUnit;
  }

  function writeNode(place: number, node: Node): void {
    const at = place / 8;
    doubles[at + NODE.count / 8] = node.end - node.start;
    doubles[at + NODE.gradient / 8] = node.gradient;
    doubles[at + NODE.hessian / 8] = node.hessian;
    doubles[at + NODE.gain / 8] = gainOf(node) + rules.minGainToSplit;
  }

  /** Whole blocks where most features live; the rest in eights. */
  function writeGroups(features: Int32Array): void {
    let groups = 0;
    const write = (neighbours: boolean, list: readonly number[]) => {
      const at = layout.groups / 4 + groups++ * GROUP_WORDS;
      words[at] = list.length;
      words[at + 1] = neighbours ? 1 : 0;
      list.forEach((feature, i) => (words[at + 2 + i] = feature));
    };
    let single: number[] = [];
    for (let i = 0; i < features.length; ) {
      const block = Math.floor(features[i]! / BLOCK_FEATURES);
      const list: number[] = [];
      while (i < features.length && Math.floor(features[i]! / BLOCK_FEATURES) === block) list.push(features[i++]!);
      if (list.length >= WHOLE_BLOCK) write(true, list);
      else single.push(...list);
      while (single.length >= BLOCK_FEATURES) {
        write(false, single.slice(0, BLOCK_FEATURES));
        single = single.slice(BLOCK_FEATURES);
      }
    }
    if (single.length) write(false, single);
    words[control + WORD.groups] = groups;
  }

  /** The best split of all features, the first of equals, and the features that have any. */
  function readFound(node: Node, features: Int32Array, place: number): void {
    const live: number[] = [];
    let best = -1;
    const base = node === root || rules.minGainToSplit ? gainOf(node) + rules.minGainToSplit : gainOf(node);
    const read = (feature: number, field: number) => doubles[(place + feature * FOUND.bytes + field) / 8]!;
    for (const feature of features) {
      if (read(feature, FOUND.bin) === 0) continue;
      live.push(feature);
      if (best < 0 || read(feature, FOUND.gain) > read(best, FOUND.gain)) best = feature;
    }
    node.features = Int32Array.from(live);
    if (best < 0) return;
    node.split = {
      feature: best,
      bin: read(best, FOUND.bin),
      missingLeft: read(best, FOUND.missingLeft) === 1,
      gain: read(best, FOUND.gain) - base,
      gradient: read(best, FOUND.gradient),
      hessian: read(best, FOUND.hessian),
    };
  }

  function asTree(): Tree {
    const innerDoubles = (value: (at: (typeof inner)[number]) => number) => Float64Array.from(inner, value);
    const leafDoubles = (value: (leaf: Node) => number) => Float64Array.from(leaves, value);
    const { hessianUnit } = input;
    return {
      splitFeature: Int32Array.from(inner, ({ split }) => split.feature),
      splitGain: innerDoubles(({ split }) => split.gain),
      threshold: innerDoubles(({ split }) => bounds[split.feature]!.bounds[split.bin - 1] ?? Infinity),
      decisionType: Uint8Array.from(inner, ({ split }) =>
        bounds[split.feature]!.hasMissing
          ? MISSING_NAN + (split.missingLeft ? DEFAULT_LEFT : 0)
          : MISSING_NONE + DEFAULT_LEFT,
      ),
      leftChild: Int32Array.from(inner, ({ left }) => left),
      rightChild: Int32Array.from(inner, ({ right }) => right),
      leafValue: leafDoubles(valueOf),
      leafWeight: leafDoubles((leaf) => leaf.hessian * hessianUnit),
      leafCount: leafDoubles((leaf) => leaf.end - leaf.start),
      internalValue: innerDoubles(({ node }) => valueOf(node)),
      internalWeight: innerDoubles(({ node }) => node.hessian * hessianUnit),
      internalCount: innerDoubles(({ node }) => node.end - node.start),
      shrinkage: rules.learningRate,
    };
  }
}
