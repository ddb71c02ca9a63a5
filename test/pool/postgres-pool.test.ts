import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { InvalidArgumentError, LeaseLostError, StoreError } from "../../src/errors.js";
import { openTaskPool } from "../../src/pool/open-task-pool.js";
import type { TaskPool } from "../../src/pool/task-pool.js";
import { describePostgres, PASSWORD, startPostgres, USER, type PostgresServer } from "../postgres.js";
import { dist, poolContract, startProcess, WORK } from "./contract.js";

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything somebody may see of an error: message, stack, causes, fields. */
const shownOf = (error: unknown) => inspect(error, { depth: 10, showHidden: true });

async function errorOf(work: () => unknown): Promise<Error> {
  try {
    await work();
  } catch (error) {
    expect(shownOf(error)).not.toContain(PASSWORD);
    return error as Error;
  }
  throw new Error("no error");
}

describe("the address of a server", () => {
  it("is shown without user and password, and what it leaves open comes from the environment", () => {
    const pool = openTaskPool("rolls", { url: `postgres://${USER}:${PASSWORD}@db.example.org/research` });
    expect(pool.place).toBe("db.example.org:5432/research");
    expect([String(pool), inspect(pool, { depth: 10, showHidden: true }), JSON.stringify(pool)].join()).not.toMatch(
      new RegExp(`${PASSWORD}|${USER}:`),
    );
    process.env.ALPHABOOK_POOL = "postgresql://ann@other:6543/lab";
    try {
      expect(openTaskPool("rolls").place).toBe("other:6543/lab");
      expect(openTaskPool("rolls", { store: "/no/such" }).engine).toBe("files");
    } finally {
      delete process.env.ALPHABOOK_POOL;
    }
  });

  it("that is none is refused without repeating it", async () => {
    for (const url of [`mysql://${USER}:${PASSWORD}@db/x`, `postgres://${USER}:${PASSWORD}@db:port/x`, PASSWORD]) {
      const error = await errorOf(() => openTaskPool("rolls", { url }));
      expect(error).toBeInstanceOf(InvalidArgumentError);
      expect(error.message).toMatch(/expected: postgres:\/\/user@host:5432\/database/);
    }
    const both = await errorOf(() => openTaskPool("rolls", { url: "postgres://db/x", store: "/tmp" }));
    expect(both.message).toMatch(/store and url are two places/);
  });

  it("where no server answers is an error at once, and so is a host that does not exist", async () => {
    const began = Date.now();
    const error = await errorOf(() => openTaskPool("a", { url: `postgres://ann:${PASSWORD}@127.0.0.1:1/x` }).stats());
    expect(error).toBeInstanceOf(StoreError);
    expect(error.message).toMatch(/^Cannot work at 127\.0\.0\.1:1\/x: no server answers/);
    const host = await errorOf(() =>
      openTaskPool("a", { url: `postgres://ann:${PASSWORD}@no.such.invalid/x` }).stats(),
    );
    expect(host.message).toMatch(/no such host\n {2}is "no\.such\.invalid:5432" spelled right/);
    expect(Date.now() - began).toBeLessThan(8000);
  });
});

describePostgres("a pool on a server", () => {
  poolContract("a task pool on PostgreSQL", async () => {
    const server = await startPostgres();
    return {
      open: (name, options) => openTaskPool(name, { url: server.url, ...options }),
      expression: (name, options) => `openTaskPool(${JSON.stringify(name)}, ${JSON.stringify(options)})`,
      env: { ALPHABOOK_POOL: server.url },
      end: () => server.end(),
    };
  });

  describe("the server of a pool", () => {
    let server: PostgresServer;
    const open: TaskPool[] = [];
    const pool = (name: string, url = server.url) => {
      const opened = openTaskPool(name, { url, leaseMs: 2000, backoffMs: 20 });
      open.push(opened);
      return opened;
    };
    const query = async (text: string) => {
      const client = new pg.Client(server.url);
      await client.connect();
      try {
        return (await client.query(text)).rows;
      } finally {
        await client.end();
      }
    };
    beforeAll(async () => {
      server = await startPostgres();
    });
    afterAll(async () => {
      for (const one of open) await one.close();
      await server?.end();
    });

    it("says that the password is wrong, that it is missing, that there is no such database", async () => {
      const wrong = server.url.replace(PASSWORD, "not-it-at-all");
      const error = await errorOf(() => pool("a", wrong).stats());
      expect(error).toBeInstanceOf(StoreError);
      expect(error.message).toMatch(/the server refused user or password\n {2}give the password in PGPASSWORD/);
      expect(shownOf(error)).not.toContain("not-it-at-all");
      const missing = await errorOf(() => pool("a", server.url.replace(`:${PASSWORD}`, "")).stats());
      expect(missing.message).toMatch(/refused user or password/);
      const nowhere = await errorOf(() => pool("a", server.url.replace(/postgres$/, "reserch")).stats());
      expect(nowhere.message).toMatch(/there is no database "reserch"\n {2}create it \(createdb reserch\)/);
    });

    it("takes the password from PGPASSWORD", async () => {
      const url = server.url.replace(`:${PASSWORD}`, "");
      process.env.PGPASSWORD = PASSWORD;
      try {
        expect((await pool("a", url).stats()).done).toBe(0);
      } finally {
        delete process.env.PGPASSWORD;
      }
    });

    it("has its tables made once by processes that come at the same time, and keeps those of a newer version", async () => {
      await query("CREATE DATABASE fresh");
      const url = server.url.replace(/postgres$/, "fresh");
      await Promise.all(Array.from({ length: 8 }, (_, i) => pool("a", url).submit({ i })));
      expect((await pool("a", url).stats()).waiting).toBe(8);
      await query("CREATE DATABASE newer");
      const newer = server.url.replace(/postgres$/, "newer");
      await pool("a", newer).submit({ i: 0 });
      const client = new pg.Client(newer);
      await client.connect();
      await client.query("UPDATE alphabook.format SET version = 9 WHERE part = 'pool'");
      const error = await errorOf(() => pool("a", newer).submit({ i: 1 }));
      expect(error.message).toMatch(/pool tables have format 9, this version of alphabook reads up to 1\n/);
      const { rows } = await client.query("SELECT count(*)::integer AS n FROM alphabook.task");
      await client.end();
      expect(rows).toEqual([{ n: 1 }]);
    });

    it("keeps pools of several names, and of upper and lower case, apart", async () => {
      await pool("one").submit([{ i: 1 }, { i: 2 }]);
      await pool("One").submit({ i: 1 });
      expect(await pool("one").remove({ all: true })).toBe(2);
      expect((await pool("One").list()).map(({ pool: name }) => name)).toEqual(["One"]);
    });

    it("keeps texts that its own JSON cannot hold, and finds tasks by them", async () => {
      const rolls = pool("texts");
      const def = { name: "a\u0000b", half: "\ud800", path: "c:\\u0000", big: 1e21, small: -0.1 };
      await rolls.submit([def, { name: "other" }]);
      expect(
        (await rolls.list({ where: { name: "a\u0000b", path: "c:\\u0000", big: 1e21 } })).map((t) => t.def),
      ).toEqual([def]);
      const claim = (await rolls.claim({ filter: { where: { half: "\ud800" } } }))!;
      await claim.commit({ said: "x\u0000" }, { log: "y\u0000\ud800z" });
      expect((await rolls.get(claim.task.id)).result).toEqual({ said: "x\u0000" });
      expect(await rolls.log(claim.task.id)).toMatch(/^== attempt 1\ny\ufffd\ufffdz\n$/);
    });

    /** Three processes at work on 150 tasks; `meanwhile` happens when 20 are done. */
    async function withWorkers(name: string, meanwhile: () => Promise<void>) {
      const rolls = pool(name);
      await rolls.submit(Array.from({ length: 150 }, (_, i) => ({ i })));
      const held = (await rolls.claim())!;
      const slow = WORK.replace("await claim.commit", "await pause(15); await claim.commit").replace(
        "n++;",
        "n++; console.error(claim.task.id);",
      );
      const env = { ALPHABOOK_POOL: server.url };
      const place = {
        open: (one: string) => pool(one),
        expression: (one: string) => `openTaskPool("${one}")`,
        env,
        end: async () => {},
      };
      const patient = slow.replace(
        /await claim\.commit\(.*?\);\n/s,
        (commit) => `try { ${commit} } catch (error) { if (error.name !== "LeaseLostError") throw error; continue; }\n`,
      );
      const workers = Array.from({ length: 3 }, () => startProcess(place, name, patient));
      for (let i = 0; i < 400 && (await rolls.stats()).done < 20; i++) await pause(20);
      await meanwhile();
      await held.commit("held through it");
      const ends = await Promise.all(workers.map(({ ended }) => ended));
      expect(ends.map(({ code }) => code)).toEqual([0, 0, 0]);
      const tasks = await rolls.wait({}, { pollMs: 100, timeoutMs: 20_000 });
      expect(tasks.find(({ id }) => id === held.task.id)!.result).toBe("held through it");
      // Each handed in by one worker, once.
      const handedIn = ends.flatMap(({ stderr }) => stderr.split("\n").filter(Boolean));
      expect(handedIn.length).toBe(149);
      expect(new Set([...handedIn, held.task.id])).toEqual(new Set(tasks.map(({ id }) => id)));
      return tasks;
    }

    it("that restarts is a pause: claims are kept, work goes on, each task is done once, at the first attempt", async () => {
      const tasks = await withWorkers("restart", async () => {
        await server.stop("fast");
        await pause(2500);
        await server.start();
      });
      expect(tasks.filter(({ attempts }) => attempts !== 1)).toEqual([]);
    }, 60_000);

    it("that crashes loses no result, and no task is done twice", async () => {
      await withWorkers("crash", async () => {
        await server.stop("immediate");
        await server.start();
        await pause(200);
        await server.stop("immediate");
        await server.start();
      });
    }, 60_000);

    it("has its tasks done by workers that are started for the pool", async () => {
      const built = (file: string) => import(path.join(dist, "pool", file));
      const { openTaskPool: open } = (await built(
        "open-task-pool.js",
      )) as typeof import("../../src/pool/open-task-pool.js");
      const { startWorkers } = (await built("start-workers.js")) as typeof import("../../src/pool/start-workers.js");
      const rolls = open("workers", { url: server.url });
      await rolls.submit([{ x: 2 }, { x: 3 }]);
      const work = {
        module: path.join(path.dirname(fileURLToPath(import.meta.url)), "tasks-to-run.mjs"),
        export: "square",
      };
      const workers = startWorkers(1, { pool: rolls, work });
      const tasks = await rolls.wait({}, { pollMs: 50, timeoutMs: 30_000 });
      expect(tasks.map(({ result }) => (result as { square: number }).square)).toEqual([4, 9]);
      expect(inspect(workers, { depth: 10 })).not.toContain(PASSWORD);
      await workers.stop();
      await rolls.close();
    }, 60_000);

    it("does not take back what was handed in", async () => {
      const rolls = pool("late");
      await rolls.submit({ i: 0 });
      const claim = (await rolls.claim())!;
      await rolls.reset();
      const next = (await rolls.claim())!;
      await next.commit("second");
      await expect(claim.commit("first")).rejects.toThrow(LeaseLostError);
      expect((await rolls.list())[0]!.result).toBe("second");
    });

    it("is told of by a process without its password, whatever goes wrong", () => {
      const program = `import { openTaskPool } from ${JSON.stringify(path.join(dist, "pool", "open-task-pool.js"))};
        const pool = openTaskPool("rolls");
        console.log(pool, String(pool), await pool.stats(), await pool.state());
        process.env.ALPHABOOK_POOL += "-wrong";
        await openTaskPool("rolls").stats();`;
      const { stdout, stderr, status } = spawnSync(process.execPath, ["--input-type=module", "-e", program], {
        encoding: "utf8",
        env: { ...process.env, ALPHABOOK_POOL: server.url, PGPASSWORD: "" },
      });
      expect(status).toBe(1);
      expect(stdout).toContain(`127.0.0.1:${server.port}/postgres`);
      expect(stderr).toContain('there is no database "postgres-wrong"');
      expect(stdout + stderr).not.toContain(PASSWORD);
    });
  });
});
