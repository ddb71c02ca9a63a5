import type { ColumnTable } from "arquero";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { averageRanks } from "../panel/average-rank.js";
import { Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";
import { dateTable } from "./date-table.js";
import { pearson } from "./pearson.js";

export interface ScoreMemoryOptions {
  /** Rows of the same instrument back. Default 1. */
  readonly lag?: number;
  /** The best and the worst of so many groups. Default 5. */
  readonly groups?: number;
  /** Default `score`. */
  readonly score?: string;
}

/**
 * How much of yesterday's ranking is still there today: rank autocorrelation, and the share of the best and of the worst group that is new.
 *
 * Compared is a score with that of the same instrument `lag` rows earlier. The autocorrelation is Pearson's between the percentile ranks
 * (average rank / count), each ranked among all that have it. Of the n rows with both, m = trunc(n / groups) are a group; a date without
 * earlier scores gives NaN.
 *
 * In Qlib: qlib.contrib.report.analysis_model.analysis_model_performance._pred_autocorr, _pred_turnover
 *
 * @returns One row per datetime: `autocorr, top, bottom`.
 * @throws InvalidArgumentError unless `lag` and `groups` are whole numbers ≥ 1.
 * @example
 * const scores = { datetime: ["2020-01-02", "2020-01-02", "2020-01-03", "2020-01-03"], instrument: ["A", "B", "A", "B"], score: [1, 2, 5, 3] };
 * scoreMemory(scores, { groups: 2 }).array("top") // -> [NaN, 1]
 */
export function scoreMemory(pred: PanelSource, options: ScoreMemoryOptions = {}): ColumnTable {
  refuseUnknownOptions("Cannot compute the memory of scores", options, ["lag", "groups", "score"]);
  const { lag = 1, groups = 5, score = "score" } = options;
  for (const [name, value] of Object.entries({ lag, groups }))
    if (!Number.isInteger(value) || value < 1)
      throw new InvalidArgumentError(
        `Cannot compare scores with earlier ones: ${name} is ${value}, a whole number ≥ 1 expected`,
      );
  const panel = Panel.from(pred);
  const scores = panel.get(score);
  const [autocorr, top, bottom] = Array.from({ length: 3 }, () => new Float64Array(panel.numDates).fill(NaN));
  /** The rows of each instrument so far. */
  const history = panel.instruments.map((): number[] => []);
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    const now = new Float64Array(to - from);
    const then = new Float64Array(to - from).fill(NaN);
    for (let row = from; row < to; row++) {
      const past = history[panel.codes[row]!]!;
      now[row - from] = scores[row]!;
      if (past.length >= lag) then[row - from] = past.at(-lag)!;
      past.push(scores[row]!);
      if (past.length > lag) past.shift();
    }
    const both = [...now.keys()].filter((i) => !Number.isNaN(now[i]!) && !Number.isNaN(then[i]!));
    const [rankNow, rankThen] = [percentRanks(now), percentRanks(then)];
    autocorr![d] = pearson(
      Float64Array.from(both, (i) => rankNow[i]!),
      Float64Array.from(both, (i) => rankThen[i]!),
    );
    const size = Math.trunc(to - from === 0 ? 0 : both.length / groups);
    if (size === 0) continue;
    top![d] = renewed(both, now, then, size, -1);
    bottom![d] = renewed(both, now, then, size, 1);
  }
  return dateTable(panel, { autocorr: autocorr!, top: top!, bottom: bottom! });
}

/** Average rank / count of what is there. */
function percentRanks(values: Float64Array): Float64Array {
  const rows = [...values.keys()].filter((i) => !Number.isNaN(values[i]!));
  const ranks = averageRanks(Float64Array.from(rows, (i) => values[i]!));
  const share = new Float64Array(values.length).fill(NaN);
  rows.forEach((row, i) => (share[row] = ranks[i]! / rows.length));
  return share;
}

/** Share of the `size` first, by score times sign, that were not among the first before. */
function renewed(rows: readonly number[], now: Float64Array, then: Float64Array, size: number, sign: 1 | -1): number {
  const first = (values: Float64Array) =>
    [...rows].sort((a, b) => sign * (values[a]! - values[b]!) || a - b).slice(0, size);
  const before = new Set(first(then));
  return 1 - first(now).filter((row) => before.has(row)).length / size;
}
