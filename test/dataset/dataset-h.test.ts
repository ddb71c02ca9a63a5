import { beforeAll, describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import type { Market } from "../../src/data/market.js";
import { DataHandlerLP, type DataHandlerLPOptions } from "../../src/dataset/data-handler-lp.js";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import { duplicateRows } from "../../src/dataset/duplicate-rows.js";
import type { GroupedPanel } from "../../src/dataset/grouped-panel.js";
import type { CachedPanel } from "../../src/dataset/panel-cache.js";
import type { Processor } from "../../src/dataset/processor.js";
import { DataError, InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { Panel } from "../../src/panel/panel.js";
import { VIEW } from "../../src/panel/view.js";

const ADDRESS = "synthetic://?instruments=20&days=160&seed=3&start=2020-01-02";
const FEATURES = [
  { name: "RET", expression: "$close/Ref($close, 1) - 1" },
  { name: "RANGE", expression: "($high - $low)/$close" },
];
let market: Market;
let days: readonly string[];
/** Train is the first 80 days, valid 30, test 30 after a gap of two; ten days are in none. */
let segments: Record<string, [string, string]>;

beforeAll(async () => {
  market = await openMarket(ADDRESS);
  days = Array.from(market.calendar.datetimes, (ms) => new Date(ms).toISOString().slice(0, 10));
  segments = { train: [days[0]!, days[79]!], valid: [days[80]!, days[109]!], test: [days[112]!, days[141]!] };
});

const handler = (options: Partial<DataHandlerLPOptions> = {}) =>
  new DataHandlerLP({ market, features: FEATURES, ...options });
const fitOnTrain = () => ({ fitStartTime: segments.train![0], fitEndTime: segments.train![1] });
const columns = (panel: Panel) => Object.fromEntries(panel.columns);

describe("DataHandlerLP", () => {
  it("without processors all views are the same table", async () => {
    const one = handler();
    expect(await one.fetch("infer")).toEqual(await one.fetch("raw"));
    expect((await one.fetch("learn")).panel.get("RET")).toBe((await one.fetch("raw")).panel.get("RET"));
  });

  it("features are in single precision, labels in double", async () => {
    const { panel, feature, label } = await handler().fetch("raw");
    expect([feature, label]).toEqual([["RET", "RANGE"], ["LABEL0"]]);
    expect(panel.get("RET")).toBeInstanceOf(Float32Array);
    expect(panel.get("LABEL0")).toBeInstanceOf(Float64Array);
    expect((await handler({ dtype: "float64" }).fetch("raw")).panel.get("RET")).toBeInstanceOf(Float64Array);
  });

  it("append: the learn view continues the infer view; independent: it starts from the raw data", async () => {
    const lists = {
      inferProcessors: [{ class: "Fillna", kwargs: { fields_group: "feature", fill_value: 9 } }],
      learnProcessors: ["DropnaLabel"],
    };
    const [append, independent] = [handler(lists), handler({ ...lists, processType: "independent" })];
    const gaps = async (one: DataHandlerLP) => (await one.fetch("learn")).panel.get("RET").filter(Number.isNaN).length;
    expect(await gaps(append)).toBe(0);
    expect(await gaps(independent)).toBeGreaterThan(0);
    expect((await append.fetch("learn")).panel.numRows).toBeLessThan((await append.fetch("infer")).panel.numRows);
    expect((await append.fetch("learn")).panel.get("LABEL0").some(Number.isNaN)).toBe(false);
  });

  it("learns from the fit window only: other days change nothing of it", async () => {
    const inferProcessors = [{ class: "RobustZScoreNorm", kwargs: { fields_group: "feature" } }];
    const long = handler({ inferProcessors, ...fitOnTrain() });
    const short = handler({ inferProcessors, ...fitOnTrain(), endTime: segments.train![1] });
    expect(await long.fitted()).toEqual(await short.fitted());
    const { center } = (await long.fitted()).infer[0] as { center: Record<string, number> };
    const train = (await long.fetch("raw")).panel
      .between(...segments.train!)
      .get("RET")
      .filter((value) => !Number.isNaN(value))
      .sort();
    expect(center.RET).toBeCloseTo((train[(train.length - 1) >> 1]! + train[train.length >> 1]!) / 2, 10);
  });

  it("applies a state learnt earlier to other days, as it was", async () => {
    const inferProcessors = ["RobustZScoreNorm"];
    const first = handler({ inferProcessors, ...fitOnTrain() });
    const state = JSON.parse(JSON.stringify(await first.fitted())) as Awaited<ReturnType<typeof first.fitted>>;
    const later = handler({ inferProcessors, state, startTime: segments.test![0] });
    const [expected, actual] = [
      (await first.fetch("infer")).panel.between(segments.test![0]),
      (await later.fetch("infer")).panel,
    ];
    expect(columns(actual)).toEqual(columns(expected));
    await expect(handler({ inferProcessors: [], state }).fetch("infer")).rejects.toThrow(
      "it holds 1 processors, the handler has 0",
    );
  });

  it("a processor that learns needs a fit window, with rows in it", async () => {
    await expect(handler({ inferProcessors: ["ZScoreNorm"] }).fetch("infer")).rejects.toThrow(
      /Cannot fit ZScoreNorm: no fit window\n {2}set fitStartTime and fitEndTime/,
    );
    await expect(
      handler({ inferProcessors: ["ZScoreNorm"], fitStartTime: "2031-01-01", fitEndTime: null }).fetch("infer"),
    ).rejects.toThrow("no rows between 2031-01-01 and the end");
    const open = await handler({ inferProcessors: ["ZScoreNorm"], fitStartTime: null, fitEndTime: null }).fetch(
      "infer",
    );
    expect(open.panel.numRows).toBeGreaterThan(0);
  });

  it("a processor's own fit window goes before the handler's", async () => {
    const kwargs = { fit_start_time: days[0]!, fit_end_time: days[9]! };
    const own = handler({ inferProcessors: [{ class: "ZScoreNorm", kwargs }], ...fitOnTrain() });
    const handlers = handler({ inferProcessors: ["ZScoreNorm"], fitStartTime: days[0]!, fitEndTime: days[9]! });
    expect(await own.fitted()).toEqual(await handlers.fitted());
  });

  it("refuses what is only for learning among the infer processors", () => {
    expect(() => handler({ inferProcessors: ["DropnaLabel"] })).toThrow(InvalidArgumentError);
    expect(() => handler({ sharedProcessors: ["DropnaLabel"] })).toThrow(
      "Cannot use DropnaLabel as a shared processor: it is only for learning",
    );
  });

  it("shared processors run before both lists, and their state is told apart", async () => {
    const one = handler({
      sharedProcessors: ["ProcessInf", "ZScoreNorm"],
      inferProcessors: ["Fillna"],
      processType: "independent",
      ...fitOnTrain(),
    });
    const state = await one.fitted();
    expect([state.shared.length, state.infer.length, state.learn.length]).toEqual([2, 1, 0]);
    expect((await one.fetch("learn")).panel.get("RET").some(Number.isNaN)).toBe(true);
  });

  it("dropRaw frees the raw view and says so", async () => {
    const one = handler({ dropRaw: true, learnProcessors: ["DropnaLabel"] });
    await one.setup();
    await expect(one.fetch("raw")).rejects.toThrow("the handler was made with dropRaw");
    expect(one.loaded("raw")).toBeUndefined();
    expect((await one.fetch("infer")).panel.numRows).toBeGreaterThan((await one.fetch("learn")).panel.numRows);
  });

  it("a view that failed is made anew at the next call, and callers at once share one computation", async () => {
    let fits = 0;
    const flaky: Processor = {
      inferSafe: true,
      fit: () => (fits++ === 0 ? Promise.reject(new DataError("not today")) : { fine: 1 }),
      apply: (data: GroupedPanel) => data,
      config: () => ({ class: "Flaky" }),
    };
    const one = handler({ inferProcessors: [flaky], fitStartTime: null, fitEndTime: null });
    await expect(one.fetch("infer")).rejects.toThrow("not today");
    await Promise.all([one.fetch("infer"), one.fetch("infer"), one.fetch("learn")]);
    expect(fits).toBe(2);
  });

  it("keeps raw data in the cache it is given, under a key that depends on data and features", async () => {
    const kept = new Map<string, CachedPanel>();
    const cache = {
      get: (key: string) => kept.get(key),
      put: (key: string, entry: CachedPanel) => void kept.set(key, entry),
    };
    const first = await handler({ cache }).fetch("raw");
    expect((await handler({ cache }).fetch("raw")).panel.get("RET")).toBe(first.panel.get("RET"));
    await handler({ cache, features: [FEATURES[0]!] }).fetch("raw");
    await handler({ cache, market: "synthetic://?instruments=20&days=160&seed=4&start=2020-01-02" }).fetch("raw");
    expect(kept.size).toBe(3);
  });

  it("refuses a name twice, no features, an unknown view", async () => {
    expect(() => handler({ features: [FEATURES[0]!, FEATURES[0]!] })).toThrow('the column name "RET" occurs twice');
    expect(() => handler({ features: [] })).toThrow("no features");
    await expect(handler().fetch("train" as "learn")).rejects.toThrow(UnknownNameError);
    await expect(handler({ features: ["$clos"] }).fetch()).rejects.toThrow('did you mean "$close"?');
  });
});

describe("DatasetH", () => {
  const dataset = (options: Partial<DataHandlerLPOptions> = {}) =>
    new DatasetH({ handler: handler(options), segments });

  it("cuts segments with both ends inclusive", async () => {
    const [train, test] = (await dataset().prepare(["train", "test"])) as [Panel, Panel];
    expect([train.numDates, test.numDates]).toEqual([80, 30]);
    expect(
      [new Date(test.dates[0]!), new Date(test.dates.at(-1)!)].map((date) => date.toISOString().slice(0, 10)),
    ).toEqual(segments.test);
    expect(await dataset().prepare("test")).toEqual(test);
  });

  it("gives the columns asked for", async () => {
    const one = dataset();
    expect((await one.prepare("test")).columnNames).toEqual(["RET", "RANGE", "LABEL0"]);
    expect((await one.prepare("test", { colSet: "label", dataKey: "raw" })).columnNames).toEqual(["LABEL0"]);
    expect((await one.prepare("test", { colSet: ["label", "feature"] })).columnNames).toEqual([
      "LABEL0",
      "RET",
      "RANGE",
    ]);
    expect(await one.prepareGroups("test")).toMatchObject({ feature: ["RET", "RANGE"], label: ["LABEL0"] });
  });

  it("names what a segment lacks", async () => {
    await expect(dataset().prepare("tset")).rejects.toThrow(
      /unknown segment "tset"\n {2}known: test, train, valid\n {2}did you mean "test"\?/,
    );
    const beyond = new DatasetH({ handler: handler(), segments: { test: ["2031-01-01", null] } });
    await expect(beyond.prepare("test")).rejects.toThrow(DataError);
    await expect(beyond.prepare("test")).rejects.toThrow(
      `Cannot prepare segment "test" (2031-01-01/): it has no rows in the infer view\n  the data run from ${days[0]} to ${days.at(-1)}`,
    );
  });

  it.each<[Record<string, unknown>, string]>([
    [{}, "no segments"],
    [{ train: ["2020-02-01", "2020-01-01"] }, 'segment "train" starts 2020-02-01, after its end 2020-01-01'],
    [{ train: "2020" }, 'segment "train" is "2020", [start, end] expected'],
    [{ train: ["soon", null] }, '"soon" is no date'],
  ])("refuses the segments %j", (wrong, message) => {
    expect(() => new DatasetH({ handler: handler(), segments: wrong as never })).toThrow(message);
  });

  it("is made again from its configuration, market included", async () => {
    const one = dataset({
      inferProcessors: ["RobustZScoreNorm", { class: "Fillna", kwargs: { fillValue: 0.5 } }],
      learnProcessors: ["DropnaLabel"],
      ...fitOnTrain(),
    });
    const config = JSON.parse(JSON.stringify(one.config())) as ReturnType<typeof one.config>;
    const again = new DatasetH(config.kwargs as never);
    expect(again.config()).toEqual(config);
    expect(columns(await again.prepare("train", { dataKey: "learn" }))).toEqual(
      columns(await one.prepare("train", { dataKey: "learn" })),
    );
    expect((config.kwargs!.handler as { kwargs: { market: { address: string } } }).kwargs.market.address).toBe(
      market.address,
    );
  });

  it("shows its segments, with sizes once loaded", async () => {
    const one = dataset();
    expect(one[VIEW]().table).toEqual(
      Object.entries(segments).map(([segment, [start, end]]) => ({ segment, start, end })),
    );
    await one.handler.setup();
    const table = one[VIEW]().table as { segment: string; dates: number; rows: number; missing: number }[];
    expect(table.map((row) => row.dates)).toEqual([80, 30, 30]);
    expect(table[2]!.rows).toBe((await one.prepare("test")).numRows);
    expect(table[0]!.missing).toBeGreaterThan(0);
    expect(String(one)).toBe(
      `DatasetH(train ${segments.train!.join("/")}, valid ${segments.valid!.join("/")}, test ${segments.test!.join("/")})`,
    );
  });
});

describe("leakCheck", () => {
  const check = (cuts: Record<string, [string, string]>, options: Partial<DataHandlerLPOptions> = {}) =>
    new DatasetH({ handler: handler(options), segments: cuts }).leakCheck();

  it("finds nothing where test starts two days after valid and the fit ends with train", async () => {
    expect(await check(segments, { inferProcessors: ["RobustZScoreNorm"], ...fitOnTrain() })).toEqual({
      ok: true,
      findings: [],
      labelHorizonDays: 2,
      sharedDays: 0,
      labelDaysInTest: 0,
      fitDaysInTest: 0,
      fitDaysAfterTrain: 0,
      duplicateRows: 0,
    });
  });

  it("counts shared days, labels that reach into test, and days a processor should not have seen", async () => {
    const touching = { train: [days[0]!, days[79]!], test: [days[80]!, days[99]!] } satisfies Record<
      string,
      [string, string]
    >;
    expect(await check(touching)).toMatchObject({
      ok: false,
      labelDaysInTest: 2,
      findings: ["the label of the last 2 days of segment train looks 2 days ahead, into test"],
    });
    const shared = { train: [days[0]!, days[79]!], test: [days[70]!, days[99]!] } satisfies Record<
      string,
      [string, string]
    >;
    expect(await check(shared)).toMatchObject({ sharedDays: 10, labelDaysInTest: 2 });
    const wide = await check(segments, { inferProcessors: ["ZScoreNorm"], fitStartTime: null, fitEndTime: null });
    expect(wide).toMatchObject({ fitDaysInTest: 30, fitDaysAfterTrain: 50 });
    expect(wide.findings).toEqual([
      "ZScoreNorm learnt from 30 days of test",
      "ZScoreNorm learnt from 50 days after train",
    ]);
  });

  it("counts rows that repeat another instrument's values", async () => {
    const twins = Panel.from({
      datetime: ["2020-01-02", "2020-01-02", "2020-01-02", "2020-01-03", "2020-01-03"],
      instrument: ["A", "B", "C", "A", "B"],
      x: [1, 1, 2, NaN, NaN],
      y: [NaN, NaN, 3, NaN, NaN],
    });
    expect(await duplicateRows(twins, ["x", "y"])).toBe(1);
  });
});
