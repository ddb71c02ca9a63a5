import type { EnhancedIndexingOutcome } from "./enhanced-indexing-optimizer.js";
import type { Order } from "./order.js";

/** What an {@link EnhancedIndexingStrategy} met in one back-test. */
export interface EnhancedIndexingDays {
  /** Calendar index of the last one. */
  last: number;
  count: number;
  /** With a risk model of an earlier date. */
  stale: number;
  /** On which the solver gave up on the way. */
  failures: number;
  /** Sum over days of the benchmark's weight that the risk model does not know. */
  uncovered: number;
  readonly outcomes: Record<EnhancedIndexingOutcome, number>;
  /** Counts a day that has no orders. */
  without(what: string): Order[];
  /** A sentence for each thing that did not go as asked for. */
  notes(delta: number | null): string[];
}

/** Before the first day. */
export function noDays(): EnhancedIndexingDays {
  const missing = new Map<string, number>();
  return {
    last: -Infinity,
    count: 0,
    stale: 0,
    failures: 0,
    uncovered: 0,
    outcomes: { optimal: 0, "without turnover limit": 0, kept: 0 },
    without(what) {
      missing.set(what, (missing.get(what) ?? 0) + 1);
      return [];
    },
    notes(delta) {
      const { count, stale, failures, outcomes, uncovered } = this;
      const decided = outcomes.optimal + outcomes["without turnover limit"] + outcomes.kept;
      const relaxed = outcomes["without turnover limit"];
      return [
        ...Array.from(missing, ([what, days]) => `${days} of ${count} days without ${what} had no orders`),
        ...(relaxed
          ? [`on ${relaxed} of ${decided} days no weights met the turnover limit ${delta} and it was dropped`]
          : []),
        ...(outcomes.kept ? [`on ${outcomes.kept} of ${decided} days no weights met the limits and all was kept`] : []),
        ...(failures ? [`on ${failures} of ${decided} days the solver gave up on the way`] : []),
        ...(stale ? [`on ${stale} of ${decided} days the risk model was that of an earlier date`] : []),
        ...(uncovered / decided > 1e-6
          ? [
              `${((100 * uncovered) / decided).toFixed(2)} % of the benchmark's weight is in instruments the risk model does not know`,
            ]
          : []),
      ].map((note) => `enhanced indexing: ${note}`);
    },
  };
}
