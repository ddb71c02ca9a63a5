import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Panel } from "../../src/panel/panel.js";
import { portfolioReport } from "../../src/report/portfolio/portfolio-report.js";
import type { VegaLiteSpec } from "../../src/report/report.js";
import { signalReport } from "../../src/report/signal/signal-report.js";

const folder = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "golden", "report");

/** Forty days of twelve instruments whose score knows a little; no random numbers, the same everywhere. */
function predLabel(): Panel {
  const rows = Array.from({ length: 40 * 12 }, (_, i) => ({ d: Math.floor(i / 12), k: i % 12 }));
  return Panel.from({
    datetime: rows.map(({ d }) => Date.UTC(2024, 0, 2) + d * 86_400_000),
    instrument: rows.map(({ k }) => `S${String(k).padStart(2, "0")}`),
    score: rows.map(({ d, k }) => ((7 * k + 3 * d) % 12) / 12),
    label: rows.map(({ d, k }) => (((7 * k + 3 * d) % 12) + ((5 * k + 11 * d) % 17) - 13) / 1000),
  });
}

/** Eighty days of a portfolio that holds two names, in the same way. */
const portfolio = await portfolioReport(
  {
    datetime: Array.from({ length: 80 }, (_, d) => new Date(Date.UTC(2024, 0, 2) + d * 86_400_000)),
    return: Array.from({ length: 80 }, (_, d) => (((7 * d) % 17) - 7.6) / 1000),
    cost: Array.from({ length: 80 }, (_, d) => (d % 3) / 10_000),
    bench: Array.from({ length: 80 }, (_, d) => (((5 * d) % 13) - 6) / 1000),
    turnover: Array.from({ length: 80 }, (_, d) => (d === 0 ? 0.95 : (d % 4) / 10)),
  },
  {
    resamples: 100,
    positions: {
      datetime: Array.from({ length: 160 }, (_, i) => Date.UTC(2024, 0, 2) + Math.floor(i / 2) * 86_400_000),
      instrument: Array.from({ length: 160 }, (_, i) => (i % 2 ? "A" : "B")),
      weight: Array.from({ length: 160 }, (_, i) => 0.4 + (i % 5) / 100),
    },
    fills: {
      datetime: Array.from({ length: 40 }, (_, i) => Date.UTC(2024, 0, 2) + i * 2 * 86_400_000),
      instrument: Array.from({ length: 40 }, () => "A"),
      amount: Array.from({ length: 40 }, (_, i) => (i % 2 ? -10 : 10)),
      price: Array.from({ length: 40 }, (_, i) => 10 + ((3 * i) % 7) / 10),
      cost: Array.from({ length: 40 }, () => 0.1),
    },
  },
);

const FIGURES: readonly (readonly [string, VegaLiteSpec])[] = [
  ...Object.entries(signalReport(predLabel()).figures),
  ...Object.entries(portfolio.figures).map(([name, spec]) => [`portfolio-${name}`, spec] as const),
];

describe("figures of the reports", () => {
  it.each(FIGURES)("%s is the figure it was", (name, spec) => {
    const file = path.join(folder, `${name}.json`);
    const changed = path.join(folder, `${name}-changed.json`);
    const text =
      JSON.stringify(
        spec,
        (_, value: unknown) => (typeof value === "number" ? Number(value.toPrecision(9)) : value),
        1,
      ) + "\n";
    rmSync(changed, { force: true });
    if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(changed, text);
    }
    expect(existsSync(changed), `${name}-changed.json differs; look at it, and rename it when it is right`).toBe(false);
  });
});
