/** A workflow file with the keys that Qlib's own examples have: small, on a synthetic market; Linear on Alpha158. */
export const WORKFLOW_TEXT = `qlib_init:
    provider_uri: "synthetic://?instruments=24&days=400&ic=0.1&seed=3&start=2015-01-02"
    region: us
market: &market all
benchmark: &benchmark S0001
data_handler_config: &data_handler_config
    start_time: 2015-01-01
    end_time: 2016-07-01
    fit_start_time: 2015-01-01
    fit_end_time: 2015-12-31
    instruments: *market
    infer_processors:
        - class: RobustZScoreNorm
          kwargs:
              fields_group: feature
              clip_outlier: true
        - class: Fillna
          kwargs:
              fields_group: feature
    learn_processors:
        - class: DropnaLabel
        - class: CSRankNorm
          kwargs:
              fields_group: label
    label: ["Ref($close, -2) / Ref($close, -1) - 1"]
port_analysis_config: &port_analysis_config
    strategy:
        class: TopkDropoutStrategy
        module_path: qlib.contrib.strategy
        kwargs:
            signal: <PRED>
            topk: 6
            n_drop: 2
    backtest:
        start_time: 2016-04-04
        end_time: 2016-07-01
        account: 1000000
        benchmark: *benchmark
        exchange_kwargs:
            limit_threshold: 0.095
            deal_price: close
            open_cost: 0.0005
            close_cost: 0.0015
            min_cost: 5
task:
    model:
        class: LinearModel
        module_path: qlib.contrib.model.linear
        kwargs:
            estimator: ridge
            alpha: 0.05
    dataset:
        class: DatasetH
        module_path: qlib.data.dataset
        kwargs:
            handler:
                class: Alpha158
                module_path: qlib.contrib.data.handler
                kwargs: *data_handler_config
            segments:
                train: [2015-01-01, 2015-12-31]
                valid: [2016-01-01, 2016-03-31]
                test: [2016-04-01, 2016-07-01]
    record:
        - class: SignalRecord
          module_path: qlib.workflow.record_temp
          kwargs:
              model: <MODEL>
              dataset: <DATASET>
        - class: SigAnaRecord
          module_path: qlib.workflow.record_temp
          kwargs:
              ana_long_short: False
              ann_scaler: 252
        - class: PortAnaRecord
          module_path: qlib.workflow.record_temp
          kwargs:
              config: *port_analysis_config
`;

/** The LightGBM model of Qlib's benchmark, in place of the linear one; fewer rounds than its 1000. */
export const GBDT_TEXT = `        class: LGBModel
        module_path: qlib.contrib.model.gbdt
        kwargs:
            loss: mse
            colsample_bytree: 0.8879
            learning_rate: 0.2
            subsample: 0.8789
            lambda_l1: 205.6999
            lambda_l2: 580.9768
            max_depth: 8
            num_leaves: 210
            num_threads: 20
`;

export const LINEAR_TEXT = /^ {8}class: LinearModel[\s\S]*?(?=^ {4}dataset:)/m;

/** The text with one part replaced. @throws Error when the part is not there: a test would check nothing. */
export function changed(from: string | RegExp, to: string, text = WORKFLOW_TEXT): string {
  const found = typeof from === "string" ? text.includes(from) : from.test(text);
  if (!found) throw new Error(`no "${String(from)}" in the workflow`);
  return text.replace(from, () => to);
}
