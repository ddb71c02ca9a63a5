import { describe, expect, it } from "vitest";
import type { GroupedPanel } from "../../src/dataset/grouped-panel.js";
import { makeProcessor } from "../../src/dataset/make-processor.js";
import { ConfigSectionProcessor } from "../../src/dataset/processors/config-section-processor.js";
import { Panel } from "../../src/panel/panel.js";

/** One date of five instruments, a second of one. */
const grouped = (columns: Record<string, number[]>): GroupedPanel => ({
  panel: Panel.from({
    datetime: [...Array<string>(5).fill("2020-01-02"), "2020-01-03"],
    instrument: ["A", "B", "C", "D", "E", "A"],
    ...columns,
  }),
  feature: Object.keys(columns).filter((name) => !name.startsWith("LABEL")),
  label: Object.keys(columns).filter((name) => name.startsWith("LABEL")),
});
const apply = async (name: string, values: number[], options = {}) => {
  const { panel } = await new ConfigSectionProcessor(options).apply(grouped({ [name]: values }));
  return [...panel.get(name)].map((value) => Number(value.toFixed(6)));
};
const K = 0.674491; // 1 / 1.4826

describe("ConfigSectionProcessor", () => {
  it("scales by median and deviation of the date, and squeezes what lies beyond 3", async () => {
    // Median 3, deviations 2 1 0 1 97, their median 1: scores −2K, −K, 0, K, 97K; the largest becomes 3.5.
    expect(await apply("KMID", [1, 2, 3, 4, 100, 7])).toEqual([-1.348982, -K, 0, K, 3.5, 0]);
    expect((await apply("KMID", [1, 2, 3, 4, 100, 7], { clipFeatureOutlier: true }))[4]).toBe(3);
    expect((await apply("KMID", [1, 2, 3, 4, 100, 7], { shrinkFeatureOutlier: false }))[4]).toBeCloseTo(97 * K, 4);
  });

  it("straightens a family first, each column once", async () => {
    const plain = await apply("KMID", [1, 2, 3, 4, 5, 0]);
    expect(
      await apply(
        "KLEN",
        [1, 2, 3, 4, 5, 0].map((v) => v ** 4),
      ),
    ).toEqual(plain);
    expect(
      await apply(
        "KLOW2",
        [1, 2, 3, 4, 5, 0].map((v) => v ** 2),
      ),
    ).toEqual(plain);
    expect(
      await apply(
        "MAX5",
        [1, 2, 3, 4, 5, 0].map((v) => v ** 2 + 1),
      ),
    ).toEqual(plain);
    expect(
      await apply(
        "LOW0",
        [1, 2, 3, 4, 5, 0].map((v) => 1 - v ** 2),
      ),
    ).toEqual(plain);
    expect(await apply("VSTD5", [1, 2, 3, 4, 5, 0].map(Math.exp))).toEqual(plain);
    expect(await apply("CORR5", [1, 2, 3, 4, 5, 1].map(Math.log))).toEqual(plain);
    expect(await apply("WVMA5", [1, 2, 3, 4, 5, 0].map(Math.expm1))).toEqual(plain);
    expect(await apply("RSQR5", [1, 2, NaN, 4, 5, 0])).toEqual(await apply("KMID", [1, 2, 0, 4, 5, 0]));
    expect(await apply("IMAX5", [1, 2, 3, 4, 5, 0])).toEqual([1, 2, 3, 4, 5, 0]);
  });

  it("scales labels by mean and deviation of the date, and fills what is missing with 0 unless told not to", async () => {
    expect(await apply("LABEL0", [1, 2, 3, NaN, NaN, 7])).toEqual([-1, 0, 1, 0, 0, 0]);
    expect(await apply("LABEL0", [1, 2, 3, NaN, NaN, 7], { fillnaLabel: false })).toEqual([-1, 0, 1, NaN, NaN, NaN]);
    expect((await apply("KMID", [1, NaN, 3, 4, 5, 7], { fillnaFeature: false }))[1]).toBeNaN();
  });

  it("is made from Qlib's way of writing it, and HashStockFormat changes nothing", async () => {
    const made = makeProcessor({ class: "ConfigSectionProcessor", kwargs: { clip_label_outlier: true } });
    expect(made.config().kwargs).toEqual({ clipLabelOutlier: true });
    const data = grouped({ KMID: [1, 2, 3, 4, 5, 6] });
    expect(await makeProcessor("HashStockFormat").apply(data, {})).toBe(data);
  });
});
