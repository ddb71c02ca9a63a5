import { describe, expect, it } from "vitest";
import { coverTruth, searchNoise } from "../test/analysis/luck-noise.js";

describe("noise is seen as noise", () => {
  it("over 200 searches among strategies without skill: deflated Sharpe > 0.95 in at most 5 %, PBO 0.5 ± 0.1 on average", async () => {
    const found = await searchNoise(200, { tries: 30, days: 756, splits: 10 });
    expect(found.deflatedAbove95).toBeLessThanOrEqual(0.05);
    expect(Math.abs(found.meanPbo - 0.5)).toBeLessThanOrEqual(0.1);
  });

  it.each([0, 0.1])(
    "95 % intervals hold the truth in 93–97 % of 1,000 series of 1,000 days, autocorrelation %s",
    async (autocorrelation) => {
      const found = await coverTruth(1000, { autocorrelation });
      for (const share of Object.values(found)) {
        expect(share).toBeGreaterThanOrEqual(0.93);
        expect(share).toBeLessThanOrEqual(0.97);
      }
    },
  );
});
