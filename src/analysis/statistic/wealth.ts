import type { Compounding } from "./return-facts.js";

/** Cumulative return after each period: Π(1 + r) − 1, or Σr. No value missing. */
export function curve(returns: Float64Array, mode: Compounding): Float64Array {
  const path = new Float64Array(returns.length);
  let value = mode === "product" ? 1 : 0;
  for (let i = 0; i < path.length; i++) {
    value = mode === "product" ? value * (1 + returns[i]!) : value + returns[i]!;
    path[i] = mode === "product" ? value - 1 : value;
  }
  return path;
}

/** Distance of a {@link curve} from its highest point so far, as a share of it (`product`) or as a difference (`sum`); the start counts. */
export function underwater(path: Float64Array, mode: Compounding): Float64Array {
  const depth = new Float64Array(path.length);
  let peak = 0;
  for (let i = 0; i < path.length; i++) {
    const value = path[i]!;
    if (value > peak) peak = value;
    depth[i] = mode === "product" ? (1 + value) / (1 + peak) - 1 : value - peak;
  }
  return depth;
}
