import path from "node:path";
import { EXECUTORS, STRATEGIES } from "./backtest/make-strategy.js";
import { registry } from "./config/registry.js";
import { Alpha158 } from "./dataset/alpha158.js";
import { Alpha360 } from "./dataset/alpha360.js";
import { DataHandlerLP } from "./dataset/data-handler-lp.js";
import { DatasetH } from "./dataset/dataset-h.js";
import { NestedDataLoader } from "./dataset/loader/nested-data-loader.js";
import { QlibDataLoader } from "./dataset/loader/qlib-data-loader.js";
import { StaticDataLoader } from "./dataset/loader/static-data-loader.js";
import { provideCache } from "./dataset/panel-cache.js";
import { TSDatasetH } from "./dataset/ts-dataset-h.js";
import type { Chart } from "./display/chart.js";
import { historyChart, type HistoryChartOptions } from "./display/history-chart.js";
import { installDisplays } from "./display/install-displays.js";
import { watchTraining } from "./display/live-training.js";
import type { LiveView } from "./display/live-view.js";
import { RunWatch, type WatchOptions } from "./display/run-watch.js";
import { watchCells } from "./host/executed-cells.js";
import { host } from "./host/host.js";
import { LGBModel } from "./model/lgb-model.js";
import { lgbModelCodec } from "./model/lgb-model-codec.js";
import { LinearModel } from "./model/linear-model.js";
import { linearModelCodec } from "./model/linear-model-codec.js";
import { watchTrainings } from "./model/training-watch.js";
import { VIEW } from "./panel/view.js";
import { HFSignalRecord } from "./record-template/hf-signal-record.js";
import { MultiPassPortAnaRecord } from "./record-template/multi-pass-port-ana-record.js";
import { MultiSegRecord } from "./record-template/multi-seg-record.js";
import { PortAnaRecord } from "./record-template/port-ana-record.js";
import { SignalMseRecord } from "./record-template/signal-mse-record.js";
import { SigAnaRecord } from "./record-template/sig-ana-record.js";
import { SignalRecord } from "./record-template/signal-record.js";
import { RollingStrategy } from "./online/rolling-strategy.js";
import { provideStore } from "./pool/open-task-pool.js";
import type { PoolState } from "./pool/pool-state.js";
import { TaskPool } from "./pool/task-pool.js";
import { DelayedLocalTrainer } from "./trainer/delayed-local-trainer.js";
import { DelayedPoolTrainer } from "./trainer/delayed-pool-trainer.js";
import { LocalTrainer } from "./trainer/local-trainer.js";
import { ownModelCodec } from "./trainer/own-model-codec.js";
import { PoolTrainer } from "./trainer/pool-trainer.js";
import { saveReport } from "./notebook/save-report.js";
import { writeRunNotebook, type RunNotebookOptions } from "./notebook/run-notebook.js";
import { watchPool, type PoolWatchOptions } from "./notebook/watch-pool.js";
import { modelReport } from "./report/model/model-report.js";
import type { Report } from "./report/report.js";
import { loadRunReport, type RunReportOptions } from "./report/run-report.js";
import { registerArtifactCodec } from "./tracking/codec.js";
import { MultiHorizonGenerator } from "./task/multi-horizon-generator.js";
import { RollingGenerator } from "./task/rolling-generator.js";
import { MetricHistory } from "./tracking/metric-history.js";
import { PanelCache } from "./tracking/panel-cache.js";
import { R } from "./tracking/r.js";
import { Recorder } from "./tracking/recorder.js";
import { runSqlCell } from "./tracking/sql.js";

declare module "./tracking/recorder.js" {
  interface Recorder {
    /**
     * The run's signal and portfolio report, from what it saved; shows itself as the last value of a cell.
     * @param options.save Keep it with the run as a web page, too: artifact `report.html`.
     * @throws MissingArtifactError with neither a prediction nor a back-test.
     */
    report(options?: RunReportOptions & { readonly save?: boolean }): Promise<Report>;
    /**
     * Shows how far the run is, brought up to date where it stands until the run ends: status, elapsed time, the
     * newest value of each metric and its course. Of any process's run. Returns at once; to wait for the run:
     * `await run.watch().ended`.
     */
    watch(options?: WatchOptions): RunWatch;
    /**
     * Writes a notebook with the cells that make this run again, and nothing else.
     * @returns Its absolute path. @throws NotebookError for a run that was not started in a notebook.
     */
    notebook(path: string, options?: RunNotebookOptions): Promise<string>;
  }
}

declare module "./model/lgb-model.js" {
  interface LGBModel {
    /** How it learnt and from what: the training curve and the importance of features; shows itself as the last value of a cell. */
    report(): Report;
  }
}

declare module "./tracking/metric-history.js" {
  interface MetricHistory {
    /** A line for each run, by step unless told; see {@link HistoryChartOptions}. */
    chart(options?: HistoryChartOptions): Chart;
  }
}

declare module "./pool/task-pool.js" {
  interface TaskPool {
    /**
     * Shows how far the tasks are, brought up to date where it stands until all have ended. Returns at once; to wait for
     * them: `await pool.watch().ended`, which gives the last {@link PoolState}; `stop()` ends the display alone.
     */
    watch(options?: PoolWatchOptions): LiveView<PoolState>;
  }
}

let installed = false;

/** Tells each room what lies above it: displays, components by name, methods that reach up, cell magics. Importing alone changes nothing. */
export function install(): void {
  if (installed) return;
  installed = true;
  installDisplays();
  for (const component of [Alpha158, Alpha360, DataHandlerLP, DatasetH, LinearModel, SignalRecord, SigAnaRecord])
    registry.add(component.name, component);
  for (const component of [MultiHorizonGenerator, RollingGenerator]) registry.add(component.name, component);
  registry.add("RollingGen", RollingGenerator).add(RollingStrategy.name, RollingStrategy);
  for (const component of [LocalTrainer, DelayedLocalTrainer, PoolTrainer, DelayedPoolTrainer])
    registry.add(component.name, component);
  registry.add("TrainerR", LocalTrainer).add("DelayTrainerR", DelayedLocalTrainer);
  registry.add("TrainerRM", PoolTrainer).add("DelayTrainerRM", DelayedPoolTrainer);
  for (const component of [PortAnaRecord, MultiPassPortAnaRecord, HFSignalRecord, MultiSegRecord, SignalMseRecord])
    registry.add(component.name, component);
  for (const [name, component] of [...STRATEGIES, ...EXECUTORS]) registry.add(name, component);
  registry.add(LGBModel.name, LGBModel);
  registerArtifactCodec(linearModelCodec);
  registerArtifactCodec(lgbModelCodec);
  registerArtifactCodec(ownModelCodec);
  watchTrainings(watchTraining);
  LGBModel.prototype.report = function report() {
    const { title = "LGBModel", facts = {}, notes = [] } = this[VIEW]();
    const { evalsResult, bestRound, trainingLog } = this;
    return modelReport({
      ...{ title, facts, notes, evalsResult, bestRound, trainingLog },
      importance: this.getFeatureImportance(),
    });
  };
  for (const component of [TSDatasetH, QlibDataLoader, StaticDataLoader, NestedDataLoader])
    registry.add(component.name, component);
  // The last of our own classes is there.
  registry.closePackage();
  provideStore(() => R.store.root);
  provideCache(() => new PanelCache(path.join(R.store.root, "cache")));
  Recorder.prototype.report = async function report({ save = false, ...options } = {}) {
    const report = await loadRunReport(this, options);
    if (save) await saveReport(this, report);
    return report;
  };
  Recorder.prototype.notebook = function notebook(path, options) {
    return writeRunNotebook(this, path, options);
  };
  TaskPool.prototype.watch = function watch(options) {
    return watchPool(this, options);
  };
  Recorder.prototype.watch = function watch(options) {
    return new RunWatch(this, options);
  };
  MetricHistory.prototype.chart = function chart(options) {
    return historyChart(this, options);
  };
  watchCells();
  host.bridge?.magics.set("sql", (body) => runSqlCell(body, host.bridge!.variables));
}
