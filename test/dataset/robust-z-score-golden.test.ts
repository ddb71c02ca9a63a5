import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { DataHandlerLP } from "../../src/dataset/data-handler-lp.js";
import { itData, sharedPath } from "../shared.js";

/** Some of Alpha158's features, those that need only the operators every market has. */
const FEATURES = {
  KMID: "($close-$open)/$open",
  KLEN: "($high-$low)/$open",
  KMID2: "($close-$open)/($high-$low+1e-12)",
  OPEN0: "$open/$close",
  HIGH0: "$high/$close",
  ROC5: "Ref($close, 5)/$close",
  MA20: "Mean($close, 20)/$close",
  STD60: "Std($close, 60)/$close",
  MAX10: "Max($high, 10)/$close",
  RANK30: "Rank($close, 30)",
  VMA5: "Mean($volume, 5)/($volume+1e-12)",
};

describe("RobustZScoreNorm on real prices", () => {
  itData("learns the medians and scales that Qlib learnt, to 1e-4", async () => {
    const market = await openMarket(sharedPath("data", "us_stocks_daily.parquet"));
    const handler = new DataHandlerLP({
      market,
      features: Object.entries(FEATURES).map(([name, expression]) => ({ name, expression })),
      inferProcessors: [
        {
          class: "RobustZScoreNorm",
          kwargs: { fields_group: "feature", fit_start_time: "2008-01-01", fit_end_time: "2013-12-31" },
        },
      ],
      startTime: "2008-01-01",
      endTime: "2013-12-31",
    });
    const { center, scale } = (await handler.fitted()).infer[0] as Record<"center" | "scale", Record<string, number>>;
    const golden = new Map(
      readFileSync(sharedPath("golden", "robust-zscore.csv"), "utf8")
        .trim()
        .split("\n")
        .slice(1)
        .map((line) => line.split(","))
        .map(([name, ...numbers]) => [name!, numbers.map(Number)]),
    );
    for (const name of Object.keys(FEATURES)) {
      const [median, deviation] = golden.get(name)!;
      // Some medians lie near 0: their error is measured against the scale.
      expect(
        Math.abs(center[name]! - median!) / Math.max(Math.abs(median!), deviation!),
        `${name} median`,
      ).toBeLessThan(1e-4);
      expect(Math.abs(scale[name]! - deviation!) / deviation!, `${name} scale`).toBeLessThan(1e-4);
    }
  });
});
