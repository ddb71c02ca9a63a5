/** The minus that has the width of a plus; figures and tables use it throughout. */
export const MINUS = "\u2212";

/**
 * A number with fixed digits, a true minus sign and no negative zero; "–" when it is missing.
 * @example
 * numberText(-0.0004, 3) // -> "0.000"
 */
export function numberText(value: number, digits: number): string {
  if (Number.isNaN(value)) return "–";
  if (!Number.isFinite(value)) return value > 0 ? "∞" : `${MINUS}∞`;
  const text = Math.abs(value).toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
  return value < 0 && /[1-9]/.test(text) ? `${MINUS}${text}` : text;
}

/** A share as per cent: 0.123 → `12.3%`. */
export function percentText(value: number, digits: number): string {
  return Number.isFinite(value) ? `${numberText(value * 100, digits)}%` : numberText(value, digits);
}

/** As {@link percentText} with a plus in front of what is above zero. */
export function signedPercentText(value: number, digits: number): string {
  const text = percentText(value, digits);
  return value > 0 && /[1-9]/.test(text) ? `+${text}` : text;
}
