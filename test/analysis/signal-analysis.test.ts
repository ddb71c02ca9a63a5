import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { calcIc } from "../../src/analysis/ic.js";
import { joinPredLabel } from "../../src/analysis/join-pred-label.js";
import { calcLongShortPrec } from "../../src/analysis/long-short-prec.js";
import { calcLongShortReturn } from "../../src/analysis/long-short-return.js";
import { mean, std } from "../../src/analysis/moments.js";
import { predAutocorr } from "../../src/analysis/pred-autocorr.js";
import { getEngine } from "../../src/engine/engine.js";
import { Panel } from "../../src/panel/panel.js";
import { InvalidArgumentError } from "../../src/errors.js";
import { itGolden, sharedPath } from "../shared.js";
import { FOUR_DATES, formulaTables, values } from "./vectors.js";

function expectClose(actual: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(actual.length).toBe(expected.length);
  for (let i = 0; i < expected.length; i++) {
    const ok = Number.isNaN(expected[i]!) ? Number.isNaN(actual[i]!) : Math.abs(actual[i]! - expected[i]!) <= tolerance;
    if (!ok) throw new Error(`value ${i} is ${actual[i]}, ${expected[i]} expected`);
  }
}

describe("four dates worked by the reference", () => {
  const ic = calcIc(FOUR_DATES);
  it.each<[string, number[], number[]]>([
    ["ic", values(ic, "ic"), [0.957427107756338, 0.957435994669145, -0.555368107600499, NaN]],
    ["rank ic", values(ic, "rankIc"), [0.974679434480896, 0.948683298050514, -0.6, NaN]],
    ["long-short, a fifth", values(calcLongShortReturn(FOUR_DATES), "longShort"), [0.025, NaN, -0.01, 0]],
    [
      "long-short, two fifths",
      values(calcLongShortReturn(FOUR_DATES, { quantile: 0.4 }), "longShort"),
      [0.015, 0.02, -0.015, 0],
    ],
    [
      "long-short of complete rows",
      values(calcLongShortReturn(FOUR_DATES, { quantile: 0.4, dropna: true }), "longShort"),
      [0.015, 0.025, -0.01, 0],
    ],
    ["average", values(calcLongShortReturn(FOUR_DATES), "longAvg"), [0.006, -0.0025, 0.01, 0.01]],
    [
      "average of complete rows",
      values(calcLongShortReturn(FOUR_DATES, { dropna: true }), "longAvg"),
      [0.006, -0.0025, 0, 0.01],
    ],
    ["long precision", values(calcLongShortPrec(FOUR_DATES, { quantile: 0.4 }), "longPrecision"), [1, 1, 0, 1]],
    ["short precision", values(calcLongShortPrec(FOUR_DATES, { quantile: 0.4 }), "shortPrecision"), [0.5, 1, 0, 0]],
    [
      "long precision against the average",
      values(calcLongShortPrec(FOUR_DATES, { quantile: 0.4, isAlpha: true }), "longPrecision"),
      [1, 1, 0, 0.5],
    ],
    [
      "autocorrelation",
      values(predAutocorr(FOUR_DATES), "autocorr"),
      [NaN, -0.053300179088902624, 0.06713103546057239, NaN],
    ],
  ])("%s", (_, actual, expected) => expectClose(actual, expected, 1e-12));

  it("sums up to the reference's metrics", () => {
    const [ics, ranks] = [values(ic, "ic"), values(ic, "rankIc")];
    const both = calcLongShortReturn(FOUR_DATES, { quantile: 0.4 });
    const [longShort, longAvg] = [values(both, "longShort"), values(both, "longAvg")];
    expectClose([mean(ics), mean(ics) / std(ics)], [0.45316499827, 0.51884252924], 1e-10);
    expectClose([mean(ranks), mean(ranks) / std(ranks)], [0.44112091084, 0.48919354852], 1e-10);
    const sharpe = (returns: number[]) => (mean(returns) / std(returns)) * Math.sqrt(252);
    expectClose(
      [mean(longShort) * 252, sharpe(longShort), mean(longAvg) * 252, sharpe(longAvg)],
      [1.26, 5.0199601592, 1.4805, 15.82562826235],
      1e-10,
    );
  });

  it("refuses a precision whose sets would be single instruments", () => {
    expect(() => calcLongShortPrec(FOUR_DATES, { quantile: 0.2 })).toThrow(InvalidArgumentError);
    expect(() => calcLongShortPrec(FOUR_DATES, { quantile: 0.2 })).toThrow(
      "5 instruments are too few for quantile 0.2",
    );
  });

  it.each([0, -0.1, 1.5, NaN])("refuses the quantile %d", (quantile) => {
    expect(() => calcLongShortReturn(FOUR_DATES, { quantile })).toThrow("a share in (0, 1] expected");
  });

  it("drops only dates on which both figures are missing", () => {
    expect(values(calcIc(FOUR_DATES, { dropna: true }), "datetime").map(Number)).toEqual(
      ["2024-01-02", "2024-01-03", "2024-01-04"].map((date) => Date.parse(date)),
    );
  });
});

describe("the formula panel", () => {
  const { pred, label } = formulaTables();
  const caseA = joinPredLabel(pred, label);
  // B: a missing score, a missing label, a label row that is not there.
  const caseB = joinPredLabel(
    { ...pred, score: pred.score.map((score, row) => (row === 0 ? NaN : score)) },
    Object.fromEntries(
      Object.entries({ ...label, LABEL0: label.LABEL0.map((value, row) => (row === 3 ? NaN : value)) }).map(
        ([name, column]) => [name, column.slice(0, -1)],
      ),
    ),
  );

  it("A: IC, Rank IC, long-short, precision", () => {
    const ic = calcIc(caseA);
    expectClose(values(ic, "ic"), [0.01623282511858912, 0.07181895714065416, 0.017321374166049872], 1e-12);
    expectClose(values(ic, "rankIc"), [0.012232930723626228, 0.07339758434175737, 0.012232930723626228], 1e-12);
    expectClose(
      [mean(values(ic, "ic")), mean(values(ic, "ic")) / std(values(ic, "ic"))],
      [0.03512438547509771, 1.1051280237161492],
      1e-12,
    );
    expectClose(
      [mean(values(ic, "rankIc")), mean(values(ic, "rankIc")) / std(values(ic, "rankIc"))],
      [0.032621148596336615, 0.9237604307034013],
      1e-12,
    );
    const both = calcLongShortReturn(caseA);
    expectClose(values(both, "longShort"), [0.0075, 0.0075, 0.0075], 1e-12);
    expectClose(values(both, "longAvg"), [0, -0.002, -0.004], 1e-12);
    const longAvg = values(both, "longAvg");
    expectClose(
      [mean(longAvg) * 252, (mean(longAvg) / std(longAvg)) * Math.sqrt(252)],
      [-0.504, -15.874507866387544],
      1e-12,
    );
    const precision = calcLongShortPrec(caseA, { isAlpha: true });
    expectClose(values(precision, "longPrecision"), [0.5, 0.5, 0.5], 0);
    expectClose(values(precision, "shortPrecision"), [1, 1, 1], 0);
  });

  it("B: with missing values and a missing row", () => {
    expect(caseB.numRows).toBe(30);
    const ic = calcIc(caseB);
    expectClose(values(ic, "ic"), [-0.529256124024963, 0.07181895714065416, 0.31515761822352373], 1e-12);
    expectClose(values(ic, "rankIc"), [-0.554257096618662, 0.07339758434175737, 0.3193390065900868], 1e-12);
    const icir = (name: string) => mean(values(ic, name)) / std(values(ic, name));
    expectClose([icir("ic"), icir("rankIc")], [-0.10911350717127737, -0.11951662954724415], 1e-12);
    const both = calcLongShortReturn(caseB);
    const [longShort, longAvg] = [values(both, "longShort"), values(both, "longAvg")];
    expectClose(longShort, [-0.0075, 0.0075, 0.02], 1e-12);
    expectClose(longAvg, [0.0011111111111111113, -0.002, -0.0011111111111111111], 1e-12);
    const sharpe = (returns: number[]) => (mean(returns) / std(returns)) * Math.sqrt(252);
    expectClose(
      [mean(longShort) * 252, sharpe(longShort), mean(longAvg) * 252, sharpe(longAvg)],
      [1.68, 7.6861513826441845, -0.168, -6.604194471348083],
      1e-12,
    );
    expectClose([mean(longShort), mean(longShort) / std(longShort)], [0.006666666666666667, 0.484182026135042], 1e-12);
  });
});

describe("the exported prediction of a real model", () => {
  const csv = (name: string) => {
    const [header, ...lines] = readFileSync(sharedPath("golden", name), "utf8")
      .trim()
      .split("\n")
      .map((line) => line.split(","));
    return (column: string) =>
      lines.map((line) => (line[header!.indexOf(column)] === "" ? NaN : Number(line[header!.indexOf(column)])));
  };
  const dates = (name: string) =>
    readFileSync(sharedPath("golden", name), "utf8")
      .trim()
      .split("\n")
      .slice(1)
      .map((line) => line.slice(0, 10));
  const load = async () =>
    Panel.from(await (await getEngine()).readParquet(sharedPath("golden", "pred_linear.parquet")));

  itGolden("daily IC and Rank IC agree to 1e-9, long-short to 1e-6 of their size", async () => {
    const panel = await load();
    const daily = csv("linear-ridge-daily.csv");
    const ic = calcIc(panel);
    expectClose(values(ic, "ic"), daily("ic"), 1e-9);
    expectClose(values(ic, "rankIc"), daily("rank_ic"), 1e-9);
    const both = calcLongShortReturn(panel);
    expectClose(values(both, "longShort"), daily("long_short"), 1e-8);
    expectClose(values(both, "longAvg"), daily("long_avg"), 1e-8);
    for (const found of [ic, both])
      expect((found.array("datetime") as Date[]).map((at) => new Date(at).toISOString().slice(0, 10))).toEqual(
        dates("linear-ridge-daily.csv"),
      );
  });

  itGolden("the metrics of all its dates are those that were logged", async () => {
    const { models } = JSON.parse(readFileSync(sharedPath("golden", "linear.json"), "utf8")) as {
      models: { ridge: { metrics: Record<string, number> } };
    };
    const panel = await load();
    const [ic, both] = [calcIc(panel), calcLongShortReturn(panel)];
    const [ics, ranks] = [values(ic, "ic"), values(ic, "rankIc")];
    const [longShort, longAvg] = [values(both, "longShort"), values(both, "longAvg")];
    const sharpe = (returns: number[]) => (mean(returns) / std(returns)) * Math.sqrt(252);
    const found: Record<string, readonly [value: number, tolerance: number]> = {
      IC: [mean(ics), 1e-9],
      ICIR: [mean(ics) / std(ics), 1e-9],
      "Rank IC": [mean(ranks), 1e-9],
      "Rank ICIR": [mean(ranks) / std(ranks), 1e-9],
      "Long-Short Ann Return": [mean(longShort) * 252, 1e-6],
      "Long-Short Ann Sharpe": [sharpe(longShort), 1e-6],
      "Long-Avg Ann Return": [mean(longAvg) * 252, 1e-6],
      "Long-Avg Ann Sharpe": [sharpe(longAvg), 1e-6],
    };
    expect(Object.keys(found).sort()).toEqual(Object.keys(models.ridge.metrics).sort());
    for (const [name, [value, tolerance]] of Object.entries(found))
      expect(Math.abs(value / models.ridge.metrics[name]! - 1), name).toBeLessThan(tolerance);
  });

  itGolden("long-short of complete rows, precision and autocorrelation agree", async () => {
    const panel = await load();
    const daily = csv("signal-extra-daily.csv");
    const complete = calcLongShortReturn(panel, { dropna: true });
    expectClose(values(complete, "longShort"), daily("long_short_dropna"), 1e-8);
    expectClose(values(complete, "longAvg"), daily("long_avg_dropna"), 1e-8);
    for (const isAlpha of [false, true]) {
      const precision = calcLongShortPrec(panel, { isAlpha });
      expectClose(values(precision, "longPrecision"), daily(isAlpha ? "long_prec_alpha" : "long_prec"), 1e-9);
      expectClose(values(precision, "shortPrecision"), daily(isAlpha ? "short_prec_alpha" : "short_prec"), 1e-9);
    }
    for (const lag of [1, 5])
      expectClose(values(predAutocorr(panel, { lag }), "autocorr"), daily(`autocorr_lag${lag}`), 1e-9);
  });
});
