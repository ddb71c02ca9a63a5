import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { columnValues } from "../../src/engine/arquero.js";
import { ConfigError, InvalidArgumentError, RecorderNotFoundError } from "../../src/errors.js";
import { install } from "../../src/install.js";
import { onlineBacktest } from "../../src/online/online-backtest.js";
import { OnlineManager } from "../../src/online/online-manager.js";
import { onlineStatus } from "../../src/online/online-status.js";
import { OnlineToolR } from "../../src/online/online-tool-r.js";
import { orderList } from "../../src/online/order-list.js";
import { RollingStrategy } from "../../src/online/rolling-strategy.js";
import { taskSegments, type Task } from "../../src/task/task.js";
import { R } from "../../src/tracking/r.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { DelayedLocalTrainer } from "../../src/trainer/delayed-local-trainer.js";
import { temporaryFolder } from "../temporary-folder.js";
import { ADDRESS, practice, rowsOf, template } from "./small-practice.js";

install();
R.setUri(temporaryFolder());
const market = await openMarket(ADDRESS);

const manager = new OnlineManager({ name: "daily", strategies: practice("ridge"), market, beginTime: "2015-04-27" });
const testsOf = async (runs: readonly Recorder[]) =>
  Promise.all(runs.map(async (run) => taskSegments((await run.loadObject("task")) as Task).test![0]));

describe("a practice, day by day", () => {
  it("has no routine before its first training", async () => {
    await expect(manager.runRoutine("2015-04-27")).rejects.toThrow(/not trained yet: ridge/);
  });

  it("trains all rolls up to the day first, and puts all of them online", async () => {
    await manager.firstTrain();
    const { ridge } = await manager.onlineModels();
    expect(await testsOf(ridge!)).toEqual(["2015-04-20", "2015-04-27"]);
    const tool = new OnlineToolR({ defaultExpName: "ridge" });
    expect((await tool.onlineModels()).map(({ id }) => id).sort()).toEqual(ridge!.map(({ id }) => id).sort());
    expect((await manager.signals()).numRows()).toBe(0);
  });

  it("does not train again what is trained", async () => {
    await manager.firstTrain();
    expect((await R.listRecorders({ experimentName: "ridge" })).length).toBe(2);
  });

  it("forecasts each day, rolls on the day a test segment begins, and takes the older model offline", async () => {
    for (const day of ["2015-04-27", "2015-04-28", "2015-04-29", "2015-04-30", "2015-05-01", "2015-05-04"])
      expect((await manager.runRoutine(day)).state).toBe("done");
    const { ridge } = await manager.onlineModels();
    expect(await testsOf(ridge!)).toEqual(["2015-05-04"]);
    expect(await new OnlineToolR().getOnlineTag(ridge![0]!)).toBe("online");
    const [last] = [...(await manager.journal())].slice(-1);
    expect(last!.strategies.ridge!.runs).toHaveLength(1);
  });

  it("issues each date once, and knows what it knew", async () => {
    const now = await manager.signals();
    const days = new Set(Array.from(columnValues(now, "datetime") as ArrayLike<Date>, Number));
    expect(days.size).toBe(11);
    expect(now.numRows()).toBe((await manager.signalHistory()).numRows());
    const then = rowsOf(await manager.signals({ asOf: "2015-04-29" })) as { datetime: string; issued: string }[];
    expect(then.at(-1)!.datetime).toBe("2015-04-29");
    expect(then.every(({ issued }) => issued <= "2015-04-29")).toBe(true);
    expect(then).toEqual((rowsOf(now) as { datetime: string }[]).slice(0, then.length));
    expect(await testsOf((await manager.onlineModels({ asOf: "2015-05-01" })).ridge!)).toEqual([
      "2015-04-20",
      "2015-04-27",
    ]);
  });

  it("does a day once: the same routine again changes nothing", async () => {
    const before = JSON.stringify(await manager.journal());
    expect((await manager.runRoutine("2015-05-04")).day).toBe("2015-05-04");
    expect(JSON.stringify(await manager.journal())).toBe(before);
  });

  it("goes on after it is loaded again, and forecasts the days it missed by the models due then", async () => {
    const again = await OnlineManager.load("daily");
    expect(await again.currentDay()).toBe("2015-05-04");
    await again.runRoutine("2015-05-13");
    const table = rowsOf(await again.signals()) as { datetime: string; issued: string }[];
    const days = [...new Set(table.map(({ datetime }) => datetime))];
    expect(days).toEqual(
      Array.from(market.calendar.slice({ start: "2015-04-20", end: "2015-05-13" }).datetimes, (ms) =>
        new Date(ms).toISOString().slice(0, 10),
      ),
    );
    expect(table.filter(({ datetime }) => datetime > "2015-05-04").every(({ issued }) => issued === "2015-05-13")).toBe(
      true,
    );
  });

  it("does not go back", async () => {
    await expect((await OnlineManager.load("daily")).runRoutine("2015-05-12")).rejects.toThrow(InvalidArgumentError);
  });

  it("takes in another strategy from the day it has reached", async () => {
    const again = await OnlineManager.load("daily");
    await again.addStrategies(practice("ridge too", { alpha: 50 }));
    await again.runRoutine("2015-05-14");
    expect(Object.keys(await again.onlineModels())).toEqual(["ridge", "ridge too"]);
    expect(Object.keys(await again.onlineModels({ asOf: "2015-05-04" }))).toEqual(["ridge"]);
    const collected = (await again.getCollector().run()) as { keys(): unknown[] };
    expect([...collected.keys()].map((key) => JSON.stringify(key))).toEqual([
      '["ridge","pred"]',
      '["ridge too","pred"]',
    ]);
    expect((await OnlineManager.load("daily")).strategies.map(({ name }) => name)).toEqual(["ridge", "ridge too"]);
  });

  it("shows its models over time, its coverage and how forecasts wear out", async () => {
    const report = await onlineStatus(await OnlineManager.load("daily"));
    expect(report.sections.map(({ name }) => name)).toEqual(["models", "coverage", "ic-by-age", "journal"]);
    expect(report.table("models").numRows()).toBeGreaterThan(4);
    expect(report.table("coverage").get("instruments", 0)).toBe(11);
    expect(report.facts.day).toBe("2015-05-14");
  });

  it("back-tests its signals over their own dates", async () => {
    const { report } = await onlineBacktest(await OnlineManager.load("daily"), {
      ...{ strategy: { topk: 4, nDrop: 1 }, account: 1e6, benchmark: null },
    });
    expect((report.get("datetime", 0) as Date).toISOString().slice(0, 10)).toBe("2015-04-21");
    expect((report.get("datetime", report.numRows() - 1) as Date).toISOString().slice(0, 10)).toBe("2015-05-14");
  });

  it("lists orders in whole real shares that the cash pays for, sells first", async () => {
    const again = await OnlineManager.load("daily");
    const list = await orderList(again, { strategy: { topk: 4, nDrop: 1 }, account: 1e6 });
    const rows = list.table.objects() as { direction: string; shares: number }[];
    expect(rows.map(({ direction }) => direction)).toEqual(["sell", "buy"].slice(2 - rows.length));
    expect(rows.every(({ shares }) => Number.isInteger(shares) && shares > 0)).toBe(true);
    expect(list.cashAfter).toBeGreaterThanOrEqual(0);
    expect(list.toCsv().split("\n")[0]).toBe("instrument,direction,shares,price,value,cost,score,held");
  });

  it("lists orders for holdings that are given, in real shares", async () => {
    const again = await OnlineManager.load("daily");
    const [worst] = (rowsOf(await again.signals()) as { datetime: string; instrument: string; score: number }[])
      .filter(({ datetime }) => datetime === "2015-05-14")
      .sort((a, b) => a.score - b.score);
    const list = await orderList(again, {
      strategy: { topk: 1, nDrop: 1 },
      holdings: { cash: 1000, shares: { [worst!.instrument]: 70 } },
    });
    const rows = list.table.objects() as { instrument: string; direction: string; shares: number; held: number }[];
    expect(rows[0]).toMatchObject({ instrument: worst!.instrument, direction: "sell", shares: 70, held: 70 });
    expect(rows[1]!.direction).toBe("buy");
  });
});

describe("a manager that is opened again", () => {
  const open = (options: object) => new OnlineManager({ name: "daily", strategies: practice("ridge"), ...options });

  it("needs neither market nor begin time a second time, and takes the same ones", async () => {
    expect(await open({}).currentDay()).toBe("2015-05-14");
    expect((await open({}).market()).address).toBe(market.address);
    expect(await open({ market: ADDRESS, beginTime: "2015-04-27", freeze: "issued" }).currentDay()).toBe("2015-05-14");
    expect(await open({ market, beginTime: "2015-04-26T00:00:00Z" }).currentDay().catch(String)).toMatch(/begin time/);
  });

  it("refuses another market, begin time or freeze, and says what it is", async () => {
    const refused = async (options: object) => {
      const error = await open(options)
        .signals()
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ConfigError);
      return (error as Error).message;
    };
    const other = ADDRESS.replace("seed=5", "seed=6");
    expect(await refused({ market: other })).toMatch(/its market is "synthetic:[^]*seed=5[^]*given is [^]*seed=6/);
    expect(await refused({ market: { address: ADDRESS, benchmark: "S0001" } })).toMatch(/market's benchmark is/);
    expect(await refused({ beginTime: "2015-04-28" })).toMatch(/begin time is "2015-04-27", given is "2015-04-28"/);
    expect(await refused({ freeze: "past" })).toMatch(/freeze is "issued", given is "past"/);
    expect(await refused({ freeze: "past" })).toMatch(/OnlineManager\.load\("daily"\)/);
  });

  it("keeps its freeze when none is given", async () => {
    const options = { name: "moving", strategies: practice("moving"), market, beginTime: "2015-04-27" };
    await new OnlineManager({ ...options, freeze: "past" }).signals();
    await new OnlineManager(options).firstTrain();
    const config = (await (await new OnlineManager(options).run()).loadObject("manager")) as { freeze: string };
    expect(config.freeze).toBe("past");
  });

  it("works on with data that have moved, once told where", async () => {
    const options = { name: "moved", strategies: practice("moved", { market: undefined }), market };
    await new OnlineManager({ ...options, beginTime: "2015-04-27" }).signals();
    const moved = ADDRESS.replace("seed=5", "seed=6");
    const again = await OnlineManager.load("moved", { market: moved });
    expect((await again.market()).address).toBe((await openMarket(moved)).address);
    await again.firstTrain();
    await again.runRoutine("2015-04-28");
    expect((await (await OnlineManager.load("moved")).market()).address).toBe((await again.market()).address);
    await expect(new OnlineManager(options).signals()).rejects.toThrow(/its market is/);
  });
});

describe("what cannot be", () => {
  it("refuses two strategies of one name", () => {
    expect(() => new OnlineManager({ name: "two", strategies: [practice("a"), practice("a")] })).toThrow(
      /two strategies/,
    );
  });

  it("names the nearest manager when there is none of the name", async () => {
    await expect(OnlineManager.load("daly")).rejects.toThrow(RecorderNotFoundError);
    await expect(OnlineManager.load("daly")).rejects.toThrow(/did you mean "daily"/);
  });

  it("refuses to go on with a strategy that was defined otherwise", async () => {
    const other = new OnlineManager({ name: "daily", strategies: practice("ridge", { alpha: 2 }), market });
    await expect(other.signals()).rejects.toThrow(ConfigError);
  });
});

describe("two templates of one class in a strategy", () => {
  it("are both rolled, kept apart, and count alike: as two strategies of one template each", async () => {
    const options = { market, beginTime: "2015-04-27" } as const;
    const taskTemplate = [template({ alpha: 1 }), template({ alpha: 50 })];
    const rollingGen = { step: 5, rtype: "sliding" } as const;
    const both = new RollingStrategy({ name: "both", taskTemplate, rollingGen });
    const one = new OnlineManager({ ...options, name: "one of two", strategies: both });
    const two = new OnlineManager({
      ...{ ...options, name: "two of one", strategies: [practice("first"), practice("second", { alpha: 50 })] },
    });
    const [a, b] = [await one.simulate({ until: "2015-05-06" }), await two.simulate({ until: "2015-05-06" })];
    expect((await one.onlineModels()).both).toHaveLength(2);
    const close = (rows: unknown) =>
      (rows as { score: number }[]).map(({ score, ...row }) => ({ ...row, score: Math.round(score * 1e9) }));
    expect(close(rowsOf(a))).toEqual(close(rowsOf(b)));
    const collected = (await both.getCollector().run()) as {
      get(key: string): Iterable<[readonly unknown[], unknown]>;
    };
    expect(Array.from(collected.get("pred"), ([key]) => key).sort()).toEqual([
      ["LinearModel", "template 1"],
      ["LinearModel", "template 2"],
    ]);
  });
});

describe("a trainer that delays", () => {
  it("has fitted by the end of each day when the days are real", async () => {
    const options = { market, beginTime: "2015-04-27" } as const;
    const now = new OnlineManager({ ...options, name: "at once", strategies: practice("at once") });
    const later = new OnlineManager({
      ...{ ...options, name: "delayed", strategies: practice("delayed"), trainer: new DelayedLocalTrainer() },
    });
    for (const manager of [now, later]) await manager.firstTrain();
    for (const day of ["2015-04-28", "2015-05-04", "2015-05-05"]) {
      for (const manager of [now, later]) expect((await manager.runRoutine(day)).state).toBe("done");
      expect(rowsOf(await later.signals())).toEqual(rowsOf(await now.signals()));
    }
    for (const run of (await later.onlineModels()).delayed!) expect(run.status).toBe("FINISHED");
  });
});

describe("a simulation", () => {
  it("gives the same signals when fitting is left to its end", async () => {
    const now = new OnlineManager({ name: "now", strategies: practice("now"), market, beginTime: "2015-04-27" });
    const later = new OnlineManager({
      ...{ name: "later", strategies: practice("later"), market, beginTime: "2015-04-27" },
      trainer: new DelayedLocalTrainer(),
    });
    const [a, b] = [await now.simulate({ until: "2015-05-12" }), await later.simulate({ until: "2015-05-12" })];
    expect(rowsOf(b)).toEqual(rowsOf(a));
    expect(later.status).toBe("online");
    expect(await testsOf((await later.onlineModels()).later!)).toEqual(await testsOf((await now.onlineModels()).now!));
    expect((await later.journal()).every(({ state }) => state === "done")).toBe(true);
  });

  it("goes on where it ended", async () => {
    const again = await OnlineManager.load("now");
    await again.simulate({ until: "2015-05-14" });
    expect((await again.journal()).filter(({ kind }) => kind === "routine")).toHaveLength(14);
  });
});
