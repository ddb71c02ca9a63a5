import { table, type ColumnTable } from "arquero";
import { mean, std } from "../analysis/moments.js";
import { camelKeys, isComponentConfig, type ComponentConfig } from "../config/component-config.js";
import type { BacktestResult } from "../backtest/backtest-result.js";
import { columnValues } from "../engine/arquero.js";
import { InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { lowerBound, type Panel } from "../panel/panel.js";
import { Random } from "../panel/random.js";
import { portAnalysis, PortAnaRecord, type PortAnalysisRow, type PortAnaRecordOptions } from "./port-ana-record.js";
import type { RecordResult } from "./record-result.js";

export interface MultiPassPortAnaRecordOptions extends PortAnaRecordOptions {
  /** How often the prediction is traded. Default 10. */
  readonly passNum?: number;
  /** Whether each pass begins with another portfolio: the scores of the first day are shuffled. Default true. */
  readonly shuffleInitScore?: boolean;
  /** Seed of the shuffles; the same seed gives the same passes. Default 0. */
  readonly seed?: number;
}

const AGGREGATES = ["mean", "std", "mean_std"] as const;
const KINDS = ["excess_return_with_cost", "excess_return_without_cost"] as const;
const METRICS = ["annualized_return", "information_ratio"] as const;

interface PassRow extends PortAnalysisRow {
  readonly pass: number;
}

/**
 * Trades a recorded prediction several times from different first portfolios: how much of the result is the luck of
 * the start.
 *
 * For each pass the scores of one day (the first from the back-test's start on) are put in another order. Writes, in
 * the folder `portfolio_analysis` and for each level analysed:
 *
 *     multi_pass_port_analysis_<f>   kind, metric, mean, std, mean_std      annualized_return and information_ratio, 4 rows
 *     multi_pass_passes_<f>          pass, kind, metric, risk               all ten figures of each pass, from 0
 *     multi_pass_returns_<f>         datetime, pass, return, cost, bench    one row per step and pass
 *
 * `std` divides by passes − 1 (NaN for one pass), `mean_std` = mean / std. Metrics:
 * `<mean|std|mean_std>.<kind>.<metric>`, with the level in front (`1week.mean.…`) for all but the first one; and those
 * of {@link PortAnaRecord}, pass by pass as steps. Report, positions and orders of the passes are not kept.
 *
 * In Qlib: qlib.workflow.record_temp.MultiPassPortAnaRecord
 */
export class MultiPassPortAnaRecord extends PortAnaRecord {
  static override readonly usage = "await new MultiPassPortAnaRecord({ recorder }).generate()";
  readonly #passNum: number;
  readonly #shuffle: boolean;
  readonly #seed: number;
  readonly #strategy: ComponentConfig;

  /**
   * @throws InvalidArgumentError unless passNum ≥ 1 is whole and the strategy is a `{ class, kwargs }` with a
   * signal.
   */
  constructor({ passNum = 10, shuffleInitScore = true, seed = 0, ...options }: MultiPassPortAnaRecordOptions) {
    super(options);
    const { strategy } = this.config;
    if (!Number.isInteger(passNum) || passNum < 1 || !Number.isSafeInteger(seed))
      throw new InvalidArgumentError(
        `Cannot make a MultiPassPortAnaRecord: passNum ${passNum}, seed ${seed}\n  whole numbers expected, passNum ≥ 1`,
      );
    if (!isComponentConfig(strategy) || camelKeys(strategy.kwargs ?? {}).signal === undefined)
      throw new InvalidArgumentError(
        "Cannot make a MultiPassPortAnaRecord: the strategy must be { class, kwargs: { signal, … } }, its signal is replaced in each pass",
      );
    [this.#passNum, this.#shuffle, this.#seed, this.#strategy] = [passNum, shuffleInitScore, seed, strategy];
  }

  override list(): readonly string[] {
    return this.riskFreqs.map((freq) => `multi_pass_port_analysis_${freq}`);
  }

  protected override async compute(): Promise<RecordResult> {
    const pred = await this.prediction();
    const floor = await this.openFloor(pred);
    const random = new Random(this.#seed);
    const results: BacktestResult[] = [];
    const progress = host.progress("Passes", this.#passNum);
    const notes = [...floor.notes];
    try {
      for (let pass = 0; pass < this.#passNum; pass++) {
        const signal = this.#shuffle ? shuffledStart(pred, floor.start, random) : pred;
        const strategy = { ...this.#strategy, kwargs: { ...this.#strategy.kwargs, signal } };
        const result = await this.trade(signal, floor, { ...this.config, strategy });
        results.push(result);
        this.recorder.logMetrics(this.analyse(result, []).metrics, { step: pass });
        progress.update(pass + 1);
      }
    } finally {
      progress.end();
    }
    const last = results.at(-1)!;
    notes.push(...last.notes);
    if (!this.#shuffle) notes.push("the passes are all the same: nothing was shuffled");
    const metrics: Record<string, number> = {};
    const objects: Record<string, unknown> = {};
    this.riskFreqs.forEach((freq, i) => {
      const reports = results.map((result) => this.#report(result, freq));
      const rows = reports.flatMap((report, pass) => portAnalysis(report, freq).map((row) => ({ pass, ...row })));
      const summary = aggregate(rows);
      objects[`multi_pass_port_analysis_${freq}`] = table(summary);
      objects[`multi_pass_passes_${freq}`] = passTable(rows);
      objects[`multi_pass_returns_${freq}`] = returnsTable(reports);
      AGGREGATES.forEach((name) =>
        summary.kind.forEach((kind, row) => {
          metrics[`${i === 0 ? "" : `${freq}.`}${name}.${kind}.${summary.metric[row]}`] = summary[name][row]!;
        }),
      );
    });
    this.recorder.logMetrics(metrics);
    const facts = {
      ...this.facts(last, notes),
      passNum: this.#passNum,
      shuffleInitScore: this.#shuffle,
      seed: this.#seed,
    };
    await this.save({ ...objects, multi_pass_facts: facts });
    return this.generated([...Object.keys(objects), "multi_pass_facts"], metrics, notes, last);
  }

  #report({ levels }: BacktestResult, freq: string): ColumnTable {
    const report = levels.get(freq)?.report;
    if (report) return report;
    throw new InvalidArgumentError(
      `Cannot analyse passes of ${freq}: the executor keeps no report of that level\n  known: ${[...levels.keys()].join(", ")}`,
    );
  }
}

/** The prediction with the scores of one day, the first from `start` on (else its first), in another order. */
function shuffledStart(pred: Panel, start: number, random: Random): Panel {
  const at = lowerBound(pred.dates, start);
  const [from, to] = pred.rowsOf(at < pred.numDates ? at : 0);
  const score = pred.get("score").slice();
  for (let i = to - 1; i > from; i--) {
    const j = from + random.below(i - from + 1);
    [score[i], score[j]] = [score[j]!, score[i]!];
  }
  return pred.assign({ score });
}

/** The table `multi_pass_port_analysis_<f>` of the figures of all passes. */
export function aggregate(rows: readonly PassRow[]): {
  readonly kind: string[];
  readonly metric: string[];
  readonly mean: Float64Array;
  readonly std: Float64Array;
  readonly mean_std: Float64Array;
} {
  const cells = KINDS.flatMap((kind) => METRICS.map((metric) => ({ kind, metric })));
  const values = cells.map((cell) =>
    rows.flatMap(({ kind, metric, risk }) => (kind === cell.kind && metric === cell.metric ? [risk] : [])),
  );
  const [means, stds] = [Float64Array.from(values, mean), Float64Array.from(values, std)];
  return {
    kind: cells.map(({ kind }) => kind),
    metric: cells.map(({ metric }) => metric),
    mean: means,
    std: stds,
    mean_std: means.map((value, i) => value / stds[i]!),
  };
}

function passTable(rows: readonly PassRow[]): ColumnTable {
  return table({
    pass: Float64Array.from(rows, ({ pass }) => pass),
    kind: rows.map(({ kind }) => kind),
    metric: rows.map(({ metric }) => metric),
    risk: Float64Array.from(rows, ({ risk }) => risk),
  });
}

function returnsTable(reports: readonly ColumnTable[]): ColumnTable {
  const all = (name: string) => reports.flatMap((report) => Array.from(columnValues(report, name)));
  const numbers = (name: string) => Float64Array.from(all(name) as number[]);
  return table({
    datetime: all("datetime"),
    pass: Float64Array.from(reports.flatMap((report, pass) => Array.from({ length: report.numRows() }, () => pass))),
    return: numbers("return"),
    cost: numbers("cost"),
    bench: numbers("bench"),
  });
}
