import { describe, expect, it } from "vitest";
import { renderPng } from "../../src/display/render.js";
import { UnknownNameError } from "../../src/errors.js";
import { signalReport } from "../../src/report/signal/signal-report.js";
import { VEGA_LITE_VERSIONS } from "../vega-lite-versions.js";

interface Market {
  readonly dates: number;
  readonly instruments: number;
  /** Score and label of one instrument on one date; `noise()` is uniform in [−1, 1). */
  readonly row: (noise: () => number, date: number, instrument: number) => { score: number; label: number };
}

/** A made-up prediction on working days from 2010 on, the same in every run. */
function predLabel({ dates, instruments, row }: Market) {
  let state = 7;
  const noise = () => ((state = (state * 48271) % 2147483647) / 2147483647) * 2 - 1;
  const columns = { datetime: [] as Date[], instrument: [] as string[], score: [] as number[], label: [] as number[] };
  for (let d = 0; d < dates; d++) {
    for (let i = 0; i < instruments; i++) {
      const { score, label } = row(noise, d, i);
      columns.datetime.push(new Date(Date.UTC(2010, 0, 4) + (Math.floor(d / 5) * 7 + (d % 5)) * 86_400_000));
      columns.instrument.push(`I${String(i).padStart(3, "0")}`);
      columns.score.push(score);
      columns.label.push(label);
    }
  }
  return columns;
}

const useful = (noise: () => number) => {
  const score = noise();
  return { score, label: 0.02 * noise() + 0.002 * score };
};

const CASES: Readonly<Record<string, Market>> = {
  "an ordinary prediction": { dates: 300, instruments: 25, row: useful },
  "a single date": { dates: 1, instruments: 25, row: useful },
  "constant scores": { dates: 30, instruments: 10, row: (noise) => ({ score: 1, label: noise() / 50 }) },
  "labels that are all missing": { dates: 30, instruments: 10, row: (noise) => ({ score: noise(), label: NaN }) },
  "fewer instruments than buckets": { dates: 60, instruments: 3, row: useful },
  "a score that is always wrong": {
    dates: 60,
    instruments: 10,
    row: (noise) => ((score) => ({ score, label: -score / 50 }))(noise()),
  },
  "3,000 dates": { dates: 3000, instruments: 10, row: useful },
  "huge labels": {
    dates: 60,
    instruments: 10,
    row: (noise) => ((score) => ({ score, label: 1e9 * (noise() + score) }))(noise()),
  },
  "labels that only fall": {
    dates: 60,
    instruments: 10,
    row: (noise) => ((score) => ({ score, label: -0.05 + score / 100 }))(noise()),
  },
};

const SECTIONS = ["ic", "monthly-ic", "quantiles", "long-short", "distribution"];

describe.each(Object.entries(CASES))("the signal report of %s", (_, market) => {
  const report = signalReport(predLabel(market));

  it.each(VEGA_LITE_VERSIONS)("compiles without a warning in Vega-Lite $version", ({ compile }) => {
    expect(Object.fromEntries(Object.entries(report.figures).map(([name, spec]) => [name, compile(spec)]))).toEqual(
      Object.fromEntries(SECTIONS.map((name) => [name, []])),
    );
  });

  it("stays within 150 KB of JSON a figure", () => {
    for (const spec of Object.values(report.figures)) expect(JSON.stringify(spec).length).toBeLessThan(150_000);
  });

  it("says every key figure and every meaning in words, without NaN, undefined or a negative zero", () => {
    const words = [
      ...Object.values(report.facts),
      ...report.notes,
      ...report.sections.flatMap(({ meaning, text }) => [meaning, text]),
    ].join("\n");
    expect(words).not.toMatch(/NaN|undefined|null|−0(\.0+)?(?![.\d])|-\d/);
  });

  it("draws a picture of at most 120 KB for each section", async () => {
    for (const [name, spec] of Object.entries(report.figures)) {
      const { png, width, height } = await renderPng(spec);
      expect(png.length, name).toBeLessThan(120_000);
      expect(width, name).toBeGreaterThan(300);
      // A wider figure would scroll in JupyterLab on a screen of 1,600 px.
      expect(width, name).toBeLessThanOrEqual(1172);
      expect(height, name).toBeGreaterThan(80);
    }
  });
});

describe("the signal report", () => {
  const report = signalReport(predLabel(CASES["an ordinary prediction"]!));

  it("has six to eight key figures, the mean IC with its interval", () => {
    expect(Object.keys(report.facts).length).toBeGreaterThanOrEqual(6);
    expect(Object.keys(report.facts).length).toBeLessThanOrEqual(8);
    expect(report.facts["Mean IC"]).toMatch(/^−?0\.\d{4} \[−?0\.\d{4}, −?0\.\d{4}\]$/);
  });

  it("gives a section's table and figure by name, and the nearest name when there is none", () => {
    expect(report.table("ic").columnNames()).toEqual(["datetime", "ic", "rankIc"]);
    expect(report.spec("ic")).toBe(report.figures.ic);
    expect(() => report.table("monthly")).toThrow(UnknownNameError);
    expect(() => report.spec("quantile")).toThrow('did you mean "quantiles"?');
  });

  it("writes its look into every figure: the v5 schema, no embed menu, CSV on one line", () => {
    for (const spec of Object.values(report.figures)) {
      expect(spec.$schema).toBe("https://vega.github.io/schema/vega-lite/v5.json");
      expect(spec.usermeta).toEqual({ embedOptions: { actions: false } });
      expect(spec.config).toMatchObject({ background: "#ffffff" });
      expect(typeof spec.description).toBe("string");
    }
  });

  it("shows more than 1,500 days as weekly means", () => {
    const spec = JSON.stringify(signalReport(predLabel(CASES["3,000 dates"]!)).spec("ic"));
    expect(spec).toContain("IC, weekly mean");
    expect(JSON.stringify(report.spec("ic"))).not.toContain("weekly mean");
  });

  it("says how many dates have no IC and how many scores are tied", () => {
    expect(signalReport(predLabel(CASES["constant scores"]!)).notes.join("\n")).toMatch(
      /30 dates have no IC.*100% of the scores occur more than once/,
    );
  });

  it("puts warnings before everything else", () => {
    expect(
      signalReport(predLabel(CASES["a single date"]!), { warnings: ["possible leak: test overlaps train"] }).notes[0],
    ).toBe("Warning: possible leak: test overlaps train");
  });
});
