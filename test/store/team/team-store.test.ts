import { randomUUID } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { InvalidArgumentError, StoreError } from "../../../src/errors.js";
import { discardOutdated } from "../../../src/store/discard-outdated.js";
import { Store } from "../../../src/store/store.js";
import { writePiece } from "../../../src/store/team/log-files.js";
import { PostgresEventLog } from "../../../src/store/team/postgres-event-log.js";
import { findTeam } from "../../../src/store/team/team-address.js";
import { TeamSync } from "../../../src/store/team/team-sync.js";
import { heardUntil } from "../../../src/store/team/team-state.js";
import { describePostgres, PASSWORD, startPostgres, USER, type PostgresServer } from "../../postgres.js";
import { rowsOf, startOf } from "../rows-and-events.js";
import { sharedHistoryContract, StoreProcess } from "./contract.js";
import { removeFolder, temporaryFolder } from "../../temporary-folder.js";

const folder = temporaryFolder("team");
const store = (name: string) => path.join(folder, name, ".alphabook");
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));
const OUTAGE_MS = 1000 * Number(process.env.ALPHABOOK_OUTAGE_SECONDS ?? 4);

sharedHistoryContract("processes that share a folder", async () => ({
  folders: [store("one"), store("one")],
  env: {},
  end: async () => {},
}));

describe("the address of a team's server", () => {
  it("comes from ALPHABOOK_TEAM, else from the store's file, which must hold no password", () => {
    const root = store("address");
    mkdirSync(root, { recursive: true });
    expect(findTeam(root)).toBeUndefined();
    const write = (content: string) => writeFileSync(path.join(root, "team.json"), content);
    write('{ "url": "postgres://ann@db/lab" }');
    expect(findTeam(root)).toBe("postgres://ann@db/lab");
    for (const [content, message] of [
      [`{ "url": "postgres://ann:${PASSWORD}@db/lab" }`, /its url holds a password/],
      [`{ "uri": "${PASSWORD}" }`, /expected: \{ "url": "postgres:\/\/user@host\/database" \}/],
      [`{ "url": "postgres://ann:${PASSWORD}`, /expected: \{ "url"/],
    ] as const) {
      write(content);
      expect(() => Store.open(root)).toThrow(StoreError);
      expect(() => Store.open(root)).toThrow(message);
      expect(() => Store.open(root)).not.toThrow(new RegExp(PASSWORD));
    }
    process.env.ALPHABOOK_TEAM = `mysql://ann:${PASSWORD}@db/lab`;
    try {
      expect(() => Store.open(root)).toThrow(InvalidArgumentError);
      expect(() => Store.open(root)).not.toThrow(new RegExp(PASSWORD));
    } finally {
      delete process.env.ALPHABOOK_TEAM;
    }
  });
});

describe("another store's log here", () => {
  const log = (root: string) => readdirSync(path.join(root, "log")).sort();
  const bytes = (text: string) => Buffer.from(text);

  it("is the same when a piece is written twice, and when a process was killed while it wrote", () => {
    const root = store("pieces");
    const first = { file: "w-host-1-ab.00000.jsonl", start: 0, bytes: bytes("one\n") };
    const second = { file: first.file, start: 4, bytes: bytes("second\n") };
    const known = writePiece(root, first, undefined, Date.now());
    expect(known).toMatchObject({ name: first.file, base: 0, end: 4 });
    writeFileSync(path.join(root, "log", first.file), "one\nsec");
    writePiece(root, first, undefined, Date.now());
    expect(writePiece(root, second, known, Date.now())).toMatchObject({ base: 0, end: 11 });
    expect(writePiece(root, second, undefined, Date.now())).toMatchObject({ base: 0, end: 11 });
    expect(readFileSync(path.join(root, "log", first.file), "utf8")).toBe("one\nsecond\n");
  });

  it("goes on in a file of its own when the one before may be deleted or has been", () => {
    const root = store("later");
    const file = "w-host-1-ab.00000.jsonl";
    const known = writePiece(root, { file, start: 0, bytes: bytes("one\n") }, undefined, Date.now());
    const longAgo = Date.now() / 1000 - 3600;
    utimesSync(path.join(root, "log", file), longAgo, longAgo);
    const later = writePiece(root, { file, start: 4, bytes: bytes("two\n") }, known, Date.now());
    expect(later).toMatchObject({ name: "w-host-1-ab.00000@4.jsonl", base: 4, end: 8 });
    expect(writePiece(root, { file, start: 8, bytes: bytes("three\n") }, later, Date.now())).toMatchObject({ end: 14 });
    rmSync(path.join(root, "log", later.name));
    writePiece(root, { file, start: 14, bytes: bytes("four\n") }, { ...later, end: 14 }, Date.now());
    expect(log(root)).toEqual([file, "w-host-1-ab.00000@14.jsonl"]);
    expect(readFileSync(path.join(root, "log", "w-host-1-ab.00000@14.jsonl"), "utf8")).toBe("four\n");
  });
});

describePostgres("stores of a team", () => {
  sharedHistoryContract("two stores and a PostgreSQL server", async () => {
    const server = await startPostgres();
    return { folders: [store("a"), store("b")], env: { ALPHABOOK_TEAM: server.url }, end: () => server.end() };
  });

  describe("the server of a team", () => {
    let server: PostgresServer;
    const processes: StoreProcess[] = [];
    const open = (name: string) => {
      const one = new StoreProcess(store(name), { ALPHABOOK_TEAM: server.url });
      processes.push(one);
      return one;
    };
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(async () => {
      for (const one of processes) await one.end("kill");
      await server?.end();
    });
    const points = (run: string, n: number) =>
      `"SELECT count(*), count(DISTINCT step) FROM metrics WHERE run_id = '${run}'", [[${n}, ${n}]], 20000`;

    it("may be away: recording goes on, nothing is lost, nothing is doubled, nobody is taken for dead", async () => {
      const [writer, reader] = [open("away-a"), open("away-b")];
      await writer.run(`store.append(start("outage"));
        globalThis.timer = setInterval(() => { for (let i = 0; i < 5; i++) store.append({ e: "m", r: "outage", k: "x", s: globalThis.n = (globalThis.n ?? 0) + 1, v: 1 }) }, 10)`);
      await reader.run(`await until("SELECT count(*) > 100 FROM metrics WHERE run_id = 'outage'", [[1]])`);
      await server.stop("immediate");
      const own = await writer.run<number[][]>(
        `await pause(${OUTAGE_MS}); return await rows("SELECT count(*) FROM metrics")`,
      );
      expect(own[0]![0]).toBeGreaterThan(OUTAGE_MS / 10);
      expect(await reader.run(`return await rows("SELECT status FROM runs WHERE run_id = 'outage'")`)).toEqual([
        ["RUNNING"],
      ]);
      await server.start();
      await pause(500);
      await server.stop("fast");
      await server.start();
      const n = await writer.run<number>(`clearInterval(globalThis.timer); return globalThis.n`);
      await reader.run(`await until(${points("outage", n)})`);
      await writer.run(`await until(${points("outage", n)})`);
      expect(`${writer.told}${reader.told}`).not.toContain(PASSWORD);
    }, 120_000);

    it("gets what a killed process had not shipped from the store's next one", async () => {
      await server.stop();
      const killed = open("killed-a");
      await killed.run(
        `store.append(start("unshipped")); for (let i = 0; i < 100; i++) store.append({ e: "m", r: "unshipped", k: "x", s: i, v: i })`,
      );
      await killed.end("kill");
      await server.start();
      const reader = open("killed-b");
      expect(await reader.run(`return await rows("SELECT count(*) FROM runs WHERE run_id = 'unshipped'")`)).toEqual([
        [0],
      ]);
      const next = open("killed-a");
      await next.run(`await rows("SELECT 1")`);
      await reader.run(`await until(${points("unshipped", 100)})`);
    }, 60_000);

    it("gets what a process logged right before its end", async () => {
      const reader = open("end-b");
      await reader.run(`await rows("SELECT 1")`);
      const short = open("end-a");
      await short
        .run(
          `store.append(start("short")); for (let i = 0; i < 100; i++) store.append({ e: "m", r: "short", k: "x", s: i, v: i }); process.exit(0)`,
        )
        .catch(() => {});
      await reader.run(`await until(${points("short", 100)})`);
      expect(short.child.exitCode).toBe(0);
    }, 60_000);

    it("gives a new store the whole history before its first answer", async () => {
      expect(await open("new-c").run(`return await rows("SELECT count(*) > 200 FROM metrics")`)).toEqual([[1]]);
    }, 60_000);

    it("has one of a store's processes speak for it, and another when that one is killed", async () => {
      const [first, second, reader] = [open("many"), open("many"), open("many-b")];
      await first.run(`store.append(start("m1"))`);
      await second.run(`store.append(start("m2"))`);
      await reader.run(`await until("SELECT count(*) FROM runs WHERE run_id IN ('m1', 'm2')", [[2]])`);
      await first.end("kill");
      await second.run(`store.append(start("m3"))`);
      await reader.run(`await until("SELECT count(*) FROM runs WHERE run_id IN ('m1', 'm2', 'm3')", [[3]])`);
      const client = new pg.Client(server.url);
      await client.connect();
      const { rows } = await client.query(
        "SELECT count(*)::integer - count(DISTINCT (file, start))::integer AS doubled FROM alphabook.log_piece",
      );
      await client.end();
      expect(rows).toEqual([{ doubled: 0 }]);
    }, 60_000);

    it("that refuses, or is newer, is told in plain words once, and recording goes on", async () => {
      const url = server.url.replace(PASSWORD, "another-secret");
      const refused = new StoreProcess(store(`refused-${randomUUID()}`), { ALPHABOOK_TEAM: url });
      processes.push(refused);
      const ask = `store.append(start("mine")); await rows("SELECT 1");
        for (let i = 0; i < 150 && store.problems().length === 0; i++) { await pause(100); await rows("SELECT 1"); }
        return [await rows("SELECT count(*) FROM runs"), store.problems().map(({ what }) => what)]`;
      const [own, problems] = await refused.run<[number[][], string[]]>(ask);
      expect(own).toEqual([[1]]);
      expect(problems.join()).toMatch(/others' runs are not followed: .*the server refused user or password/);
      await vi.waitFor(() =>
        expect(refused.told).toMatch(/The team's history cannot be reached now: [\s\S]*PGPASSWORD/),
      );
      expect(refused.told.match(/cannot be reached/g)).toHaveLength(1);
      expect(refused.told + problems.join()).not.toMatch(/another-secret/);
      await open("maker").run(`await rows("SELECT 1")`);
      const client = new pg.Client(server.url);
      await client.connect();
      await client.query("UPDATE alphabook.format SET version = version + 8 WHERE part = 'history'");
      const newer = await open("newer").run<[number[][], string[]]>(ask);
      await client.query("UPDATE alphabook.format SET version = version - 8 WHERE part = 'history'");
      await client.end();
      expect(newer[1].join()).toMatch(/history tables have format 9, this version of alphabook reads up to 1/);
    }, 60_000);

    it("is added to once, whatever is repeated, and never with a gap", async () => {
      const log = (await PostgresEventLog.open(server.url, "store-1"))!;
      const other = (await PostgresEventLog.open(server.url, "store-2"))!;
      expect(await PostgresEventLog.open(server.url, "store-1")).toBeUndefined();
      let { cursor } = await other.read(0);
      for (let after = -1; after !== cursor;) [after, cursor] = [cursor, (await other.read(cursor)).cursor];
      const piece = (start: number, text: string) => ({ file: "w.00000.jsonl", start, bytes: Buffer.from(text) });
      expect(await log.append([piece(4, "later\n")])).toEqual([false]);
      expect(await log.append([piece(0, "one\n"), piece(0, "one\n"), piece(4, "two\n")])).toEqual([true, false, true]);
      expect(await log.append([piece(4, "two\nthree\n")])).toEqual([false]);
      expect(await log.lengths(["w.00000.jsonl", "no.00000.jsonl"])).toEqual(new Map([["w.00000.jsonl", 8]]));
      // Processes of earlier tests may still be sending what they have.
      const ours = async (after: number) => {
        const { pieces, cursor: next } = await other.read(after);
        const own = pieces.filter(({ file }) => file === "w.00000.jsonl");
        return { text: own.map(({ bytes }) => Buffer.from(bytes).toString()).join(""), next };
      };
      const news = await ours(cursor);
      expect(news.text).toBe("one\ntwo\n");
      expect((await ours(news.next)).text).toBe("");
      expect((await log.read(cursor)).pieces).toEqual([]);
      await log.close();
      await other.close();
    });

    it("keeps a log from being deleted until it has it", async () => {
      const root = store("kept");
      const own = Store.open(root);
      own.append(startOf("kept"));
      await own.compact({ to: "base" });
      mkdirSync(path.join(root, "team"), { recursive: true });
      const longAgo = Date.now() / 1000 - 7200;
      const [name] = readdirSync(path.join(root, "log")) as [string];
      const file = path.join(root, "log", name);
      const age = () => utimesSync(file, longAgo, longAgo);
      age();
      discardOutdated(root, { graceMs: 1000 });
      expect(existsSync(file)).toBe(true);
      const log = (await PostgresEventLog.open(server.url, "kept"))!;
      const sync = new TeamSync(root, log);
      expect(await sync.ship()).toBeGreaterThan(0);
      expect(await sync.ship()).toBe(0);
      sync.save();
      await log.close();
      discardOutdated(root, { graceMs: 1000 });
      expect(existsSync(file)).toBe(false);
      expect(rowsOf(await own.sql("SELECT run_id FROM runs"))).toEqual([{ run_id: "kept" }]);
      await own.close();
    });
  });
});

describe("a store that was removed", () => {
  it("does not come back with what was still to be shared", async () => {
    const root = store("removed");
    // Nobody listens there: what is left is tried for a while after the process has ended.
    const away = { ALPHABOOK_TEAM: `postgres://${USER}@127.0.0.1:1/none` };
    const [ended, open] = [new StoreProcess(root, away), new StoreProcess(root, away)];
    for (const one of [ended, open]) await one.run(`store.append(start("r" + process.pid)); await rows("SELECT 1")`);
    await ended.end();
    const folder = path.dirname(root);
    removeFolder(folder);
    await pause(3000);
    expect(existsSync(folder)).toBe(false);
    await open.end();
    await pause(1500);
    expect(existsSync(folder)).toBe(false);
  }, 60_000);
});

describe("the silence of another host", () => {
  it("means nothing while the server of the team is away", () => {
    const root = store("silence");
    const now = Date.UTC(2026, 0, 2);
    expect(heardUntil(root, now)).toBe(now);
    mkdirSync(path.join(root, "team"), { recursive: true });
    expect(heardUntil(root, now)).toBe(now);
    writeFileSync(path.join(root, "team.json"), `{ "url": "postgres://${USER}@db/lab" }`);
    expect(heardUntil(root, now)).toBe(0);
    writeFileSync(path.join(root, "team", "in-step"), "");
    utimesSync(path.join(root, "team", "in-step"), now / 1000 - 3600, now / 1000 - 3600);
    expect(heardUntil(root, now)).toBe(now - 3_600_000);
  });
});
