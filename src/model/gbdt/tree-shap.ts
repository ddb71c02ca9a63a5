import type { PanelColumn } from "../../panel/panel.js";
import { goesLeft, type Tree } from "./tree.js";

/** A feature on the way from the root to a leaf: shares of the ways with and without it, and a weight by number of features present. */
interface Step {
  feature: number;
  /** Share of the training rows that go on when the feature is unknown. */
  unknown: number;
  /** 1 when this row goes on, 0 when not. */
  known: number;
  weight: number;
}

/**
 * What each feature adds to the forecast of a row (SHAP values), and the forecast expected without any feature in the last place; their
 * sum is the row's score. Lundberg, Erion, Lee 2018, algorithm 2: features not known follow the shares of the training rows.
 *
 * @param out Length features + 1; added to.
 */
export function addShap(tree: Tree, columns: readonly PanelColumn[], row: number, out: Float64Array): void {
  const inner = tree.splitFeature.length;
  out[out.length - 1]! += expectedValue(tree);
  if (inner === 0) return;
  const count = (node: number) => (node >= 0 ? tree.internalCount[node]! : tree.leafCount[~node]!);
  visit(0, [], 1, 1, -1);

  function visit(node: number, path: Step[], unknown: number, known: number, feature: number): void {
    const steps = path.map((step) => ({ ...step }));
    extend(steps, unknown, known, feature);
    if (node < 0) {
      for (let i = 1; i < steps.length; i++) {
        const { feature: f, unknown: zero, known: one } = steps[i]!;
        out[f]! += weightWithout(steps, i) * (one - zero) * tree.leafValue[~node]!;
      }
      return;
    }
    const split = tree.splitFeature[node]!;
    const left = goesLeft(tree, node, columns[split]![row]!);
    const [hot, cold] = left
      ? [tree.leftChild[node]!, tree.rightChild[node]!]
      : [tree.rightChild[node]!, tree.leftChild[node]!];
    let [zero, one] = [1, 1];
    const before = steps.findIndex((step, i) => i > 0 && step.feature === split);
    if (before > 0) {
      ({ unknown: zero, known: one } = steps[before]!);
      unwind(steps, before);
    }
    const total = count(node);
    visit(hot, steps, (zero * count(hot)) / total, one, split);
    visit(cold, steps, (zero * count(cold)) / total, 0, split);
  }
}

/** Mean of the leaves, weighted by their training rows. */
export function expectedValue(tree: Tree): number {
  const rows = tree.leafCount.reduce((sum, count) => sum + count, 0);
  if (!rows) return tree.leafValue[0]!;
  return tree.leafValue.reduce((sum, value, leaf) => sum + (value * tree.leafCount[leaf]!) / rows, 0);
}

function extend(steps: Step[], unknown: number, known: number, feature: number): void {
  const depth = steps.length;
  steps.push({ feature, unknown, known, weight: depth === 0 ? 1 : 0 });
  for (let i = depth - 1; i >= 0; i--) {
    steps[i + 1]!.weight += (known * steps[i]!.weight * (i + 1)) / (depth + 1);
    steps[i]!.weight *= (unknown * (depth - i)) / (depth + 1);
  }
}

/** Takes a step back out, as if it had not been added. */
function unwind(steps: Step[], index: number): void {
  const depth = steps.length - 1;
  const { known, unknown } = steps[index]!;
  let next = steps[depth]!.weight;
  for (let i = depth - 1; i >= 0; i--) {
    const weight = steps[i]!.weight;
    if (known !== 0) {
      steps[i]!.weight = (next * (depth + 1)) / ((i + 1) * known);
      next = weight - (steps[i]!.weight * unknown * (depth - i)) / (depth + 1);
    } else steps[i]!.weight = (weight * (depth + 1)) / (unknown * (depth - i));
  }
  for (let i = index; i < depth; i++) {
    steps[i]!.feature = steps[i + 1]!.feature;
    steps[i]!.unknown = steps[i + 1]!.unknown;
    steps[i]!.known = steps[i + 1]!.known;
  }
  steps.pop();
}

/** Sum of the weights that {@link unwind} would leave. */
function weightWithout(steps: readonly Step[], index: number): number {
  const depth = steps.length - 1;
  const { known, unknown } = steps[index]!;
  let next = steps[depth]!.weight;
  let total = 0;
  for (let i = depth - 1; i >= 0; i--) {
    if (known !== 0) {
      const weight = (next * (depth + 1)) / ((i + 1) * known);
      total += weight;
      next = steps[i]!.weight - (weight * unknown * (depth - i)) / (depth + 1);
    } else total += (steps[i]!.weight * (depth + 1)) / (unknown * (depth - i));
  }
  return total;
}
