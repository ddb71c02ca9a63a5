import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { Alpha158 } from "../../src/dataset/alpha158.js";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import { LGBModel, type LGBModelOptions } from "../../src/model/lgb-model.js";
import { itData, itGolden, sharedPath } from "../shared.js";
import { datasetOfPanels, formulaPanel } from "./datasets.js";

const MINUTES = 60_000;
/** Of the published 70, which all agree; as many as a test run has time for. */
const ROUNDS = 20;
const golden = <T>(file: string): T => JSON.parse(readFileSync(sharedPath("golden", file), "utf8")) as T;

interface Synthetic {
  readonly settings: Record<string, unknown> & { readonly rounds: number; readonly qlib: Record<string, number | boolean> };
  readonly results: Record<string, { readonly unseen_mse: number; readonly train_mse: number; readonly mean_leaves: number }>;
}
interface Curve {
  readonly runs: Record<
    string,
    { readonly kwargs: LGBModelOptions; readonly l2_by_round: Record<"train" | "valid", Record<string, number>> }
  >;
}

describe("trees beside LightGBM's", () => {
  for (const [name, unregularised] of [
    ["qlib", {}],
    ["no_regularisation", { lambda_l1: 0, lambda_l2: 0 }],
  ] as const) {
    itGolden(
      `${name}: 100 rounds on the matrix of a formula, unseen error within 1e-3`,
      async () => {
        const { settings, results } = golden<Synthetic>("gbdt-synthetic.json");
        const { boost_from_average: fromAverage, ...kwargs } = settings.qlib;
        expect(fromAverage).toBe(true);
        const model = new LGBModel({
          ...(kwargs as LGBModelOptions),
          ...unregularised,
          numBoostRound: settings.rounds,
          earlyStoppingRounds: 0,
        });
        const dataset = datasetOfPanels({
          train: formulaPanel(200_000, 158, 1),
          test: formulaPanel(50_000, 158, 7_777_777),
        });
        await model.fit(dataset);
        const label = (await dataset.prepare("test")).get("y");
        const score = Float64Array.from((await model.predict(dataset)).get("score"));
        const mse = score.reduce((sum, s, i) => sum + (s - label[i]!) ** 2, 0) / score.length;
        const { unseen_mse, train_mse } = results[name]!;
        expect(Math.abs(mse - unseen_mse)).toBeLessThan(1e-3);
        expect(Math.abs(model.evalsResult.train!.l2!.at(-1)! - train_mse)).toBeLessThan(1e-3);
      },
      5 * MINUTES,
    );
  }

  itData(
    "the loss by round on Alpha158 of 534 stocks is LightGBM's to 3e-4",
    async () => {
      const { kwargs, l2_by_round: expected } = golden<Curve>("gbdt.json").runs["lr0.0421"]!;
      const { profile } = golden<{ profile: { segments: Record<string, [string, string]> } }>("linear.json");
      const { train, valid } = profile.segments;
      const handler = new Alpha158({
        market: await openMarket(sharedPath("data", "us_stocks_daily.parquet")),
        startTime: train![0],
        endTime: valid![1],
        fitStartTime: train![0],
        fitEndTime: train![1],
        inferProcessors: [],
        learnProcessors: ["DropnaLabel", { class: "CSZScoreNorm", kwargs: { fields_group: "label" } }],
        dropRaw: true,
      });
      const model = new LGBModel(kwargs);
      await model.fit(new DatasetH({ handler, segments: { train: train!, valid: valid! } }), { numBoostRound: ROUNDS });
      for (const segment of ["train", "valid"] as const) {
        for (const [round, l2] of Object.entries(expected[segment])) {
          if (Number(round) > ROUNDS) continue;
          const ours = model.evalsResult[segment]!.l2![Number(round) - 1]!;
          expect(Math.abs(ours - l2), `${segment}, round ${round}: ${ours} beside ${l2}`).toBeLessThan(3e-4);
        }
      }
    },
    15 * MINUTES,
  );
});
