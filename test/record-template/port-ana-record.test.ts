import type { ColumnTable } from "arquero";
import { afterAll, beforeAll, expect, it } from "vitest";
import { PortAnaRecord } from "../../src/record-template/port-ana-record.js";
import { SignalRecord } from "../../src/record-template/signal-record.js";
import { VIEW } from "../../src/panel/view.js";
import { R } from "../../src/tracking/r.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { fittedOn, ownStore } from "./small-run.js";

ownStore();
const ADDRESS = "synthetic://?instruments=30&days=200&seed=5&ic=0.1";
const config = {
  strategy: { class: "TopkDropoutStrategy", kwargs: { signal: "<PRED>", topk: 5, n_drop: 1 } },
  backtest: { exchange_kwargs: { open_cost: 0.001 }, account: 1_000_000 },
};
let recorder: Recorder;
beforeAll(async () => {
  recorder = await R.start({ experimentName: "portfolios" });
  await new SignalRecord({ recorder, ...(await fittedOn(ADDRESS)) }).generate();
});
afterAll(() => R.endExp());

const table = async (name: string) => (await recorder.loadObject(`portfolio_analysis/${name}`)) as ColumnTable;

it("keeps what happened as long tables, and logs the reference's metrics", async () => {
  const result = await new PortAnaRecord({ recorder, config }).generate();
  expect(result.artifacts).toEqual(
    [
      "report_normal_1day",
      "positions_normal_1day",
      "indicators_normal_1day",
      "indicators_normal_1day_obj",
      "orders_1day",
      "port_analysis_1day",
      "indicator_analysis_1day",
      "facts",
    ].map((name) => `portfolio_analysis/${name}`),
  );
  const figures = ["mean", "std", "annualized_return", "information_ratio", "max_drawdown"];
  expect(Object.keys(result.metrics)).toEqual([
    ...figures.map((figure) => `1day.excess_return_without_cost.${figure}`),
    ...figures.map((figure) => `1day.excess_return_with_cost.${figure}`),
    "1day.ffr",
    "1day.pa",
    "1day.pos",
  ]);
  expect(await recorder.listMetrics()).toMatchObject(result.metrics);
  expect(result[VIEW]()).toMatchObject({ kind: "portfolio-report", ref: recorder });
  for (const [name, columns] of Object.entries({
    report_normal_1day: "datetime account return total_turnover turnover total_cost cost value cash bench cash_delay",
    positions_normal_1day: "datetime instrument amount price weight count",
    indicators_normal_1day: "datetime ffr pa pos deal_amount value count",
    indicators_normal_1day_obj:
      "datetime instrument amount inner_amount deal_amount trade_price trade_value trade_cost trade_dir ffr pa base_price",
    orders_1day: "datetime instrument direction amount deal_amount price value cost ffr pa reason",
    port_analysis_1day: "kind metric risk",
    indicator_analysis_1day: "metric value",
  }))
    expect((await table(name)).columnNames().sort(), name).toEqual(columns.split(" ").sort());
  expect((await table("port_analysis_1day")).numRows()).toBe(10);
});
