import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { parseDatetime } from "../../src/engine/datetime.js";
import { queryFeatures } from "../../src/feature/query-features.js";
import { itGolden, sharedPath } from "../shared.js";

interface Golden {
  readonly dates: Record<
    string,
    { members: number; rows: number; rows_with_close: number; mean_change: number; first_members: string[] }
  >;
  readonly changes: { from: string; to: string; joined: string[]; left: string[] }[];
  readonly panel_rows: number;
}

describe("the real market, as it lies in its folder", () => {
  itGolden("has Qlib's members, rows and changes on golden dates", async () => {
    const golden = JSON.parse(readFileSync(sharedPath("golden", "market.json"), "utf8")) as Golden;
    const market = await openMarket(sharedPath("data"), { benchmark: "SPY", precision: "float32" });
    expect(market.calendar.length).toBe(2987);
    expect(market.instruments("all").length).toBe(557);
    expect(market.instruments("us_stocks_daily").length).toBe(534);
    const spans = market.instruments("us_sp500");
    const membersOn = (date: string) => {
      const ms = parseDatetime(date);
      return spans
        .filter(({ spans }) => spans.some(({ start, end }) => start <= ms && ms <= end))
        .map(({ instrument }) => instrument);
    };
    const panel = await queryFeatures(market, ["$close", "$change"], { universe: "us_sp500" });
    expect(panel.numRows).toBe(golden.panel_rows);
    for (const [date, expected] of Object.entries(golden.dates)) {
      expect(membersOn(date).length, date).toBe(expected.members);
      expect(membersOn(date).slice(0, 5)).toEqual(expected.first_members);
      const day = panel.between(date, date);
      expect(day.numRows).toBe(expected.rows);
      expect(day.get("$close").filter((close) => !Number.isNaN(close)).length).toBe(expected.rows_with_close);
      // A stock's first stored day has no change.
      const changes = [...day.get("$change")].filter((change) => !Number.isNaN(change));
      expect(changes.reduce((sum, change) => sum + change, 0) / changes.length).toBeCloseTo(expected.mean_change, 8);
    }
    for (const { from, to, joined, left } of golden.changes) {
      const [before, after] = [new Set(membersOn(from)), new Set(membersOn(to))];
      // The golden lists hold the first 40 names.
      expect([...after].filter((name) => !before.has(name)).slice(0, 40), `joined ${from} … ${to}`).toEqual(joined);
      expect([...before].filter((name) => !after.has(name)).slice(0, 40), `left ${from} … ${to}`).toEqual(left);
    }
  });
});
