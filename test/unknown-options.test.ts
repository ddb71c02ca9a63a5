import { describe, expect, it } from "vitest";
import {
  analyzeFactor,
  beginTaskTrain,
  bootstrapIntervals,
  calcGroupReturn,
  capacity,
  chart,
  checkMarket,
  compareReports,
  compareRuns,
  cumulativeReturnGraph,
  deflatedSharpe,
  DelayedLocalTrainer,
  DelayedPoolTrainer,
  EnhancedIndexingOptimizer,
  eventStudy,
  falseDiscovery,
  featureReport,
  fillPlaceholder,
  forwardReturns,
  Group,
  groupAnalysis,
  holdBuySell,
  holdingPeriods,
  initInstanceByConfig,
  joinPredLabel,
  listTaskPools,
  LocalTrainer,
  minTrackRecordLength,
  monthlyTable,
  MultiHorizonGenerator,
  neutralize,
  neweyWest,
  OnlineManager,
  OnlineToolR,
  openTaskPool,
  periodReturns,
  planWorkflow,
  PoolTrainer,
  positionStatistics,
  probabilisticSharpe,
  probabilityOfOverfitting,
  QlibDataLoader,
  randomSignals,
  rankLabelGraph,
  riskAnalysisGraph,
  RollingExperiment,
  RollingGenerator,
  RollingStrategy,
  runTasks,
  runWorkflow,
  scoreMemory,
  sectorAttribution,
  singleKeyEnsemble,
  startWorkers,
  StaticDataLoader,
  statisticalRiskModel,
  summarizeFeatures,
  summarizeIc,
  synthetic,
  taskTrain,
  TradingCalendar,
} from "../src/index.js";
import { UnknownNameError } from "../src/errors.js";
import { practice, template } from "./online/small-practice.js";
import { temporaryFolder } from "./temporary-folder.js";

const store = temporaryFolder("options");
const pool = openTaskPool("rolls", { store });
const task = template();
const calendar = TradingCalendar.from(["2024-01-02", "2024-01-03"]);
const manager = () => new OnlineManager({ name: "m", strategies: practice("s") });

/** Calls with one misspelt option, as code without types or a file would make them, and what it was to be. */
const CALLS: readonly (readonly [what: string, call: () => unknown, meant: string])[] = [
  ["RollingGenerator", () => new RollingGenerator({ stp: 5 } as object), "step"],
  [
    "MultiHorizonGenerator",
    () => new MultiHorizonGenerator({ horizons: [1], setHorizon: () => {} } as never),
    "horizon",
  ],
  [
    "RollingStrategy",
    () => new RollingStrategy({ ...practice("s").config().kwargs, rollingGn: {} } as never),
    "rollingGen",
  ],
  ["openTaskPool", () => openTaskPool("rolls", { store, leaseMS: 5 } as object), "leaseMs"],
  ["listTaskPools", () => listTaskPools({ stroe: store } as object), "store"],
  ["submit", () => pool.submit({ x: 1 }, { experimnt: "a" } as object), "experiment"],
  ["claim", () => pool.claim({ form: "waiting" } as object), "from"],
  ["claim's filter", () => pool.claim({ filter: { experimnt: "a" } as object }), "experiment"],
  ["list", () => pool.list({ stauts: "done" } as object), "status"],
  ["stats", () => pool.stats({ id: "1" } as object), "ids"],
  ["cancel", () => pool.cancel({ experimnt: "b" } as object), "experiment"],
  ["reset", () => pool.reset({ stauts: "done" } as object), "status"],
  ["remove", () => pool.remove({ stauts: "done" } as object), "status"],
  ["wait", () => pool.wait({}, { timeout: 5 } as object), "timeoutMs"],
  ["runTasks", () => runTasks(pool, () => 1, { filtr: {} } as object), "filter"],
  ["startWorkers", () => startWorkers(1, { pool, whenEmty: "stay" } as never), "whenEmpty"],
  ["LocalTrainer", () => new LocalTrainer({ experiment_name: "a" } as object), "experimentName"],
  ["DelayedLocalTrainer", () => new DelayedLocalTrainer({ endTrainFn: () => {} } as object), "endTrainFunc"],
  ["PoolTrainer", () => new PoolTrainer({ job: 2 } as object), "jobs"],
  ["DelayedPoolTrainer", () => new DelayedPoolTrainer({ trainFunc: {} } as object), "endTrainFunc"],
  ["LocalTrainer.train", () => new LocalTrainer().train(task, { rerunn: "missing" } as object), "rerun"],
  ["PoolTrainer.train", () => new PoolTrainer({ pool }).train(task, { rerunn: "missing" } as object), "rerun"],
  ["taskTrain", () => taskTrain(task, { experimentname: "a" } as object), "experimentName"],
  ["beginTaskTrain", () => beginTaskTrain(task, { recordername: "a" } as object), "recorderName"],
  [
    "OnlineManager",
    () => new OnlineManager({ name: "m", strategies: [], begintime: "2015-01-02" } as never),
    "beginTime",
  ],
  ["OnlineManager.load", () => OnlineManager.load("m", { markt: "a" } as object), "market"],
  ["signals", () => manager().signals({ asof: "2015-01-02" } as object), "asOf"],
  ["onlineModels", () => manager().onlineModels({ asof: "2015-01-02" } as object), "asOf"],
  ["simulate", () => manager().simulate({ untill: "2015-01-02" } as object), "until"],
  ["OnlineToolR", () => new OnlineToolR({ defaultExpname: "a" } as object), "defaultExpName"],
  ["updateOnlinePred", () => new OnlineToolR().updateOnlinePred({ todate: "2015-01-02" } as object), "toDate"],
  ["RollingExperiment", () => new RollingExperiment({ task, stp: 5 } as never), "step"],
  ["RollingExperiment.run", () => new RollingExperiment({ task }).run({ rerunn: "always" } as object), "rerun"],
  ["planWorkflow", () => planWorkflow({}, { override: [] } as object), "overrides"],
  ["runWorkflow", () => runWorkflow({}, { storeUrl: store } as object), "storeUri"],
];

const none = {} as never;
const wrong = (name: string) => ({ [name]: 1 }) as never;

/** Functions of numbers and figures look at their options before their data. */
const FUNCTIONS: readonly (readonly [what: string, call: () => unknown, meant: string])[] = [
  ["synthetic", () => synthetic(wrong("instrumnts")), "instruments"],
  ["checkMarket", () => checkMarket("synthetic://?instruments=5&days=20", wrong("univers")), "universe"],
  ["TradingCalendar.getDateByShift", () => calendar.getDateByShift("2024-01-02", 1, wrong("clipshift")), "clipShift"],
  ["TradingCalendar.shift", () => calendar.shift(none, 1, wrong("rtyp")), "rtype"],
  ["QlibDataLoader", () => new QlibDataLoader({ config: {}, confg: {} } as never), "config"],
  ["StaticDataLoader", () => new StaticDataLoader(wrong("labelHorizon")), "labelHorizonDays"],
  ["compareRuns", () => compareRuns([], wrong("bettr")), "better"],
  ["summarizeFeatures", () => summarizeFeatures(none, wrong("feature")), "features"],
  ["calcGroupReturn", () => calcGroupReturn(none, wrong("group")), "groups"],
  ["joinPredLabel", () => joinPredLabel(none, none, wrong("labelcol")), "labelCol"],
  ["neweyWest", () => neweyWest(new Float64Array(3), wrong("lag")), "lags"],
  ["scoreMemory", () => scoreMemory(none, wrong("lags")), "lag"],
  ["summarizeIc", () => summarizeIc([], wrong("levl")), "level"],
  ["analyzeFactor", () => analyzeFactor(none, wrong("quantile")), "quantiles"],
  ["eventStudy", () => eventStudy(none, none, wrong("befor")), "before"],
  ["forwardReturns", () => forwardReturns(none, wrong("horizon")), "horizons"],
  ["groupAnalysis", () => groupAnalysis(none, none, wrong("quantile")), "quantiles"],
  ["neutralize", () => neutralize(none, wrong("group")), "groups"],
  ["monthlyTable", () => monthlyTable([], wrong("mod")), "mode"],
  ["periodReturns", () => periodReturns([], "month", wrong("riskfree")), "riskFree"],
  ["capacity", () => capacity(none, wrong("participaton")), "participation"],
  ["holdingPeriods", () => holdingPeriods(none, wrong("weights")), "weight"],
  ["holdBuySell", () => holdBuySell(none, none, wrong("labl")), "label"],
  ["positionStatistics", () => positionStatistics(none, wrong("topk")), "top"],
  ["sectorAttribution", () => sectorAttribution(none, none, wrong("weights")), "weight"],
  ["bootstrapIntervals", () => bootstrapIntervals([], wrong("resample")), "resamples"],
  ["deflatedSharpe", () => deflatedSharpe([], wrong("trial")), "trials"],
  ["falseDiscovery", () => falseDiscovery([], wrong("methd")), "method"],
  ["minTrackRecordLength", () => minTrackRecordLength([], wrong("confidance")), "confidence"],
  ["probabilisticSharpe", () => probabilisticSharpe([], wrong("treshold")), "threshold"],
  ["probabilityOfOverfitting", () => probabilityOfOverfitting(none, wrong("split")), "splits"],
  ["randomSignals", () => randomSignals(none, wrong("shufles")), "shuffles"],
  ["EnhancedIndexingOptimizer", () => new EnhancedIndexingOptimizer(wrong("lambda")), "lamb"],
  ["statisticalRiskModel", () => statisticalRiskModel(wrong("factor")), "factors"],
  ["featureReport", () => featureReport(none, wrong("feature")), "features"],
  ["compareReports", () => compareReports(none, wrong("titel")), "title"],
  ["cumulativeReturnGraph", () => cumulativeReturnGraph(none, none, none, wrong("strat")), "start"],
  ["rankLabelGraph", () => rankLabelGraph(none, none, wrong("strat")), "start"],
  ["riskAnalysisGraph", () => riskAnalysisGraph(wrong("reprot")), "report"],
  ["chart", () => chart([], { x: "a", y: "b", colour: "c" } as never), "color"],
  ["fillPlaceholder", () => fillPlaceholder({}, {}, wrong("unresolvd")), "unresolved"],
  ["initInstanceByConfig", () => initInstanceByConfig("x", wrong("contxt")), "context"],
  ["Group", () => new Group(wrong("groupFn")), "groupFunc"],
  ["singleKeyEnsemble", () => singleKeyEnsemble({}, wrong("recursive")), "recursion"],
];

describe("a misspelt option", () => {
  it.each([...CALLS, ...FUNCTIONS])("of %s is refused, with the nearest name", async (_, call, meant) => {
    const error = await (async () => call())().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(UnknownNameError);
    expect((error as Error).message).toContain(`did you mean "${meant}"`);
  });

  it("in a filter chooses nothing, instead of everything", async () => {
    const tasks = await pool.submit([{ x: 1 }, { x: 2 }], { experiment: "a" });
    await expect(pool.cancel({ experimnt: "b" } as object)).rejects.toThrow(/Cannot choose tasks/);
    await expect(pool.remove({ stauts: "done" } as object)).rejects.toThrow(/Cannot choose tasks/);
    expect((await pool.list({ status: "waiting" })).map(({ id }) => id)).toEqual(tasks.map(({ id }) => id));
  });
});
