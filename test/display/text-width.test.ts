import { describe, expect, it } from "vitest";
import { textWidth } from "../../src/display/text-width.js";
import { Panel } from "../../src/panel/panel.js";
import { signalReport } from "../../src/report/signal/signal-report.js";

const days = ["2024-01-02", "2024-01-03", "2024-02-01", "2024-02-02"];
const panel = Panel.from({
  datetime: days.flatMap((day) => [day, day, day]),
  instrument: days.flatMap(() => ["A", "B", "C"]),
  score: days.flatMap(() => [1, 2, 3]),
  label: days.flatMap(() => [0.1, 0.3, 0.2]),
});

describe("room for text in the widest font that a page falls back to", () => {
  it("is measured wider than in the shipped font", () => {
    expect(textWidth("+0.123", 10.5, "fallbackRegular")).toBeGreaterThan(textWidth("+0.123", 10.5));
    expect(textWidth("", 10)).toBe(0);
  });

  it("a month's IC stays inside its cell of the heat map (C1)", () => {
    const [cells] = signalReport(panel).spec("monthly-ic").hconcat as {
      width: number;
      layer: { mark: { fontSize?: number } }[];
    }[];
    const fontSize = cells!.layer.find(({ mark }) => mark.fontSize)!.mark.fontSize!;
    expect(textWidth("−0.123", fontSize, "fallbackBold")).toBeLessThan(cells!.width / 12 - 6);
  });

  it("the returns above the quantiles' bars do not touch (C1)", () => {
    const bars = (signalReport(panel).spec("quantiles").hconcat as { width: number }[])[1]!;
    expect(textWidth("+27.5%", 10, "fallbackRegular")).toBeLessThan(bars.width / 5 - 2);
  });
});
