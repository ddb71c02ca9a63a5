/** alphabook: prices → features → datasets → models → records → reports, with every run kept and asked in SQL. */
// Methods that reach up (`run.report()`) are declared there: this line keeps it in the declarations.
import "./install.js";
import { install } from "./install.js";

// Prices
export { openMarket, type OpenMarketOptions } from "./data/open-market.js";
export type { InstrumentSpans, Market, Region, Universe } from "./data/market.js";
export { synthetic } from "./data/synthetic/synthetic.js";
export type { SyntheticOptions } from "./data/synthetic/synthetic-options.js";
export { importMarket, type ImportedMarket, type ImportMarketOptions, type MarketFormat } from "./data/import-market.js";
export { checkMarket } from "./data/check-market.js";
export { filterInstruments, type InstrumentFilter } from "./data/instrument-filter.js";
export { NameDFilter, type NameDFilterOptions } from "./data/name-d-filter.js";
export { freqKey, parseFreq, type Frequency } from "./calendar/frequency.js";
export { sessionsOf, type TradingSession } from "./calendar/sessions.js";
export { TradingCalendar, type GetDateByShiftOptions, type TimePoint } from "./calendar/trading-calendar.js";
export type { DateRange, DateRanges, DateRangeText, RollMode } from "./calendar/segment.js";
export type { ShiftOptions } from "./calendar/segment-arithmetic.js";

// Features
export { alpha158Features, type Alpha158FeatureConfig } from "./feature/alpha158.js";
export { alpha360Features } from "./feature/alpha360.js";
export { basicFactors, basicFactorMeanings, defaultLabel } from "./feature/basic-factors.js";
export type { FeatureInput, FeatureSpec } from "./feature/feature-spec.js";
export { listOperators } from "./feature/list-operators.js";
export { ExpressionDFilter, type ExpressionDFilterOptions } from "./feature/expression-d-filter.js";
export { queryFeatures, type QueryFeaturesOptions } from "./feature/query-features.js";
export { registerOperator, type OperatorArgument, type OperatorDefinition } from "./feature/register-operator.js";

// Datasets
export { Panel, type PanelColumn } from "./panel/panel.js";
export { Alpha158, type Alpha158Options } from "./dataset/alpha158.js";
export { Alpha360, type Alpha360Options } from "./dataset/alpha360.js";
export {
  DataHandlerLP,
  type DataHandlerLPOptions,
  type FromDfOptions,
  type HandlerChanges,
} from "./dataset/data-handler-lp.js";
export { DatasetH, type DatasetHOptions, type PrepareOptions } from "./dataset/dataset-h.js";
export type { DataLoader, LoadRequest } from "./dataset/loader/data-loader.js";
export { NestedDataLoader } from "./dataset/loader/nested-data-loader.js";
export { QlibDataLoader } from "./dataset/loader/qlib-data-loader.js";
export { StaticDataLoader, type StaticDataLoaderOptions } from "./dataset/loader/static-data-loader.js";
export type { StaticSource } from "./dataset/loader/static-source.js";
export type { CachedPanel, PanelCache } from "./dataset/panel-cache.js";
export type { FillRule, TimeSeriesSampler } from "./dataset/time-series-sampler.js";
export { TSDatasetH, type SamplerOptions, type TSDatasetHOptions } from "./dataset/ts-dataset-h.js";
export type { InstProcessor } from "./dataset/inst-processor.js";
export type { Processor } from "./dataset/processor.js";
export { ConfigSectionProcessor } from "./dataset/processors/config-section-processor.js";
export { CSRankNorm } from "./dataset/processors/cs-rank-norm.js";
export { CSZFillna } from "./dataset/processors/cs-z-fillna.js";
export { CSZScoreNorm } from "./dataset/processors/cs-z-score-norm.js";
export { DropCol } from "./dataset/processors/drop-col.js";
export { DropnaLabel } from "./dataset/processors/dropna-label.js";
export { DropnaProcessor } from "./dataset/processors/dropna-processor.js";
export { Fillna } from "./dataset/processors/fillna.js";
export { FilterCol } from "./dataset/processors/filter-col.js";
export { HashStockFormat } from "./dataset/processors/hash-stock-format.js";
export { MinMaxNorm } from "./dataset/processors/min-max-norm.js";
export { ProcessInf } from "./dataset/processors/process-inf.js";
export { RobustZScoreNorm } from "./dataset/processors/robust-z-score-norm.js";
export { TanhProcess } from "./dataset/processors/tanh-process.js";
export { ZScoreNorm } from "./dataset/processors/z-score-norm.js";

// Models
export type { FitOptions, Model, PredictOptions, Reweighter } from "./model/model.js";
export { LGBModel, type LGBFitOptions, type LGBModelOptions } from "./model/lgb-model.js";
export type { Metric, MetricInput } from "./model/gbdt/metric.js";
export { LinearModel } from "./model/linear-model.js";
export { registry } from "./config/registry.js";

// Runs and their history
export { R, type RecorderFacade } from "./tracking/r.js";
export { Experiment } from "./tracking/experiment.js";
export { Recorder } from "./tracking/recorder.js";
export { RecorderStatus } from "./tracking/recorder-info.js";
export { compareRuns, type CompareOptions, type RunComparison } from "./tracking/compare-runs.js";
export type { MetricHistory } from "./tracking/metric-history.js";
export type { RunSource } from "./tracking/run-source.js";
export type { RunStatus } from "./tracking/run-status.js";
export type { DoctorFinding } from "./store/doctor.js";
export type { ExportOptions } from "./store/export-database.js";
export type { RunPredicate } from "./tracking/search/run-predicate.js";
export type { SearchOptions } from "./tracking/search/search-records.js";
export { registerArtifactCodec, type ArtifactCodec } from "./tracking/codec.js";
export { sql } from "./tracking/sql.js";
export type { SqlOptions } from "./tracking/sql-limits.js";
export type { SqlPlan } from "./tracking/sql-plan.js";
export type { SqlResult } from "./tracking/sql-result.js";

// Numbers
export { analyseFeature } from "./analysis/feature/analyse-feature.js";
export { summarizeFeatures } from "./analysis/feature/summarize-features.js";
export { calcGroupReturn } from "./analysis/group-return.js";
export { calcIc } from "./analysis/ic.js";
export { calcLongShortPrec } from "./analysis/long-short-prec.js";
export { calcLongShortReturn } from "./analysis/long-short-return.js";
export { calcQuantileReturns } from "./analysis/quantile-returns.js";
export { coverage } from "./analysis/coverage.js";
export { indicatorAnalysis } from "./analysis/indicator-analysis.js";
export { joinPredLabel } from "./analysis/join-pred-label.js";
export { monthlyIc } from "./analysis/monthly-ic.js";
export { neweyWest } from "./analysis/newey-west.js";
export { predAutocorr } from "./analysis/pred-autocorr.js";
export { scoreMemory, type ScoreMemoryOptions } from "./analysis/score-memory.js";
export { riskAnalysis } from "./analysis/risk-analysis.js";
export { summarizeIc } from "./analysis/summarize-ic.js";
export { analyzeFactor, type AnalyzeFactorOptions, type FactorAnalysis } from "./analysis/factor/analyze-factor.js";
export { eventStudy, type EventStudy, type EventStudyOptions } from "./analysis/factor/event-study.js";
export { forwardReturns, type ForwardReturnsOptions } from "./analysis/factor/forward-returns.js";
export { groupAnalysis, type GroupAnalysisOptions } from "./analysis/factor/group-analysis.js";
export type { Grouping } from "./analysis/factor/grouping.js";
export { neutralize, type Neutralized, type NeutralizeOptions } from "./analysis/factor/neutralize.js";
export { drawdownTable, type DrawdownTableOptions } from "./analysis/drawdown-table.js";
export { monthlyTable, periodReturns } from "./analysis/period-returns.js";
export { rollingStatistics, type RollingOptions } from "./analysis/rolling-statistics.js";
export { statistics, type StatisticsOptions } from "./analysis/statistics.js";
export { listStatistics, registerStatistic } from "./analysis/statistic/statistic-registry.js";
export type { OwnStatistic, Statistic } from "./analysis/statistic/statistic.js";
export type { ReturnFacts, Trials } from "./analysis/statistic/return-facts.js";
export type { ReturnSource } from "./analysis/statistic/return-series.js";
export { capacity, type CapacityOptions } from "./analysis/portfolio/capacity.js";
export { holdingPeriods } from "./analysis/portfolio/holding-periods.js";
export { holdBuySell, type HoldBuySell, type HoldBuySellOptions } from "./analysis/portfolio/hold-buy-sell.js";
export { positionStatistics, type PositionStatisticsOptions } from "./analysis/portfolio/position-statistics.js";
export { roundTrips, type FillSource, type RoundTrips } from "./analysis/portfolio/round-trips.js";
export { sectorAttribution, type SectorAttribution } from "./analysis/portfolio/sector-attribution.js";

// Is it luck?
export { bootstrapIntervals, type BootstrapIntervals, type BootstrapOptions } from "./analysis/luck/bootstrap-intervals.js";
export { deflatedSharpe, expectedMaxSharpe, trialsOf, type DeflatedSharpe } from "./analysis/luck/deflated-sharpe.js";
export { explainMethod, METHODS, type Method } from "./analysis/luck/methods.js";
export { falseDiscovery, type FalseDiscoveryOptions } from "./analysis/luck/false-discovery.js";
export { minTrackRecordLength, probabilisticSharpe, sharpeFacts } from "./analysis/luck/sharpe-odds.js";
export { optimalBlockLength } from "./analysis/luck/block-length.js";
export { probabilityOfOverfitting, type Overfitting } from "./analysis/luck/overfitting.js";
export { randomSignals, type RandomSignals, type RandomSignalsOptions } from "./analysis/luck/random-signals.js";

// Back-tests
export { backtest, type BacktestOptions, type BacktestProgress } from "./backtest/backtest.js";
export { BacktestResult } from "./backtest/backtest-result.js";
export type { BacktestLevel } from "./backtest/account.js";
export type { Benchmark, BenchmarkSeries } from "./backtest/benchmark.js";
export {
  EnhancedIndexingOptimizer,
  type EnhancedIndexingOptions,
  type EnhancedIndexingOutcome,
  type EnhancedIndexingProblem,
  type EnhancedIndexingWeights,
} from "./backtest/enhanced-indexing-optimizer.js";
export { EnhancedIndexingStrategy, type EnhancedIndexingStrategyOptions } from "./backtest/enhanced-indexing-strategy.js";
export { Exchange, type ExchangeOptions, type QuoteInput, type VolumeLimit } from "./backtest/exchange.js";
export { Executor, type ExecutorOptions, type IndicatorConfig } from "./backtest/executor.js";
export { FileOrderStrategy, type OrderTable } from "./backtest/file-order-strategy.js";
export type { InitialAccount } from "./backtest/initial-position.js";
export { NestedExecutor, type NestedExecutorOptions } from "./backtest/nested-executor.js";
export type { Direction, Fill, FillReason, Order } from "./backtest/order.js";
export { withInteraction, withoutInteraction, type OrderGenerator, type TargetWeights } from "./backtest/order-generator.js";
export { InfPosition, Position, type Holding } from "./backtest/position.js";
export type { RiskModel, RiskOfDay, RiskQuestion, RiskTables } from "./backtest/risk-model.js";
export { byScore, type Scores } from "./backtest/signal.js";
export { SimulatorExecutor, type SimulatorExecutorOptions } from "./backtest/simulator-executor.js";
export { SoftTopkStrategy, type SoftTopkOptions } from "./backtest/soft-topk-strategy.js";
export { statisticalRiskModel, type StatisticalRiskModelOptions } from "./backtest/statistical-risk-model.js";
export type { FieldHistory, OuterStep, Strategy, StrategyNeeds, TradeStep } from "./backtest/strategy.js";
export { TopkDropoutStrategy, type TopkDropoutOptions } from "./backtest/topk-dropout-strategy.js";
export { TWAPStrategy } from "./backtest/twap-strategy.js";
export { WeightStrategy, type WeightStrategyOptions } from "./backtest/weight-strategy.js";

// Records and reports
export { ACRecordTemp, type ACRecordTempOptions } from "./record-template/ac-record-temp.js";
export { HFSignalRecord } from "./record-template/hf-signal-record.js";
export { MultiPassPortAnaRecord, type MultiPassPortAnaRecordOptions } from "./record-template/multi-pass-port-ana-record.js";
export { MultiSegRecord, type MultiSegRecordOptions } from "./record-template/multi-seg-record.js";
export type { PortAnaBacktest, PortAnaConfig } from "./record-template/port-ana-config.js";
export { PortAnaRecord, type PortAnaFacts, type PortAnaRecordOptions } from "./record-template/port-ana-record.js";
export { RecordResult, type RecordResultParts, type RecordStatus } from "./record-template/record-result.js";
export { RecordTemp, type CheckOptions, type RecordClass } from "./record-template/record-temp.js";
export { SignalMseRecord } from "./record-template/signal-mse-record.js";
export { SignalRecord } from "./record-template/signal-record.js";
export { SigAnaRecord } from "./record-template/sig-ana-record.js";
export { featureReport, type FeatureReportOptions } from "./report/feature/feature-report.js";
export type { FactorReportOptions } from "./report/signal/factor-report.js";
export { signalReport, type SignalReportOptions } from "./report/signal/signal-report.js";
export { portfolioReport, type PortfolioReportOptions } from "./report/portfolio/portfolio-report.js";
export { compareReports, type CompareReportsOptions } from "./report/portfolio/compare-reports.js";
export { tearSheet, type TearSheetOptions } from "./report/portfolio/tear-sheet.js";
export { modelPerformanceGraph, type ModelPerformanceOptions } from "./report/qlib/model-performance-graph.js";
export { cumulativeReturnGraph, rankLabelGraph, type PositionGraphOptions } from "./report/qlib/position-graphs.js";
export { reportGraph } from "./report/qlib/report-graph.js";
export { riskAnalysisGraph, type RiskAnalysisGraphOptions } from "./report/qlib/risk-analysis-graph.js";
export { scoreIcGraph } from "./report/qlib/score-ic-graph.js";
export { Report, type VegaLiteSpec } from "./report/report.js";
export type { RunReportOptions } from "./report/run-report.js";
export { chart, Chart, type ChartOptions } from "./display/chart.js";
export type { HistoryChartOptions } from "./display/history-chart.js";
export type { LiveView } from "./display/live-view.js";
export type { RunWatch, WatchOptions } from "./display/run-watch.js";
export type { RunNotebookOptions } from "./notebook/run-notebook.js";

// Many runs, as plain data
export { generateTasks, type TaskGenerator } from "./task/generate-tasks.js";
export { handlerMod, type HookContext, type TaskHook } from "./task/handler-mod.js";
export { MultiHorizonGenerator, type MultiHorizonGeneratorOptions } from "./task/multi-horizon-generator.js";
export { planTasks, TaskPlan, type PlannedSegment } from "./task/plan-tasks.js";
export { RollingGenerator, type RollingGeneratorOptions } from "./task/rolling-generator.js";
export type { CalendarSource, Task } from "./task/task.js";
export { canonicalJson, taskHash } from "./task/task-hash.js";
export { labelTruncDays, truncSegments } from "./task/trunc-segments.js";
export { fillPlaceholder, type FillPlaceholderOptions } from "./config/fill-placeholder.js";
export { initInstanceByConfig, type InitInstanceOptions } from "./config/init-instance-by-config.js";
export { deepcopyBasicType } from "./config/deepcopy-basic-type.js";
export { flattenDict } from "./config/flatten-dict.js";
export { DROP, updateConfig } from "./config/update-config.js";

// A practice
export { DatasetUpdater, type DatasetUpdaterOptions } from "./online/dataset-updater.js";
export { LabelUpdater } from "./online/label-updater.js";
export { onlineBacktest, type OnlineBacktestOptions } from "./online/online-backtest.js";
export { OnlineManager, type AsOf, type OnlineManagerOptions } from "./online/online-manager.js";
export { onlineStatus } from "./online/online-status.js";
export { OnlineStrategy, type PlanContext } from "./online/online-strategy.js";
export { OnlineToolR, type OnlineTag, type OnlineUpdate, type UpdateOnlinePredOptions } from "./online/online-tool-r.js";
export { OrderList, orderList, type OrderListOptions } from "./online/order-list.js";
export type { JournalEntry, RunUpdate, SignalIssue, StrategyStep } from "./online/journal.js";
export { PredictionUpdater } from "./online/prediction-updater.js";
export { readManagerFile } from "./online/manager-file.js";
export { replaceDateRange, type ReplaceOptions } from "./online/replace-date-range.js";
export { RMDLoader, type GetDatasetOptions } from "./online/rmd-loader.js";
export { RollingStrategy, type RollingStrategyOptions } from "./online/rolling-strategy.js";
export type { RecordUpdater, UpdateResult } from "./online/record-updater.js";

// Many runs, trained
export { beginTaskTrain, endTaskTrain, taskTrain, type TaskTrainOptions } from "./trainer/task-train.js";
export { DelayedLocalTrainer, type DelayedLocalTrainerOptions } from "./trainer/delayed-local-trainer.js";
export { LocalTrainer, type LocalTrainerOptions } from "./trainer/local-trainer.js";
export type { Trainer, TrainerOptions, TrainOptions, TrainOutcome } from "./trainer/trainer.js";
export { DelayedPoolTrainer, type DelayedPoolTrainerOptions } from "./trainer/delayed-pool-trainer.js";
export { PoolTrainer, type PoolTrainerOptions } from "./trainer/pool-trainer.js";
export { trainTask, type RunReference } from "./trainer/train-task.js";
export { listTaskPools, openTaskPool, type OpenTaskPoolOptions } from "./pool/open-task-pool.js";
export type { PoolWatchOptions } from "./notebook/watch-pool.js";
export { PoolState } from "./pool/pool-state.js";
export type { ClaimableStatus, PoolTask, TaskFailure, TaskFilter, TaskStats, TaskStatus } from "./pool/pool-task.js";
export { TaskClaim } from "./pool/task-claim.js";
export {
  TaskPool,
  type ClaimOptions,
  type SubmitOptions,
  type SubmittedTask,
  type TaskPoolOptions,
} from "./pool/task-pool.js";
export type { WaitOptions } from "./pool/wait-for-tasks.js";
export { runTasks, type RunTasksOptions, type RunTasksReport, type TaskEnd } from "./pool/run-tasks.js";
export { startWorkers, type StartWorkersOptions } from "./pool/start-workers.js";
export type { TaskContext, TaskFunction, TaskModule } from "./pool/task-function.js";
export type { WorkerInfo } from "./pool/worker-process.js";
export { Workers } from "./pool/workers.js";
export {
  RollingExperiment,
  type RollingExperimentOptions,
  type RollingRunOptions,
} from "./workflow/rolling-experiment.js";
export type { RollingGap } from "./workflow/rolling-gaps.js";
export { RollingResult } from "./workflow/rolling-result.js";
export { init, type InitOptions } from "./workflow/init.js";
export { planWorkflow, runWorkflow } from "./workflow/run-workflow.js";
export type { WorkflowOptions } from "./workflow/make-plan.js";
export type { WorkflowPlan } from "./workflow/workflow-plan.js";
export { workflowFromRun, type WorkflowFromRunOptions } from "./workflow/workflow-from-run.js";

// Many runs, as one table
export { averageEnsemble } from "./collector/average-ensemble.js";
export { Collected, type CollectedTableOptions, type SkippedArtifact } from "./collector/collected.js";
export type { Collector } from "./collector/collector.js";
export { Group, rollingGroup, type GroupOptions } from "./collector/group.js";
export type { MapLike } from "./collector/map-like.js";
export { MergeCollector, type MergeCollectorOptions } from "./collector/merge-collector.js";
export { processCollect, type CollectProcess } from "./collector/process-collect.js";
export { ART_KEY_RAW, RecorderCollector, type RecorderCollectorOptions } from "./collector/recorder-collector.js";
export { rollingEnsemble } from "./collector/rolling-ensemble.js";
export { singleKeyEnsemble } from "./collector/single-key-ensemble.js";
export { TupleMap, type KeyPart } from "./collector/tuple-map.js";

// Out again, and in
export { readTable, saveTable } from "./tracking/save-table.js";
export { importMlruns } from "./tracking/mlruns/import-mlruns.js";
export type { ImportCounts, ImportSummary } from "./tracking/mlruns/import-summary.js";

// What everything stands on
export { host } from "./host/host.js";
export { VIEW, type View } from "./panel/view.js";
export * from "./errors.js";

install();
