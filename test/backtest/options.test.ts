import { beforeAll, describe, expect, it } from "vitest";
import { backtest, type BacktestOptions } from "../../src/backtest/backtest.js";
import type { BacktestResult } from "../../src/backtest/backtest-result.js";
import { NestedExecutor } from "../../src/backtest/nested-executor.js";
import { SimulatorExecutor } from "../../src/backtest/simulator-executor.js";
import { SoftTopkStrategy } from "../../src/backtest/soft-topk-strategy.js";
import { TopkDropoutStrategy } from "../../src/backtest/topk-dropout-strategy.js";
import { TWAPStrategy } from "../../src/backtest/twap-strategy.js";
import { WeightStrategy } from "../../src/backtest/weight-strategy.js";
import type { Market } from "../../src/data/market.js";
import { openMarket } from "../../src/data/open-market.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { queryFeatures } from "../../src/feature/query-features.js";
import type { Panel } from "../../src/panel/panel.js";

let market: Market;
let signal: Panel;
beforeAll(async () => {
  market = await openMarket("synthetic://?instruments=8&days=40&seed=3");
  signal = await queryFeatures(market, ["0 - $change"]);
});
const DATES = { start: "2015-01-12", end: "2015-01-30" };
const trade = (more: object) => backtest(market, { ...DATES, ...more } as BacktestOptions);
const rows = ({ report, orders }: BacktestResult) => [report.objects(), orders.objects()];

describe("configurations", () => {
  it("of Qlib's form trade as the objects do", async () => {
    const kwargs = { topk: 3, n_drop: 1, hold_thresh: 2, risk_degree: 0.9 };
    const made = await trade({
      strategy: { class: "TopkDropoutStrategy", kwargs: { signal, ...kwargs } },
      executor: { class: "SimulatorExecutor", kwargs: { time_per_step: "day", trade_type: "parallel" } },
    });
    const own = await trade({
      strategy: new TopkDropoutStrategy({ signal, topk: 3, nDrop: 1, holdThresh: 2, riskDegree: 0.9 }),
      executor: new SimulatorExecutor({ tradeType: "parallel" }),
    });
    expect(rows(made)).toEqual(rows(own));
    expect(made.orders.numRows()).toBeGreaterThan(0);
    expect(made.settings.strategy).toBe("TopkDropoutStrategy");
  });
});

describe("a name that does not exist is refused with the nearest one", () => {
  const topk = () => new TopkDropoutStrategy({ signal, topk: 3, nDrop: 1 });
  it.each<[string, () => unknown, string]>([
    ["back-test", () => trade({ strategy: topk(), startTime: "2015-01-12" }), 'unknown option "startTime"'],
    ["exchange", () => trade({ strategy: topk(), exchange: { opencost: 1 } }), 'did you mean "openCost"'],
    ["position", () => trade({ strategy: topk(), posType: "InfPositon" }), 'did you mean "InfPosition"'],
    ["topk", () => new TopkDropoutStrategy({ signal, topk: 3, nDrop: 1, holdTresh: 9 } as never), '"holdThresh"'],
    ["soft topk", () => new SoftTopkStrategy({ signal, topk: 3, impactLimit: 1 } as never), '"tradeImpactLimit"'],
    ["weights", () => new WeightStrategy({ signal, weights: () => undefined, riskDegre: 1 } as never), '"riskDegree"'],
    ["executor", () => new SimulatorExecutor({ trade_type: "parallel" } as never), '"tradeType"'],
    ["indicators", () => new SimulatorExecutor({ indicatorConfig: { ffrweight: "mean" } } as never), '"ffrWeight"'],
    [
      "nested executor",
      () =>
        new NestedExecutor({
          innerExecutor: new SimulatorExecutor({ timePerStep: "30min" }),
          innerStrategy: new TWAPStrategy(),
          skipEmptyDecisions: true,
        } as never),
      '"skipEmptyDecision"',
    ],
  ])("%s", async (_, make, message) => {
    const failed = await (async () => make())().catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(UnknownNameError);
    expect((failed as Error).message).toContain(message);
  });
});

it.each([
  ["holdThresh", () => new TopkDropoutStrategy({ signal, topk: 3, nDrop: 1, holdThresh: NaN })],
  ["riskDegree of soft topk", () => new SoftTopkStrategy({ signal, topk: 3, riskDegree: 7 })],
  ["riskDegree of weights", () => new WeightStrategy({ signal, weights: () => undefined, riskDegree: 0 })],
  ["no weights", () => new WeightStrategy({ signal } as never)],
])("a value out of range is refused: %s", (_, make) => {
  expect(make).toThrow(InvalidArgumentError);
});

it("a signal that never has a score on a trade date's eve says so, whatever trades it", async () => {
  const other = { datetime: ["1990-01-02"], instrument: ["S0001"], score: [1] };
  const empty = { datetime: [], instrument: [], score: [] };
  const strategies = (given: typeof other | typeof empty) => [
    new TopkDropoutStrategy({ signal: given, topk: 3, nDrop: 1 }),
    new SoftTopkStrategy({ signal: given, topk: 3 }),
  ];
  for (const strategy of strategies(other)) {
    const { notes, orders, report } = await trade({ strategy });
    expect([orders.numRows(), report.numRows()]).toEqual([0, 14]);
    expect(notes.join()).toMatch(/no score for any of 14 steps, it runs from 1990-01-02 to 1990-01-02/);
  }
  for (const strategy of strategies(empty))
    expect((await trade({ strategy })).notes.join()).toContain("it has no rows");
  const one = { datetime: ["2015-01-15"], instrument: ["S0001"], score: [1] };
  expect((await trade({ strategy: strategies(one)[0]! })).notes).toEqual([]);
});
