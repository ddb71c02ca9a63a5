import { spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { describe, expect, it } from "vitest";
import { ADDRESS, template } from "../online/small-practice.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = temporaryFolder("cli-online");

const at = (name: string) => path.join(folder, name);
const text = (name: string) => readFileSync(at(name), "utf8");

function online(...words: string[]) {
  const env = { ...process.env, CI: "1", NO_COLOR: "1", ALPHABOOK_STORE: at("store") };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, "dist", "cli", "main.js"), "online", ...words],
    { cwd: folder, encoding: "utf8", env },
  );
  return { status, stdout, stderr };
}

/** What a command gives for machines; it must have ended well. */
function facts<T>(...words: string[]): T {
  const { status, stdout, stderr } = online(...words, "--json");
  expect(status, stderr).toBe(0);
  return JSON.parse(stdout) as T;
}

/** The message of a command that must fail, on one screen and without a stack. */
function mistake(...words: string[]): string {
  const { status, stdout, stderr } = online(...words);
  expect(status, stdout).not.toBe(0);
  expect(stderr).not.toMatch(/^\s+at /m);
  expect(stderr.trim().split("\n").length).toBeLessThan(8);
  return stderr;
}

const CONFIG = {
  name: "daily",
  market: ADDRESS,
  begin_time: "2015-04-27",
  strategies: [{ name: "ridge", rolling: { step: 5, rtype: "sliding" }, task: template() }],
};
writeFileSync(at("daily.yaml"), stringify(CONFIG));

/** A file with a mistake: its parts in place of the good ones. */
function badFile(name: string, changes: object): string {
  writeFileSync(at(name), stringify({ ...CONFIG, name: "bad", ...changes }));
  return name;
}

describe("alphabook online, before there is a manager", () => {
  it("says that there is no manager of a name", () => {
    expect(mistake("routine", "daily")).toMatch(/Cannot find online manager "daily"/);
    expect(mistake("signals", "daily")).toMatch(/Cannot find online manager "daily"/);
  });

  it("says where a manager file is wrong", () => {
    expect(mistake("first", "none.yaml")).toMatch(/none\.yaml: there is no such file/);
    const { begin_time: _, ...rest } = CONFIG;
    writeFileSync(at("key.yaml"), stringify({ ...rest, begin_tme: "2015-04-27" }));
    expect(mistake("first", "key.yaml")).toMatch(/key\.yaml: unknown key "begin_tme"[^]*did you mean "begin_time"/);
    expect(mistake("first", badFile("day.yaml", { begin_time: "soon" }))).toMatch(
      /day\.yaml at begin_time: "soon" is no date/,
    );
    expect(mistake("first", badFile("delay.yaml", { delay: "ja" }))).toMatch(/delay\.yaml at delay: true or false/);
    expect(mistake("first", badFile("freeze.yaml", { freeze: "isued" }))).toMatch(
      /freeze\.yaml at freeze[^]*did you mean "issued"/,
    );
    const [strategy] = CONFIG.strategies;
    expect(mistake("first", badFile("step.yaml", { strategies: [{ ...strategy, rolling: { stp: 5 } }] }))).toMatch(
      /step\.yaml at strategies\[0\]: [^]*"stp"[^]*did you mean "step"/,
    );
    expect(mistake("first", badFile("list.yaml", { strategies: [] }))).toMatch(/list\.yaml at strategies: a list/);
  });

  it("asks for the first training before a routine", () => {
    expect(mistake("routine", "daily.yaml")).toMatch(/not trained yet: ridge[^]*alphabook online first daily/);
  });
});

describe("alphabook online, day by day", () => {
  it("trains first and lists the models online", () => {
    const { status, stdout, stderr } = online("first", "daily.yaml");
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/strategy\s+run\s+id/);
    expect(stdout).toMatch(/2 rows/);
    expect(facts<{ strategy: string }[]>("first", "daily.yaml").map(({ strategy }) => strategy)).toEqual([
      "ridge",
      "ridge",
    ]);
    expect(stderr).not.toMatch(/Nothing to train/);
    expect(online("first", "daily.yaml").stderr).toMatch(
      /Nothing to train; trained before: ridge\n[^]*alphabook online routine daily/,
    );
  }, 30_000);

  it("goes on with the same file alone, camelCase or not", () => {
    const changed = (name: string, changes: object) => {
      writeFileSync(at(name), stringify({ ...CONFIG, ...changes }));
      return name;
    };
    expect(mistake("first", changed("begin.yaml", { begin_time: "2015-04-29" }))).toMatch(
      /begin time is "2015-04-27", given is "2015-04-29"[^]*takes the name in place of the file/,
    );
    const { begin_time, ...rest } = CONFIG;
    writeFileSync(at("camel.yaml"), stringify({ ...rest, beginTime: begin_time }));
    expect(facts("first", "camel.yaml")).toHaveLength(2);
  }, 30_000);

  it("has no signals and no orders before the first routine, and says what makes them", () => {
    const { status, stderr } = online("signals", "daily");
    expect(status).toBe(0);
    expect(stderr).toMatch(/No signals of daily yet: a routine issues them/);
    expect(mistake("orders", "daily")).toMatch(/has no signals of 2015-04-27/);
  }, 30_000);

  it("does the work of a day, once", () => {
    const { status, stdout, stderr } = online("routine", "daily", "--day", "2015-04-28");
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^Routine of 2015-04-28/);
    expect(stdout).toMatch(/signals issued\s+77/);
    const entry = facts<{ state: string; endedAt: string }>("routine", "daily", "--day", "2015-04-28");
    expect(entry.state).toBe("done");
    expect(facts<{ endedAt: string }>("routine", "daily", "--day", "2015-04-28").endedAt).toBe(entry.endedAt);
  }, 30_000);

  it("refuses a day before, a day before all data and what is no day", () => {
    expect(mistake("routine", "daily", "--day", "2015-04-20")).toMatch(/the manager is at 2015-04-28 already/);
    expect(mistake("routine", "daily", "--day", "2010-01-01")).toMatch(/the market begins on 2015-01-02/);
    expect(mistake("routine", "daily", "--day", "soon")).toMatch(/"soon" is no date/);
    expect(mistake("signals", "daily", "--as-of", "soon")).toMatch(/"soon" is no date/);
  }, 30_000);

  it("catches up a stretch of days by the file or the name", () => {
    expect(facts("simulate", "daily.yaml", "--until", "2015-05-05")).toMatchObject({
      ...{ manager: "daily", routines: 6, signals: 132, day: "2015-05-05" },
    });
    const { stdout } = online("simulate", "daily", "--until", "2015-05-05");
    expect(stdout).toMatch(/^Simulated daily/);
  }, 30_000);

  it("writes the signals as they were known then", () => {
    const { status, stdout, stderr } = online("signals", "daily", "--as-of", "2015-04-29", "-o", "signals.csv");
    expect(status, stderr).toBe(0);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/Wrote 88 signals to signals\.csv/);
    const lines = text("signals.csv").trimEnd().split("\n");
    expect(lines[0]).toBe("datetime,instrument,score,issued");
    expect(lines).toHaveLength(89);
    expect(lines.at(-1)).toMatch(/^2015-04-29,S00\d\d,[-\d.]+,2015-04-29$/);
    expect(facts<unknown[]>("signals", "daily")).toHaveLength(132);
    expect(online("signals", "daily", "--as-of", "2015-01-05").stderr).toMatch(
      /were known on 2015-01-05: the first were issued on 2015-04-28/,
    );
  }, 30_000);

  it("shows how the manager stands, and as a page that needs no network", () => {
    const { status, stdout, stderr } = online("status", "daily", "-o", "status.html");
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^Online manager daily\nday\s+2015-05-05/);
    expect(stderr).toMatch(/Wrote the status to status\.html/);
    expect(text("status.html")).not.toMatch(/<script[^>]+src=|<link[^>]+href="http/);
    expect(facts<{ journal: unknown[] }>("status", "daily").journal.length).toBeGreaterThan(5);
  }, 30_000);

  it("lists orders for tomorrow, of the paper portfolio or of what is held", () => {
    const few = ["--topk", "1", "--n-drop", "1"];
    const paper = online("orders", "daily", "--topk", "4", "--n-drop", "1", "--account", "1000000", "-o", "orders.csv");
    expect(paper.status, paper.stderr).toBe(0);
    expect(paper.stdout).toMatch(/^Orders for the trading day after 2015-05-05/);
    expect(text("orders.csv").split("\n")[0]).toBe("instrument,direction,shares,price,value,cost,score,held");
    const rows = facts<{ datetime: string; instrument: string; score: number }[]>("signals", "daily");
    const [worst] = rows.slice(-11).sort((a, b) => a.score - b.score);
    writeFileSync(at("holdings.csv"), `instrument,shares\r\n"${worst!.instrument}", 70\r\n\r\n`);
    const list = facts<{ orders: object[] }>(
      "orders",
      "daily",
      ...[...few, "--account", "1000", "--holdings", "holdings.csv"],
    );
    expect(list.orders[0]).toMatchObject({ instrument: worst!.instrument, direction: "sell", shares: 70, held: 70 });
    writeFileSync(at("holdings.csv"), `instrument,shares\nS0001,10\nS0001,5\n`);
    expect(mistake("orders", "daily", "--holdings", "holdings.csv")).toMatch(
      /Cannot read holdings holdings\.csv:3: "S0001" is held in line 2 already/,
    );
    expect(mistake("orders", "daily", "--topk", "four")).toMatch(/"four" is no number/);
  }, 60_000);

  it("names the nearest manager", () => {
    expect(mistake("status", "daly")).toMatch(/did you mean "daily"/);
  });
});
