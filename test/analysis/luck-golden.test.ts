import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { deflatedSharpe, expectedMaxSharpe, trialsOf } from "../../src/analysis/luck/deflated-sharpe.js";
import { probabilityOfOverfitting } from "../../src/analysis/luck/overfitting.js";
import { minTrackRecordLength, probabilisticSharpe, sharpeFacts } from "../../src/analysis/luck/sharpe-odds.js";
import { itGolden, sharedPath } from "../shared.js";
import { csvRows } from "./csv-rows.js";

interface Moments {
  skew: number;
  kurtosis_raw: number;
  psr_0: number;
  psr_annual_1: number;
  dsr: number;
  min_track_record_95_vs_0: number | null;
}
interface Facts {
  sharpe_per_period: number[];
  best: number;
  sharpe_std_ddof1: number;
  expected_max_sharpe: number;
  best_strategy: { biased_moments: Moments; unbiased_moments: Moments };
  strategy_0: { biased_moments: Moments; unbiased_moments: Moments };
  last_strategy: { biased_moments: Moments; unbiased_moments: Moments };
  cscv: {
    splits: number;
    rows_used: number;
    combinations: number;
    pbo_logit_le_0: number;
    logits_equal_0: number;
    is_sharpe_mean: number;
    oos_sharpe_mean: number;
    probability_of_loss_oos_lt_0: number;
    degradation_slope: number;
    degradation_intercept: number;
    degradation_r2: number;
    chosen_counts: number[];
    first_logits: number[];
  }[];
}

function load(folder: string) {
  const facts = JSON.parse(readFileSync(sharedPath("golden", "stats", folder, "facts.json"), "utf8")) as Facts;
  const rows = csvRows(readFileSync(sharedPath("golden", "stats", folder, "returns.csv"), "utf8"));
  const names = Object.keys(rows[0]!).filter((name) => !["name", "day", "date"].includes(name));
  const returns = Object.fromEntries(names.map((name) => [name, Float64Array.from(rows, (row) => Number(row[name]))]));
  return { facts, returns, columns: names.map((name) => returns[name]!) };
}
const near = (actual: number, expected: number | null) =>
  expect(Math.abs(actual - expected!)).toBeLessThanOrEqual(1e-9 * Math.max(1, Math.abs(expected!)));

describe.each(["overfit-40", "overfit-9-odd"])("the strategies of %s", (folder) => {
  itGolden("have the Sharpe odds of the papers, with both conventions of moments", () => {
    const { facts, columns } = load(folder);
    const sharpes = columns.map((column) => sharpeFacts(column).sharpe);
    sharpes.forEach((sharpe, k) => near(sharpe, facts.sharpe_per_period[k]!));
    const trials = trialsOf(sharpes);
    near(trials.sharpeStd, facts.sharpe_std_ddof1);
    near(expectedMaxSharpe(trials), facts.expected_max_sharpe);
    const picks = [
      [columns[facts.best]!, facts.best_strategy],
      [columns[0]!, facts.strategy_0],
      [columns.at(-1)!, facts.last_strategy],
    ] as const;
    for (const [column, golden] of picks) {
      for (const moments of ["biased", "unbiased"] as const) {
        const wanted = golden[`${moments}_moments`];
        const sample = deflatedSharpe(column, { trials, moments });
        near(sample.skew, wanted.skew);
        near(sample.kurtosis, wanted.kurtosis_raw);
        near(sample.deflated, wanted.dsr);
        near(probabilisticSharpe(column, { moments }), wanted.psr_0);
        near(probabilisticSharpe(column, { moments, threshold: 1 / Math.sqrt(252) }), wanted.psr_annual_1);
        const length = minTrackRecordLength(column, { moments });
        if (wanted.min_track_record_95_vs_0 === null) expect(length).toBe(Infinity);
        else near(length, wanted.min_track_record_95_vs_0);
      }
    }
  });

  itGolden("have the probability of overfitting that the paper's rules give", async () => {
    const { facts, returns, columns } = load(folder);
    for (const golden of facts.cscv) {
      const found = await probabilityOfOverfitting(returns, { splits: golden.splits });
      expect([found.logits.length, found.days, found.days + found.remainder, found.middle]).toEqual([
        golden.combinations,
        golden.rows_used,
        columns[0]!.length,
        golden.logits_equal_0,
      ]);
      near(found.pbo, golden.pbo_logit_le_0);
      near(found.inSample.reduce((a, b) => a + b) / found.logits.length, golden.is_sharpe_mean);
      near(found.outOfSample.reduce((a, b) => a + b) / found.logits.length, golden.oos_sharpe_mean);
      near(found.probabilityOfLoss, golden.probability_of_loss_oos_lt_0);
      near(found.degradation.slope, golden.degradation_slope);
      near(found.degradation.intercept, golden.degradation_intercept);
      near(found.degradation.r2, golden.degradation_r2);
      expect(Object.values(found.chosen)).toEqual(golden.chosen_counts);
      golden.first_logits.forEach((logit, k) => near(found.logits[k]!, logit));
    }
  });
});
