import { TINY } from "./alpha158-families.js";
import { daysAgo } from "./alpha158.js";
import type { FeatureSpec } from "./feature-spec.js";

const DAYS = 60;

/**
 * The features of Alpha360: the last 60 days of close, open, high, low and vwap over today's close, then of volume over
 * today's; in Qlib's order, oldest day first. For models that find their own patterns in raw series.
 *
 * In Qlib: qlib.contrib.data.loader.Alpha360DL.get_feature_config
 *
 * @example
 * alpha360Features().length // -> 360
 * alpha360Features()[0] // -> { name: "CLOSE59", expression: "Ref($close, 59)/$close" }
 */
export function alpha360Features(): FeatureSpec[] {
  const days = Array.from({ length: DAYS }, (_, i) => DAYS - 1 - i);
  const series = (field: string, divisor: string): FeatureSpec[] =>
    days.map((d) => ({
      name: `${field.toUpperCase()}${d}`,
      expression: `${daysAgo(`$${field}`, d)}/${divisor}`,
    }));
  return [
    ...["close", "open", "high", "low", "vwap"].flatMap((field) => series(field, "$close")),
    ...series("volume", `($volume+${TINY})`),
  ];
}
