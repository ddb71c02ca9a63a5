import { table, type ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../../errors.js";

export interface FalseDiscoveryOptions {
  /** `bh` (Benjamini–Hochberg, default): independent or positively dependent tests; `by` (Benjamini–Yekutieli): any dependence, stricter. */
  readonly method?: "bh" | "by";
  /** Share of false ones accepted among the discoveries. Default 0.05. */
  readonly level?: number;
}

/**
 * Which of many tested factors stand, when a given share of false ones among them is accepted.
 *
 * `adjusted` is the smallest level at which the factor would still be a discovery: minₖ≥ᵢ p₍ₖ₎·m/k, for `by` times Σ 1/i, at most 1.
 * A missing p-value is no test: it is not among the m, its row says NaN and `discovery` 0.
 *
 * (Benjamini and Hochberg, Journal of the Royal Statistical Society B 57, 1995; Benjamini and Yekutieli, Annals of Statistics 29, 2001.)
 *
 * @param pValues By name, or a plain list (named 0, 1, …); each in [0, 1].
 * @returns `name, p, adjusted, discovery` (1 or 0), in the order given.
 * @throws InvalidArgumentError for a p-value outside [0, 1], an unknown method, or a level outside (0, 1).
 * @example
 * falseDiscovery({ momentum: 0.01, size: 0.04, noise: 0.5 }).array("adjusted") // -> [0.03, 0.06, 0.5]
 */
export function falseDiscovery(
  pValues: ArrayLike<number> | Readonly<Record<string, number>>,
  options: FalseDiscoveryOptions = {},
): ColumnTable {
  refuseUnknownOptions("Cannot judge discoveries", options, ["method", "level"]);
  const { method = "bh", level = 0.05 } = options;
  if (method !== "bh" && method !== "by")
    throw new InvalidArgumentError(
      `Cannot control false discoveries: method "${String(method)}" is neither "bh" nor "by"`,
    );
  if (!(level > 0 && level < 1))
    throw new InvalidArgumentError(
      `Cannot control false discoveries: level ${level}, a number between 0 and 1 expected`,
    );
  const names = Array.isArray(pValues) || ArrayBuffer.isView(pValues) ? undefined : Object.keys(pValues);
  const p = names
    ? Float64Array.from(names, (name) => (pValues as Readonly<Record<string, number>>)[name]!)
    : Float64Array.from(pValues as ArrayLike<number>);
  const wrong = p.findIndex((value) => value < 0 || value > 1);
  if (wrong >= 0)
    throw new InvalidArgumentError(
      `Cannot control false discoveries: p-value of "${names?.[wrong] ?? wrong}" is ${p[wrong]}, a probability expected`,
    );
  const order = Uint32Array.from(p.keys())
    .filter((i) => !Number.isNaN(p[i]!))
    .sort((a, b) => p[a]! - p[b]!);
  const tests = order.length;
  let factor = 1;
  if (method === "by") factor = order.reduce((total, _, i) => total + 1 / (i + 1), 0);
  const adjusted = new Float64Array(p.length).fill(NaN);
  let least = 1;
  for (let rank = tests; rank >= 1; rank--) {
    least = Math.min(least, (p[order[rank - 1]!]! * tests * factor) / rank);
    adjusted[order[rank - 1]!] = least;
  }
  return table({
    name: names ?? Array.from(p.keys(), String),
    p,
    adjusted,
    discovery: Array.from(adjusted, (value) => (value <= level ? 1 : 0)),
  });
}
