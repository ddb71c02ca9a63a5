import { table } from "arquero";
import { describe, expect, it } from "vitest";
import { featureImportanceFigure } from "../../src/report/model/feature-importance.js";
import { modelReport } from "../../src/report/model/model-report.js";
import { trainingCurve } from "../../src/report/model/training-curve.js";

interface Panel {
  readonly layer: readonly {
    readonly data: { readonly values: unknown };
    readonly mark?: { readonly type: string; readonly dy?: number };
    readonly encoding?: { readonly y?: { readonly scale: { readonly domain: readonly number[] } } };
  }[];
}

describe("the training curve", () => {
  const values = { train: { l2: [1, 0.99987654, 0.9], ic: [0, 0.1, 0.2] }, valid: { l2: [1, 0.95, 0.97], ic: [0, 0.05, 0.04] } };

  it("has a panel for each metric, a line for each segment, and marks the best round", () => {
    const panels = trainingCurve(values, { bestRound: 2 }).vconcat as readonly Panel[];
    expect(panels).toHaveLength(2);
    const lines = panels[0]!.layer.filter(({ mark }) => mark?.type === "line");
    expect(lines.map(({ data }) => data.values)).toEqual([
      "round,value\n1,1\n2,0.99987654\n3,0.9",
      "round,value\n1,1\n2,0.95\n3,0.97",
    ]);
    expect(panels[0]!.layer[0]!.data.values).toEqual([{ round: 2, text: "best 2" }]);
    const [low, high] = lines[0]!.encoding!.y!.scale.domain as [number, number];
    expect([low <= 0.9, high >= 1]).toEqual([true, true]);
  });

  it("draws one round, equal values and missing ones without an endless axis", () => {
    const panels = trainingCurve({ train: { l2: [0.5] }, valid: { l2: [NaN] } }).vconcat as readonly Panel[];
    const line = panels[0]!.layer.find(({ mark }) => mark?.type === "line")!;
    const [low, high] = line.encoding!.y!.scale.domain as [number, number];
    expect(low).toBeLessThan(0.5);
    expect(high).toBeGreaterThan(0.5);
    expect(Number.isFinite(high - low)).toBe(true);
  });

  it("thins long trainings: a thousand rounds stay below 40 KB", () => {
    const list = Array.from({ length: 5000 }, (_, i) => 1 / (i + 1) + 0.001 * Math.sin(i * 7));
    expect(JSON.stringify(trainingCurve({ train: { l2: list }, valid: { l2: list } })).length).toBeLessThan(40_000);
  });
});

describe("the importance of features", () => {
  it("shows the twenty largest as shares of the whole gain", () => {
    const feature = Array.from({ length: 30 }, (_, i) => `F${i}`);
    const gain = feature.map((_, i) => 30 - i);
    const spec = featureImportanceFigure({ feature, gain, split: gain }) as unknown as {
      data: { values: { feature: string; share: number; text: string }[] };
    };
    expect(spec.data.values).toHaveLength(20);
    expect(spec.data.values[0]).toEqual({ feature: "F0", share: Number((30 / 465).toPrecision(5)), text: "30 splits" });
  });
});

it("the report has both with their tables, and says in words what they show", () => {
  const report = modelReport({
    ...{ title: "LGBModel", facts: { rows: 10 }, notes: [], bestRound: 1 },
    evalsResult: { train: { l2: [0.5, 0.4] }, valid: { l2: [0.5, 0.6] } },
    trainingLog: table({ round: [1, 2], "l2.train": [0.5, 0.4], "l2.valid": [0.5, 0.6] }),
    importance: table({ feature: ["a", "b"], gain: [3, 0], split: [2, 0] }),
  });
  expect(report.sections.map(({ name }) => name)).toEqual(["training", "importance"]);
  expect(report.section("training").text).toBe("2 rounds, best 1 · l2.train 0.50000 · l2.valid 0.50000");
  expect(report.section("importance").text).toBe("1 of 2 features split a tree · most gain: a, b");
  expect(report.table("training").numRows()).toBe(2);
});
