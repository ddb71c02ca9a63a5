import { DataError } from "../../errors.js";
import type { Tree } from "./tree.js";

/** What a LightGBM model file holds. */
export interface LightGbmModel {
  readonly trees: readonly Tree[];
  readonly featureNames: readonly string[];
  /** `regression`, `binary sigmoid:1` … */
  readonly objective: string;
  /** Smallest and largest value of each feature, NaN where the file does not say. */
  readonly ranges: readonly (readonly [number, number])[];
  /** Settings as LightGBM names them. */
  readonly parameters: Readonly<Record<string, string>>;
  /** A line of ours that LightGBM passes over. */
  readonly note?: string;
}

const NOTE = "alphabook:";

/**
 * A model in LightGBM's text format, version 4: LightGBM reads it with `lgb.Booster(model_file=…)`.
 *
 * Names of features have no spaces there; each becomes `_`.
 */
export function toLightGbmText({ trees, featureNames, objective, ranges, parameters, note }: LightGbmModel): string {
  const blocks = trees.map((tree, i) => `Tree=${i}\n${treeText(tree)}\n\n`);
  const splits = new Map<string, number>();
  const names = featureNames.map((name) => name.replace(/\s/g, "_"));
  for (const { splitFeature } of trees)
    for (const f of splitFeature) splits.set(names[f]!, (splits.get(names[f]!) ?? 0) + 1);
  const head = [
    "tree",
    "version=v4",
    "num_class=1",
    "num_tree_per_iteration=1",
    "label_index=0",
    `max_feature_idx=${names.length - 1}`,
    `objective=${objective}`,
    `feature_names=${names.join(" ")}`,
    `feature_infos=${ranges.map(([low, high]) => (low < high ? `[${number(low)}:${number(high)}]` : "none")).join(" ")}`,
    `tree_sizes=${blocks.map((block) => Buffer.byteLength(block)).join(" ")}`,
  ];
  const tail = [
    "end of trees",
    "",
    "feature_importances:",
    ...[...splits].sort((a, b) => b[1] - a[1]).map(([name, count]) => `${name}=${count}`),
    "",
    "parameters:",
    ...Object.entries(parameters).map(([name, value]) => `[${name}: ${value}]`),
    "",
    "end of parameters",
    "",
    ...(note === undefined ? [] : [`${NOTE}${note}`]),
    "pandas_categorical:null",
    "",
  ];
  return `${head.join("\n")}\n\n${blocks.join("")}${tail.join("\n")}`;
}

const number = (x: number): string => (x === Infinity ? "inf" : x === -Infinity ? "-inf" : String(x));
const list = (values: ArrayLike<number>): string => Array.from(values, number).join(" ");

function treeText(tree: Tree): string {
  const lines = [`num_leaves=${tree.leafValue.length}`, "num_cat=0"];
  for (const [key, field] of FIELDS) lines.push(`${key}=${list(tree[field])}`);
  return [...lines, "is_linear=0", `shrinkage=${number(tree.shrinkage)}`].join("\n");
}

/** The format's names in its order. */
const FIELDS = [
  ["split_feature", "splitFeature"],
  ["split_gain", "splitGain"],
  ["threshold", "threshold"],
  ["decision_type", "decisionType"],
  ["left_child", "leftChild"],
  ["right_child", "rightChild"],
  ["leaf_value", "leafValue"],
  ["leaf_weight", "leafWeight"],
  ["leaf_count", "leafCount"],
  ["internal_value", "internalValue"],
  ["internal_weight", "internalWeight"],
  ["internal_count", "internalCount"],
] as const;

/**
 * Reads a model file of LightGBM 3 or 4, or of ours.
 *
 * @throws DataError for a text that is no such file, and for what we cannot forecast with: categorical splits, several classes,
 * linear leaves, averaged trees.
 */
export function fromLightGbmText(text: string): LightGbmModel {
  const refuse = (why: string): never => {
    throw new DataError(`Cannot read a LightGBM model: ${why}`);
  };
  const lines = text.replace(/\r/g, "").split("\n");
  if (lines[0]?.trim() !== "tree") refuse(`the first line is "${(lines[0] ?? "").slice(0, 40)}", "tree" expected`);
  const head: Record<string, string> = {};
  const trees: Record<string, string>[] = [];
  const parameters: Record<string, string> = {};
  let note: string | undefined;
  let ended = false;
  for (const line of lines.slice(1)) {
    if (line === "end of trees") ended = true;
    else if (line.startsWith(NOTE)) note = line.slice(NOTE.length);
    else if (ended) {
      const [, name, value] = /^\[([^:]+): (.*)\]$/.exec(line) ?? [];
      if (name !== undefined) parameters[name] = value!;
    } else if (line.startsWith("Tree=")) trees.push({});
    else if (line === "average_output") refuse("its trees are averaged (boosting rf)");
    else {
      const at = line.indexOf("=");
      if (at > 0) (trees.at(-1) ?? head)[line.slice(0, at)] = line.slice(at + 1);
    }
  }
  if (!ended) refuse('the line "end of trees" is missing: the file is cut off');
  if ((head.num_tree_per_iteration ?? "1") !== "1") refuse(`it has ${head.num_tree_per_iteration} classes, 1 expected`);
  const featureNames = (head.feature_names ?? "").split(" ").filter(Boolean);
  if (featureNames.length !== Number(head.max_feature_idx) + 1)
    refuse(`${featureNames.length} feature names, ${Number(head.max_feature_idx) + 1} expected`);
  const infos = (head.feature_infos ?? "").split(" ");
  return {
    trees: trees.map((fields, i) => readTree(fields, (why) => refuse(`tree ${i} ${why}`))),
    featureNames,
    objective: head.objective ?? "regression",
    ranges: featureNames.map((_, f) => {
      const [, low, high] = /^\[(.*):(.*)\]$/.exec(infos[f] ?? "") ?? [];
      return low === undefined ? [NaN, NaN] : [parse(low), parse(high!)];
    }),
    parameters,
    ...(note === undefined ? {} : { note }),
  };
}

function parse(text: string): number {
  if (/^[+-]?inf/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  return Number(text);
}

function readTree(fields: Readonly<Record<string, string>>, refuse: (why: string) => never): Tree {
  if ((fields.num_cat ?? "0") !== "0") refuse("splits by category, which is not supported");
  if ((fields.is_linear ?? "0") !== "0") refuse("has linear leaves, which are not supported");
  const leaves = Number(fields.num_leaves);
  if (!Number.isInteger(leaves) || leaves < 1) refuse(`has ${fields.num_leaves} leaves`);
  const values = (key: string, count: number, required = true): Float64Array => {
    const items = (fields[key] ?? "").split(" ").filter(Boolean);
    // A tree of one leaf leaves out everything but its value; LightGBM before 3 knew no weights.
    if (items.length !== count && (items.length > 0 || required))
      refuse(`has ${items.length} values of ${key}, ${count} expected`);
    const numbers = new Float64Array(count);
    items.forEach((item, i) => (numbers[i] = parse(item)));
    const bad = items[numbers.findIndex((x) => x !== x)];
    if (bad !== undefined) refuse(`has the value "${bad}" in ${key}`);
    return numbers;
  };
  const inner = leaves - 1;
  return {
    splitFeature: Int32Array.from(values("split_feature", inner)),
    splitGain: values("split_gain", inner, false),
    threshold: values("threshold", inner),
    decisionType: Uint8Array.from(values("decision_type", inner)),
    leftChild: Int32Array.from(values("left_child", inner)),
    rightChild: Int32Array.from(values("right_child", inner)),
    leafValue: values("leaf_value", leaves),
    leafWeight: values("leaf_weight", leaves, false),
    leafCount: values("leaf_count", leaves, false),
    internalValue: values("internal_value", inner, false),
    internalWeight: values("internal_weight", inner, false),
    internalCount: values("internal_count", inner, false),
    shrinkage: parse(fields.shrinkage ?? "1"),
  };
}

/** What a model's sum of leaves becomes, by its objective. @throws DataError for one whose forecast is not a number a row. */
export function outputOf(objective: string): (sum: number) => number {
  const [name, ...options] = objective.split(" ");
  if (name === "binary" || name === "cross_entropy") {
    const slope = Number(options.find((option) => option.startsWith("sigmoid:"))?.slice(8) ?? 1);
    return (sum) => 1 / (1 + Math.exp(-slope * sum));
  }
  if (name === "poisson" || name === "gamma" || name === "tweedie") return Math.exp;
  if (name === "cross_entropy_lambda") return (sum) => Math.log1p(Math.exp(sum));
  if (options.includes("sqrt")) return (sum) => Math.sign(sum) * sum * sum;
  if (name?.startsWith("multiclass")) throw new DataError("Cannot read a LightGBM model: it has several classes");
  return (sum) => sum;
}
