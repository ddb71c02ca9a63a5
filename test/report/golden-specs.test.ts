import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { Panel } from "../../src/panel/panel.js";
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

describe("figures of the signal report", () => {
  it.each(Object.entries(signalReport(predLabel()).figures))("%s is the figure it was", (name, spec) => {
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
