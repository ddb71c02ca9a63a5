import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { textWidth } from "../../src/display/text-width.js";
import { axisFormat } from "../../src/report/figure/axis-format.js";
import { csvData } from "../../src/report/figure/csv-data.js";
import { pushApart } from "../../src/report/figure/end-labels.js";
import { tickStep } from "../../src/report/figure/layers.js";
import { m4 } from "../../src/report/figure/m4.js";
import { numberText, percentText, signedPercentText } from "../../src/report/figure/number-text.js";

describe("labels at the ends of lines", () => {
  it("stay where they are when there is room", () => {
    expect(pushApart([10, 40, 80], 13, [0, 100])).toEqual([10, 40, 80]);
  });

  it("are pushed apart around their middle", () => {
    expect(pushApart([50, 50], 12, [0, 100])).toEqual([44, 56]);
  });

  it("never come closer than the gap, keep their order, and stay inside where they fit", () => {
    const wanted = fc.array(fc.double({ min: -50, max: 250, noNaN: true }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(wanted, (pixels) => {
        const places = pushApart(pixels, 13, [0, 200]);
        const order = pixels.map((_, i) => i).sort((a, b) => places[a]! - places[b]!);
        for (let k = 1; k < order.length; k++) {
          expect(places[order[k]!]! - places[order[k - 1]!]!).toBeGreaterThan(13 - 1e-9);
          expect(pixels[order[k]!]!).toBeGreaterThanOrEqual(pixels[order[k - 1]!]! - 1e-9);
        }
        expect(Math.min(...places)).toBeGreaterThan(-1e-9);
        expect(Math.max(...places)).toBeLessThan(200 + 1e-9);
      }),
    );
  });
});

describe("the format of an axis", () => {
  it("has the digits of its step", () => {
    expect(axisFormat([-0.02, 0], 4, "percent")).toBe(".1%");
    expect(axisFormat([0, 3], 6, "percent")).toBe(".0%");
    expect(axisFormat([-0.2, 0.3], 5)).toBe(",.1f");
  });

  it("gives no two ticks the same label", () => {
    const range = fc.tuple(
      fc.double({ min: -10, max: 10, noNaN: true }),
      fc.double({ min: 1e-4, max: 20, noNaN: true }),
      fc.integer({ min: 2, max: 8 }),
    );
    fc.assert(
      fc.property(range, fc.constantFrom("number" as const, "percent" as const), ([low, size, count], kind) => {
        const high = low + size;
        const digits = /\.(\d+)[f%]$/.exec(axisFormat([low, high], count, kind));
        expect(digits).not.toBeNull();
        const step = tickStep(low, high, count);
        const first = Math.ceil(low / step);
        const ticks = Array.from(
          { length: Math.floor(high / step) - first + 1 },
          (_, i) => (first + i) * step * (kind === "percent" ? 100 : 1),
        );
        expect(new Set(ticks.map((tick) => tick.toFixed(Number(digits![1])))).size).toBe(ticks.length);
      }),
    );
  });
});

describe("numbers in words", () => {
  it("have a true minus, and none before zero", () => {
    expect([
      numberText(-0.25, 2),
      numberText(-0.004, 2),
      percentText(-0.0004, 1),
      signedPercentText(-0.0004, 1),
      signedPercentText(0.0004, 1),
    ]).toEqual(["−0.25", "0.00", "0.0%", "0.0%", "0.0%"]);
  });

  it("say what is missing or endless", () => {
    expect([numberText(NaN, 2), percentText(NaN, 1), numberText(Infinity, 1), percentText(-Infinity, 1)]).toEqual([
      "–",
      "–",
      "∞",
      "−∞",
    ]);
  });
});

describe("the data of a figure", () => {
  it("are one CSV text with five digits; missing is empty", () => {
    expect(csvData({ datetime: [0, 86_400_000], ic: [0.123456, NaN] })).toEqual({
      values: "datetime,ic\n1970-01-01,0.12346\n1970-01-02,",
      format: { type: "csv", parse: { datetime: "date", ic: "number" } },
    });
  });

  it("quote names and texts that would break the CSV", () => {
    expect(csvData({ 'a"b': ["x,y", 'say "no"', "two\nlines"] }).values).toBe(
      '"a""b"\n"x,y"\n"say ""no"""\n"two\nlines"',
    );
  });
});

describe("M4", () => {
  it("keeps first, last, smallest and largest of each bucket", () => {
    expect(Array.from(m4([0, 1, 2, 3, 4, 5], [0, 9, 1, 1, -9, 1], 1))).toEqual([0, 1, 4, 5]);
  });

  it("keeps ascending rows, both ends and the extremes, at most five a bucket", () => {
    const series = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 400 });
    fc.assert(
      fc.property(series, fc.integer({ min: 1, max: 40 }), (y, buckets) => {
        const rows = Array.from(
          m4(
            y.map((_, i) => i),
            y,
            buckets,
          ),
        );
        expect(rows).toEqual([...new Set(rows)].sort((a, b) => a - b));
        expect([rows[0], rows.at(-1)]).toEqual([0, y.length - 1]);
        const seen = rows.map((row) => y[row]!);
        expect([Math.min(...seen), Math.max(...seen)]).toEqual([Math.min(...y), Math.max(...y)]);
        expect(rows.length).toBeLessThanOrEqual(Math.max(4 * buckets, 5 * buckets));
      }),
    );
  });
});

describe("the width of a text", () => {
  it("grows with the size of the font", () => {
    expect(textWidth("−0.123", 22)).toBeCloseTo(2 * textWidth("−0.123", 11), 9);
    expect(textWidth("", 11)).toBe(0);
  });

  it("is larger in bold than in regular, so that titles get their room", () => {
    expect(textWidth("Information coefficient", 16, "semibold")).toBeGreaterThan(
      textWidth("Information coefficient", 16),
    );
  });
});
