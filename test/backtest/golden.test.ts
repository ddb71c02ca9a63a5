import { existsSync, readFileSync } from "node:fs";
import type { ColumnTable } from "arquero";
import { beforeAll, describe, expect } from "vitest";
import { indicatorAnalysis } from "../../src/analysis/indicator-analysis.js";
import { riskAnalysis } from "../../src/analysis/risk-analysis.js";
import { backtest } from "../../src/backtest/backtest.js";
import { Exchange, type ExchangeOptions } from "../../src/backtest/exchange.js";
import { SimulatorExecutor } from "../../src/backtest/simulator-executor.js";
import { withInteraction, withoutInteraction, type OrderGenerator } from "../../src/backtest/order-generator.js";
import { byScore } from "../../src/backtest/signal.js";
import { WeightStrategy } from "../../src/backtest/weight-strategy.js";
import { TopkDropoutStrategy, type TopkDropoutOptions } from "../../src/backtest/topk-dropout-strategy.js";
import type { Market } from "../../src/data/market.js";
import { openMarket } from "../../src/data/open-market.js";
import { getEngine } from "../../src/engine/engine.js";
import { Panel } from "../../src/panel/panel.js";
import { portAnalysis } from "../../src/record-template/port-ana-record.js";
import { itGolden, sharedPath } from "../shared.js";

const lines = (name: string) =>
  readFileSync(sharedPath("golden", "backtest", name), "utf8")
    .trim()
    .split("\n");
function csv(name: string): Record<string, string>[] {
  const [header, ...rows] = lines(name).map((line) => line.trim().split(","));
  return rows.map((row) => Object.fromEntries(header!.map((column, i) => [column, row[i] ?? ""])));
}
const number = (text: string) => (text === "" ? NaN : Number(text));

/** Figures of a variant as Qlib logged them. */
interface Figures {
  readonly port_analysis: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly indicator_analysis: Readonly<Record<string, Readonly<Record<string, number>>>>;
  /** By series, mode and figure. */
  readonly risk_analysis_of: Readonly<Record<string, Readonly<Record<string, Readonly<Record<string, number>>>>>>;
  readonly final_account: number;
  readonly total_cost: number;
  readonly orders: number;
  readonly max_holdings: number;
  readonly min_holdings: number;
}
let figures: Readonly<Record<string, Figures>>;
let market: Market;
let pred: Panel;
beforeAll(async () => {
  if (!existsSync(sharedPath("golden"))) return;
  const text = readFileSync(sharedPath("golden", "backtest", "backtest.json"), "utf8");
  figures = (JSON.parse(text) as { variants: Record<string, Figures> }).variants;
  market = await openMarket(sharedPath("data"), { benchmark: "SPY", precision: "float32" });
  pred = Panel.from(await (await getEngine()).readParquet(sharedPath("golden", "pred_linear.parquet")));
}, 60_000);

/** Scores blanked by row number. */
function withoutScores(): Panel {
  const score = Float64Array.from(pred.get("score"));
  for (const { row } of lines("topk50-missing-scores-missing-rows.csv").flatMap((line) =>
    /^\d+/.test(line) ? [{ row: parseInt(line) }] : [],
  ))
    score[row] = NaN;
  return pred.assign({ score });
}

interface Variant {
  readonly strategy?: Partial<TopkDropoutOptions>;
  readonly exchange?: ExchangeOptions;
  readonly account?: number;
  readonly end?: string;
  readonly parallel?: boolean;
  readonly signal?: () => Panel;
  /** A strategy of the best 30, equally weighted or by rank. */
  readonly weights?: { readonly tilt: boolean; readonly orderGenerator: OrderGenerator };
}

function bestThirty({ tilt, orderGenerator }: NonNullable<Variant["weights"]>): WeightStrategy {
  return new WeightStrategy({
    signal: pred,
    orderGenerator,
    dealOrder: "shuffled",
    weights(scores) {
      const best = byScore(scores.keys(), scores).slice(0, 30);
      return new Map(best.map((name, i) => [name, tilt ? (30 - i) / 465 : 1 / 30]));
    },
  });
}

describe("back-tests of the real Qlib", () => {
  itGolden.each<[string, Variant]>([
    ["topk50-limit", {}],
    ["topk50-nolimit", { exchange: { limitThreshold: null } }],
    [
      "topk50-open-tradable",
      {
        strategy: { onlyTradable: true, forbidAllTradeAtLimit: false, holdThresh: 5 },
        exchange: { dealPrice: "open", limitThreshold: 0.05 },
      },
    ],
    [
      "topk20-small-lots",
      { account: 200_000, strategy: { topk: 20, nDrop: 3 }, exchange: { tradeUnit: 10, impactCost: 0.1 } },
    ],
    ["topk50-missing-scores", { end: "2015-12-31", signal: withoutScores }],
    ["topk50-parallel", { end: "2015-12-31", parallel: true }],
    ["weight-equal-w", { end: "2015-12-31", weights: { tilt: false, orderGenerator: withInteraction } }],
    ["weight-tilt-wo", { end: "2015-12-31", weights: { tilt: true, orderGenerator: withoutInteraction } }],
  ])(
    "%s agrees in every report column, indicator, order and position",
    async (name, variant) => {
      const options = { limitThreshold: 0.095, ...variant.exchange };
      // The reference loads quotes from the first trade date on, so that the day before has no prices to size orders with.
      const exchange = variant.weights
        ? await Exchange.open(market, { ...options, start: "2015-01-05", end: "2015-12-31" })
        : options;
      const result = await backtest(market, {
        strategy: variant.weights
          ? bestThirty(variant.weights)
          : new TopkDropoutStrategy({ signal: variant.signal?.() ?? pred, topk: 50, nDrop: 5, ...variant.strategy }),
        start: "2015-01-05",
        end: variant.end ?? "2017-10-31",
        account: variant.account ?? 100_000_000,
        exchange,
        executor: new SimulatorExecutor({ tradeType: variant.parallel ? "parallel" : "serial" }),
      });
      const golden = figures[name]!;
      // Qlib's benchmark is in float32, which annual figures multiply.
      for (const { kind, metric, risk } of portAnalysis(result.report, "1day"))
        expect(risk, `${kind} ${metric}`).toBeCloseTo(golden.port_analysis[kind]![metric]!, 4);
      for (const method of ["mean", "amount_weighted", "value_weighted"] as const) {
        const { ffr, pa, pos } = indicatorAnalysis(result.indicators, method);
        const expected = golden.indicator_analysis[method]!;
        expect(ffr, method).toBeCloseTo(expected.ffr!, 9);
        expect([pa, pos], method).toEqual([expected.pa, expected.pos]);
      }
      const column = (name: string) => Float64Array.from(result.report.array(name) as ArrayLike<number>);
      const withCost = column("return").map((value, i) => value - column("cost")[i]!);
      for (const [series, returns, digits] of [
        ["return", column("return"), 9],
        ["return_with_cost", withCost, 9],
        // Qlib compounds a benchmark in float32.
        ["bench", column("bench"), 3],
      ] as const)
        for (const mode of ["sum", "product"] as const) {
          const figures = riskAnalysis(returns, { mode });
          for (const [figure, value] of Object.entries(golden.risk_analysis_of[series]![mode]!))
            expect(figures[figure as keyof typeof figures], `${series} ${mode} ${figure}`).toBeCloseTo(value, digits);
        }
      const held = new Map<string, number>();
      for (const key of keysOf(result.positions)) held.set(key.slice(0, 10), (held.get(key.slice(0, 10)) ?? 0) + 1);
      expect(result.orders.numRows()).toBe(golden.orders);
      expect(column("account").at(-1)! / golden.final_account).toBeCloseTo(1, 9);
      expect(column("total_cost").at(-1)! / golden.total_cost).toBeCloseTo(1, 9);
      const ended = csv(`${name}-report.csv`);
      const holdings = ended.map(({ datetime }) => held.get(datetime!) ?? 0);
      expect(holdings).toEqual(ended.map((row) => Number(row.holdings)));
      expect([Math.max(...holdings), Math.min(...holdings)]).toEqual([golden.max_holdings, golden.min_holdings]);
      expect((result.report.array("datetime") as Date[]).map((at) => at.toISOString().slice(0, 10))).toEqual(
        ended.map(({ datetime }) => datetime),
      );
      for (const [table, kind] of [
        [result.report, "report"],
        [result.indicators, "indicators"],
      ] as const) {
        const golden = csv(`${name}-${kind}.csv`).filter((row) => row.datetime! <= (variant.end ?? "2017-10-31"));
        expect(table.numRows()).toBe(golden.length);
        golden.forEach((row, i) => expectRow(table, i, row, `${name} ${kind}`));
      }
      for (const [table, kind] of [
        [result.positions, "positions"],
        [result.orders, "orders"],
      ] as const) {
        const golden = csv(`${name}-${kind}.csv`).filter((row) => row.datetime! <= (variant.end ?? "2017-10-31"));
        const rows = new Map(keysOf(table).map((key, i) => [key, i]));
        const days = new Set(golden.map((row) => row.datetime));
        expect([...rows.keys()].filter((key) => days.has(key.slice(0, 10))).sort()).toEqual(
          golden.map((row) => `${row.datetime} ${row.instrument}`).sort(),
        );
        for (const row of golden) {
          const at = rows.get(`${row.datetime} ${row.instrument}`)!;
          const { dir, ...rest } = row;
          if (dir !== undefined) {
            expect(table.get("direction", at)).toBe(dir.startsWith("1") ? "buy" : "sell");
            for (const column of ["amount", "deal_amount"]) rest[column] = String(Math.abs(Number(rest[column])));
          }
          expectRow(table, at, rest, `${name} ${kind}`);
        }
      }
    },
    60_000,
  );
});

const keysOf = (table: ColumnTable) =>
  (table.objects({ limit: Infinity }) as { datetime: Date; instrument: string }[]).map(
    (row) => `${row.datetime.toISOString().slice(0, 10)} ${row.instrument}`,
  );

/** Money 1e-9 of its size, rates 1e-9, the benchmark 1e-7 (Qlib computes it in float32). */
function expectRow(table: ColumnTable, i: number, row: Record<string, string>, what: string): void {
  for (const [column, text] of Object.entries(row)) {
    if (["datetime", "instrument", "holdings"].includes(column)) continue;
    const [actual, expected] = [table.get(column, i) as number, number(text)];
    const off = Math.abs(actual - expected) / Math.max(1, Math.abs(expected));
    if (!(off <= (column === "bench" ? 1e-7 : 1e-9)) && !(Number.isNaN(actual) && Number.isNaN(expected)))
      throw new Error(`${what}, ${row.datetime} ${row.instrument ?? ""} ${column}: ${actual}, ${text} expected`);
  }
}
