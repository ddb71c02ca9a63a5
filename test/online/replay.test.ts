import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { ColumnTable } from "arquero";
import { stringify } from "yaml";
import { describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { install } from "../../src/install.js";
import { readManagerFile } from "../../src/online/manager-file.js";
import { OnlineManager } from "../../src/online/online-manager.js";
import { Random } from "../../src/panel/random.js";
import { taskSegments, type Task } from "../../src/task/task.js";
import { R } from "../../src/tracking/r.js";
import { temporaryFolder } from "../temporary-folder.js";
import { ADDRESS, practice, rowsOf, template } from "./small-practice.js";

install();
R.setUri(temporaryFolder());
const [BEGIN, DAYS] = ["2015-04-27", 60];
const folder = temporaryFolder();

describe("a simulation of sixty days", () => {
  it("gives what sixty routines give, each with a folder of data that ends on its day, row for row", async () => {
    const market = await openMarket(ADDRESS);
    const first = market.calendar.indexOf(BEGIN);
    const days = Array.from({ length: DAYS }, (_, i) => formatDatetime(market.calendar.at(first + i)));
    const whole = path.join(folder, "whole");
    const growing = path.join(folder, "growing");
    await writeBars(whole, market.calendar.last);
    await writeBars(growing, market.calendar.at(first));

    const replay = new OnlineManager({
      ...{
        name: "replay",
        strategies: practice("replay", { step: 10, market: whole }),
        market: whole,
        beginTime: BEGIN,
      },
    });
    const simulated = await replay.simulate({ until: days.at(-1)! });

    const daily = { name: "daily", strategies: practice("daily", { step: 10, market: growing }), market: growing };
    await new OnlineManager(daily).firstTrain();
    for (const day of days) {
      await writeBars(growing, Date.parse(`${day}T00:00:00Z`));
      await (await OnlineManager.load("daily")).runRoutine();
    }
    const single = await OnlineManager.load("daily");
    expect(rowsOf(await single.signals())).toEqual(rowsOf(simulated));
    expect(rowsOf(await single.signalHistory())).toEqual(rowsOf(await replay.signalHistory()));
    expect(simulated.numRows()).toBeGreaterThan(DAYS * 10);
    for (const asOf of [days[7]!, days[31]!])
      expect(rowsOf(await single.signals({ asOf }))).toEqual(rowsOf(await replay.signals({ asOf })));
    expect(await stateOf("daily", "daily")).toEqual(await stateOf("replay", "replay"));
  }, 400_000);
});

describe("a simulation that is killed", () => {
  it.each([
    ["with fitting day by day", false, [1, 2]],
    ["with all fitting at its end", true, [3]],
  ] as const)(
    "%s, ends as one that is not, however often and wherever it is killed",
    async (_, delay, seeds) => {
      const home = path.join(folder, delay ? "delayed" : "plain");
      mkdirSync(home, { recursive: true });
      const file = path.join(home, "practice.yaml");
      const strategies = [{ name: "ridge", rolling: { step: 3, rtype: "sliding" }, task: template() }];
      writeFileSync(file, stringify({ name: "m", market: ADDRESS, begin_time: BEGIN, delay, strategies }));
      const until = "2015-05-05";
      R.setUri(path.join(home, "unbroken"));
      await new OnlineManager(await readManagerFile(file)).simulate({ until });
      const [signals, state] = [await issued("m"), await stateOf("m", "ridge")];

      for (const seed of seeds) {
        const store = path.join(home, `broken ${seed}`);
        const random = new Random(seed);
        let kills = 0;
        while (!(await simulate(store, file, until, kills < 5 ? 150 + random.below(2500) : Infinity))) kills++;
        R.setUri(store);
        expect(kills).toBeGreaterThan(1);
        expect(await issued("m"), `signals after ${kills} kills, seed ${seed}`).toEqual(signals);
        expect(await stateOf("m", "ridge"), `state after ${kills} kills, seed ${seed}`).toEqual(state);
      }
    },
    400_000,
  );
});

/** Whether the process came to its end; else it was killed so many milliseconds after it had begun. */
function simulate(store: string, file: string, until: string, killAfterMs: number): Promise<boolean> {
  const script = path.join(path.dirname(fileURLToPath(import.meta.url)), "simulating-process.mjs");
  return new Promise((resolve, reject) => {
    const env = { ...process.env, CI: "1" };
    const child = spawn(process.execPath, [script, store, file, until], { env, stdio: ["ignore", "pipe", "pipe"] });
    let [told, said] = ["", ""];
    let timer: NodeJS.Timeout | undefined;
    child.stderr.on("data", (text: Buffer) => (told += text.toString()));
    child.stdout.on("data", (text: Buffer) => {
      said += text.toString();
      if (killAfterMs < Infinity) timer ??= setTimeout(() => child.kill("SIGKILL"), killAfterMs);
    });
    child.on("exit", (code, signal) => {
      clearTimeout(timer);
      if (code === 0 || signal === "SIGKILL") resolve(code === 0 && said.endsWith("done\n"));
      else reject(new Error(told));
    });
  });
}

const issued = async (name: string) => rowsOf(await (await OnlineManager.load(name)).signalHistory());

/** What a manager has done, without ids and times: by day the segments of what was trained and is online; the runs there are. */
async function stateOf(name: string, experimentName: string): Promise<unknown> {
  const runs = [...(await R.listRecorders({ experimentName }))].filter(({ status }) => status === "FINISHED");
  const test = new Map<string, string>();
  const preds: Record<string, unknown> = {};
  for (const run of runs) {
    const segment = JSON.stringify(taskSegments((await run.loadObject("task")) as Task));
    expect(preds, "each roll is trained once").not.toHaveProperty([segment]);
    test.set(run.id, segment);
    preds[segment] = rowsOf((await run.loadObject("pred")) as ColumnTable);
  }
  const journal = await (await OnlineManager.load(name)).journal();
  const days = journal.map(({ kind, day, state, signals, strategies }) => ({
    ...{ kind, day, state, signals },
    strategies: Object.values(strategies).map(({ runs: made, online, fitted, updates }) => ({
      ...{ made: made?.map((id) => test.get(id)), online: online?.map((id) => test.get(id)), fitted },
      updated: updates?.map(({ run }) => test.get(run)),
    })),
  }));
  return { days, preds };
}

/** The market's bars up to a day, as one CSV file. */
async function writeBars(to: string, lastDay: number): Promise<void> {
  const market = await openMarket(ADDRESS);
  const fields = ["$open", "$high", "$low", "$close", "$volume"];
  const { instruments } = await market.loadBars({ fields, end: lastDay });
  const lines = [["instrument", "datetime", ...fields.map((field) => field.slice(1))].join(",")];
  for (const { instrument, first, length, values } of instruments)
    for (let i = 0; i < length; i++) {
      const row = fields.map((field) => values.get(field)![i]!);
      if (row.every(Number.isFinite))
        lines.push([instrument, formatDatetime(market.calendar.at(first + i)), ...row].join(","));
    }
  mkdirSync(to, { recursive: true });
  writeFileSync(path.join(to, "bars.csv"), `${lines.join("\n")}\n`);
}
