import { describe, expect, it } from "vitest";
import { newSignals } from "../../src/online/merge-signals.js";
import { SignalHistory } from "../../src/online/signal-history.js";
import { Panel } from "../../src/panel/panel.js";
import { rowsOf } from "./small-practice.js";

/** Rows as `["10 X", -0.707]`, the day in January 2024. */
const panel = (...rows: [string, number][]) =>
  Panel.from({
    datetime: rows.map(([key]) => `2024-01-${key.slice(0, 2)}`),
    instrument: rows.map(([key]) => key.slice(3)),
    score: rows.map(([, score]) => score),
  });
const shown = (table: { objects(): unknown }) =>
  (rowsOf(table) as { datetime: string; instrument: string; score: number; issued: string }[]).map(
    ({ datetime, instrument, score, issued }) => `${datetime.slice(-2)} ${instrument} ${score} (${issued.slice(-2)})`,
  );
const issued = { freeze: "issued", previousDay: null } as const;

describe("which signals are issued", () => {
  const before = panel(["10 X", -0.707], ["10 Y", 0.707]);

  it("replaces the boundary date instead of doubling it: four rows, not six", () => {
    const computed = panel(["10 X", 0.707], ["10 Y", -0.707], ["11 X", 1], ["11 Y", -1]);
    const history = new SignalHistory()
      .with("2024-01-10", before)
      .with("2024-01-11", newSignals(before, computed, issued));
    expect(shown(history.currentTable())).toEqual([
      "10 X 0.707 (11)",
      "10 Y -0.707 (11)",
      "11 X 1 (11)",
      "11 Y -1 (11)",
    ]);
    expect(shown(history.currentTable("2024-01-10"))).toEqual(["10 X -0.707 (10)", "10 Y 0.707 (10)"]);
    expect(history.all().numRows()).toBe(6);
  });

  it("never rewrites dates before the last one issued", () => {
    const old = panel(["10 X", 1], ["11 X", 2]);
    const fresh = newSignals(old, panel(["10 X", 9], ["11 X", 2], ["12 X", 3]), issued);
    expect(shown(new SignalHistory().with("2024-01-12", fresh).all())).toEqual(["12 X 3 (12)"]);
  });

  it("rewrites forecasts of coming days when only the past is frozen", () => {
    const old = panel(["10 X", 1], ["11 X", 2], ["12 X", 3]);
    const computed = panel(["10 X", 9], ["11 X", 8], ["12 X", 7]);
    const fresh = newSignals(old, computed, { freeze: "past", previousDay: "2024-01-10" });
    expect(shown(new SignalHistory().with("2024-01-11", fresh).all())).toEqual(["11 X 8 (11)", "12 X 7 (11)"]);
  });

  it("issues nothing where nothing is new", () => {
    expect(newSignals(before, before, issued)).toBeUndefined();
    expect(newSignals(new SignalHistory().current(), panel(), issued)).toBeUndefined();
  });

  it("comes back from its table as it was, missing scores too", () => {
    const history = new SignalHistory()
      .with("2024-01-11", panel(["10 X", NaN], ["11 Y", 2]))
      .with("2024-01-10", before);
    expect(rowsOf(SignalHistory.from(history.all()).currentTable())).toEqual(rowsOf(history.currentTable()));
    expect(history.days).toEqual(["2024-01-10", "2024-01-11"]);
  });
});
