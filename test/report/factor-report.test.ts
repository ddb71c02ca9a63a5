import { describe, expect, it } from "vitest";
import { renderPng } from "../../src/display/render.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { signalReport } from "../../src/report/signal/signal-report.js";
import { VEGA_LITE_VERSIONS } from "../vega-lite-versions.js";
import { noise, workingDay } from "./portfolio/report-tables.js";

const NAMES = Array.from({ length: 30 }, (_, i) => `N${String(i).padStart(2, "0")}`);
const DAYS = 160;

/** Prices whose next return leans towards yesterday's factor; the factor leans on the size. */
function market() {
  const draw = noise(11);
  const factor = { datetime: [] as Date[], instrument: [] as string[], value: [] as number[], size: [] as number[] };
  const prices = { datetime: [] as Date[], instrument: [] as string[], close: [] as number[] };
  const close = NAMES.map(() => 100);
  const last = NAMES.map(() => 0);
  for (let d = 0; d < DAYS; d++)
    NAMES.forEach((instrument, i) => {
      close[i]! *= 1 + 0.02 * draw() + 0.004 * last[i]!;
      const datetime = new Date(workingDay(d));
      const size = i / NAMES.length;
      last[i] = draw();
      factor.datetime.push(datetime);
      factor.instrument.push(instrument);
      factor.value.push(last[i]! + 2 * size);
      factor.size.push(size);
      prices.datetime.push(datetime);
      prices.instrument.push(instrument);
      prices.close.push(close[i]!);
    });
  return { factor, prices };
}
const { factor, prices } = market();
const sectors = Object.fromEntries(NAMES.map((name, i) => [name, i % 3 === 0 ? "odd" : "even"]));

describe("the report of a factor without a model", async () => {
  const report = await signalReport(factor, prices, {
    horizons: [1, 5],
    quantiles: 3,
    groups: sectors,
    neutralize: { factors: ["size"] },
    events: { datetime: factor.datetime.slice(600, 640), instrument: factor.instrument.slice(600, 640), before: 3, after: 5 },
  });

  it("has a section for each question", () => {
    expect(report.sections.map(({ name }) => name)).toEqual([
      "horizons",
      "neutralization",
      "ic",
      "monthly-ic",
      "distribution",
      "quantile-returns",
      "cumulative",
      "turnover",
      "groups",
      "events",
      "scores",
    ]);
  });

  it("finds the planted factor at one step, and not the size that was taken out", () => {
    const horizons = report.table("horizons");
    expect(horizons.get("mean", 0)).toBeGreaterThan(0.1);
    const effect = report.table("neutralization").objects() as { against: string; before: number; after: number }[];
    const size = effect.find(({ against }) => against === "size")!;
    expect(size.before).toBeGreaterThan(0.5);
    expect(Math.abs(size.after)).toBeLessThan(1e-10);
  });

  it("counts what it used", () => {
    // The last five dates have no return over five steps.
    expect(report.notes[0]).toContain(`${(30 * (DAYS - 5)).toLocaleString("en-US")} of 4,800 rows`);
    expect(report.notes[0]).toContain("150 lack a return");
  });

  it.each(VEGA_LITE_VERSIONS)("compiles without a warning in Vega-Lite $version", ({ compile }) => {
    for (const [name, spec] of Object.entries(report.figures)) expect(compile(spec), name).toEqual([]);
  });

  it("keeps to the size of a figure, and speaks without NaN", async () => {
    const words = [...Object.values(report.facts), ...report.notes, ...report.sections.map(({ text }) => text)].join("\n");
    expect(words).not.toMatch(/NaN|undefined|null/);
    for (const [name, spec] of Object.entries(report.figures)) {
      expect(JSON.stringify(spec).length, name).toBeLessThan(150_000);
      const { png, width } = await renderPng(spec);
      expect(png.length, name).toBeLessThan(120_000);
      expect(width, name).toBeLessThanOrEqual(1172);
    }
  }, 30_000);

  it("says when factor and prices do not meet, and which column is missing", async () => {
    const elsewhere = { ...prices, datetime: prices.datetime.map((day) => new Date(Number(day) + 3650 * 86_400_000)) };
    await expect(signalReport(factor, elsewhere)).rejects.toThrow(InvalidArgumentError);
    await expect(signalReport(factor, prices, { price: "open" })).rejects.toThrow(UnknownNameError);
    await expect(signalReport(factor, prices, { score: "valeu" })).rejects.toThrow('did you mean "value"?');
  });
});
