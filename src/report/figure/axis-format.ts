import { tickStep } from "./layers.js";

/**
 * The d3 format with as many digits as the axis's step needs: no label twice, none longer than it must be.
 *
 * @example
 * axisFormat([-0.02, 0], 4, "percent") // -> ".1%"
 */
export function axisFormat(
  [low, high]: readonly [number, number],
  tickCount: number,
  kind: "number" | "percent" = "number",
): string {
  const step = tickStep(low, high, tickCount) * (kind === "percent" ? 100 : 1);
  if (!(step > 0)) return kind === "percent" ? ".0%" : "~g";
  const digits = Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
  if (kind === "percent") return digits > 6 ? "~g" : `.${digits}%`;
  const largest = Math.max(Math.abs(low), Math.abs(high));
  if (largest >= 1e6) return "~s";
  return digits > 6 ? "~g" : `,.${digits}f`;
}
