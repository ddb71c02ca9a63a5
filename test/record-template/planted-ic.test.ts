import { describe, expect, it } from "vitest";
import type { DataHandlerLPOptions } from "../../src/dataset/data-handler-lp.js";
import { SigAnaRecord } from "../../src/record-template/sig-ana-record.js";
import { SignalRecord } from "../../src/record-template/signal-record.js";
import { R } from "../../src/tracking/r.js";
import { fittedOn, ownStore } from "./small-run.js";

ownStore();

/** The whole road: market, features, processors, model, record, analysis. */
async function recordedMetrics(
  address: string,
  options?: Partial<DataHandlerLPOptions>,
): Promise<Record<string, number>> {
  const { model, dataset } = await fittedOn(address, options);
  return R.start({ experimentName: "planted-ic" }, async (recorder) => {
    await new SignalRecord({ recorder, model, dataset }).generate();
    await new SigAnaRecord({ recorder }).generate();
    return recorder.listMetrics();
  });
}

describe("the signal that was planted", () => {
  it("is found: with ic 0.08 the recorded Rank IC is positive with t > 3", async () => {
    const metrics = await recordedMetrics("synthetic://?instruments=300&days=1260&seed=7&ic=0.08");
    expect(metrics["Rank IC"]).toBeGreaterThan(0.01);
    expect(metrics["Rank IC t-stat"]).toBeGreaterThan(3);
    expect(metrics.nDates).toBeGreaterThan(450);
  });

  it.each([7, 8])(
    "is not found where none is: with ic 0 and seed %d Rank IC and IC are within 3 standard errors of 0",
    async (seed) => {
      const metrics = await recordedMetrics(`synthetic://?instruments=200&days=900&seed=${seed}&ic=0`);
      expect(Math.abs(metrics["Rank IC t-stat"]!)).toBeLessThan(3);
      expect(Math.abs(metrics["IC t-stat"]!)).toBeLessThan(3);
    },
  );

  it("a leak would be seen: one feature that looks a day ahead, and the same measure is far beyond", async () => {
    const features = ["$volume/Mean($volume, 20)", "Ref($close, -2)/$close - 1"];
    const metrics = await recordedMetrics("synthetic://?instruments=100&days=400&seed=7&ic=0", { features });
    expect(metrics["Rank IC t-stat"]).toBeGreaterThan(30);
  });
});
