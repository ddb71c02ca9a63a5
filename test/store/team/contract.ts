import { spawn, type ChildProcess } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

/** Two places whose processes share one history, however they do it. */
export interface SharedHistory {
  readonly folders: readonly [string, string];
  readonly env: Readonly<Record<string, string>>;
  end(): Promise<void>;
}

const dist = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "..", "dist");

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** A process with a store, that runs the code it is sent and answers with what it returns. */
export class StoreProcess {
  readonly child: ChildProcess;
  #stderr = "";
  #turn: Promise<unknown> = Promise.resolve();

  constructor(folder: string, env: Readonly<Record<string, string>>) {
    const program = `import { Store } from ${JSON.stringify(path.join(dist, "store", "store.js"))};
      import { processIdentity } from ${JSON.stringify(path.join(dist, "store", "liveness.js"))};
      const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
      let store = Store.open(${JSON.stringify(folder)});
      const reopen = async () => { await store.close(); store = Store.open(${JSON.stringify(folder)}); };
      const rows = async (sql) => {
        const { numRows, columns } = await store.sql(sql);
        return Array.from({ length: numRows }, (_, row) => [...columns.values()].map((column) =>
          column.type === "text" ? column.dictionary[column.codes[row]] ?? null : Number(column.values[row])));
      };
      const start = (r, more = {}) => ({ e: "run", r, experiment: "x", name: r, status: "RUNNING", startTime: Date.now(), ...processIdentity(), ...more });
      const until = async (sql, wanted, ms = 8000) => {
        for (const end = Date.now() + ms; ; await pause(15)) {
          const seen = await rows(sql);
          if (JSON.stringify(seen) === JSON.stringify(wanted)) return Date.now();
          if (Date.now() > end) throw new Error("seen: " + JSON.stringify(seen));
        }
      };
      const AsyncFunction = (async () => {}).constructor;
      process.on("message", async (code) => {
        try {
          const run = new AsyncFunction("pause", "rows", "start", "until", "reopen", "getStore", "const store = getStore();" + code);
          process.send({ value: (await run(pause, rows, start, until, reopen, () => store)) ?? null });
        } catch (error) { process.send({ error: error.stack }); }
      });
      process.on("disconnect", () => process.exit(0));`;
    this.child = spawn(process.execPath, ["--input-type=module", "-e", program], {
      stdio: ["ignore", "inherit", "pipe", "ipc"],
      // A process of a build service tells its user nothing.
      env: { ...process.env, CI: "", ...env },
    });
    this.child.stderr!.on("data", (part) => (this.#stderr += part));
  }

  /** What the process has told its user. */
  get told(): string {
    return this.#stderr;
  }

  /** Runs code there: `store`, `rows(sql)`, `until(sql, rows)`, `start(run)`, `pause(ms)`, `reopen()` are in scope. */
  run<T = unknown>(code: string): Promise<T> {
    const answer = this.#turn.then(
      () =>
        new Promise<T>((resolve, reject) => {
          const onExit = () => reject(new Error(`the process ended: ${this.#stderr}`));
          this.child.once("exit", onExit);
          this.child.once("message", ({ value, error }: { value: T; error?: string }) => {
            this.child.off("exit", onExit);
            if (error === undefined) resolve(value);
            else reject(new Error(error));
          });
          this.child.send(code);
        }),
    );
    this.#turn = answer.catch(() => {});
    return answer;
  }

  /** `kill -9`, or an end in order. */
  async end(how: "kill" | "exit" = "exit"): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    if (how === "kill") this.child.kill("SIGKILL");
    else this.child.disconnect();
    await ended;
  }
}

/** What holds of a history that several processes share, whatever carries it. */
export function sharedHistoryContract(title: string, make: () => Promise<SharedHistory>): void {
  describe(title, () => {
    let history: SharedHistory;
    let [a, b]: StoreProcess[] = [];
    beforeAll(async () => {
      history = await make();
      [a, b] = history.folders.map((folder) => new StoreProcess(folder, history.env));
    });
    afterAll(async () => {
      await a?.end();
      await b?.end();
      await history?.end();
    });

    it("what one process logs, another's questions see in less than a second", async () => {
      await b!.run(`await rows("SELECT count(*) FROM runs")`);
      await a!.run(`store.append({ e: "experiment", experiment: "x", name: "x", createdAt: Date.now() })`);
      await b!.run(`await until("SELECT name FROM experiments", [["x"]])`);
      const waits: number[] = [];
      for (let i = 0; i < 5; i++) {
        const seen = b!.run<number>(
          `return await until("SELECT count(*) FROM runs WHERE run_id = 'quick${i}'", [[1]])`,
        );
        const logged = await a!.run<number>(`store.append(start("quick${i}")); return Date.now()`);
        waits.push((await seen) - logged);
      }
      expect(waits.sort((x, y) => x - y)[2]).toBeLessThan(1000);
    }, 30_000);

    it("also while the process that logs computes and never yields", async () => {
      const seen = b!.run<number>(`return await until("SELECT count(*) FROM metrics WHERE run_id = 'busy'", [[20]])`);
      const ended = await a!.run<number>(`
        store.append(start("busy"));
        for (let i = 0; i < 20; i++) store.append({ e: "m", r: "busy", k: "loss", s: i, v: 1 / (i + 1) });
        for (const end = Date.now() + 2500; Date.now() < end; );
        return Date.now()`);
      expect(await seen).toBeLessThan(ended);
    }, 30_000);

    it("the last write wins, whoever made it, and all see the same", async () => {
      await a!.run(`store.append([start("both"), { e: "p", r: "both", k: "lr", v: 0.1 }])`);
      await b!.run(`await until("SELECT count(*) FROM runs WHERE run_id = 'both'", [[1]]);
        await pause(5); store.append({ e: "g", r: "both", k: "note", v: "from b" })`);
      await a!.run(`await until("SELECT value FROM tags WHERE run_id = 'both'", [['"from b"']]);
        await pause(5); store.append({ e: "g", r: "both", k: "note", v: "from a" })`);
      const both = `"SELECT value FROM tags WHERE run_id = 'both'"`;
      await b!.run(`await until(${both}, [['"from a"']])`);
      expect(await a!.run(`return await rows(${both})`)).toEqual(await b!.run(`return await rows(${both})`));
    }, 30_000);

    it("texts and numbers arrive as they were logged", async () => {
      await a!.run(`store.append([start("odd"), { e: "p", r: "odd", k: "ü\\u0000 '\\\\", v: "日本 \\n 𝛼" },
        { e: "m", r: "odd", k: "x", s: 1, v: 0.1 + 0.2 }, { e: "m", r: "odd", k: "x", s: 2, v: -1e-300 }])`);
      await b!.run(`await until("SELECT count(*) FROM metrics WHERE run_id = 'odd'", [[2]])`);
      const ask = `return [await rows("SELECT key, value FROM params WHERE run_id = 'odd'"),
        await rows("SELECT value FROM metrics WHERE run_id = 'odd' ORDER BY step")]`;
      const [there, here] = [await b!.run(ask), await a!.run(ask)];
      expect(there).toEqual(here);
      expect(there).toEqual([[["ü\u0000 '\\", JSON.stringify("日本 \n 𝛼")]], [[0.1 + 0.2], [-1e-300]]]);
    }, 30_000);

    it("a long history arrives whole, each point once, also after both have opened their stores anew", async () => {
      await a!.run(`store.append(start("long"));
        for (let i = 0; i < 400; i++)
          store.append(Array.from({ length: 250 }, (_, j) => ({ e: "m", r: "long", k: "m" + j, s: i, v: i * j })))`);
      const count = `"SELECT count(*), count(DISTINCT (key, step)) FROM metrics WHERE run_id = 'long'", [[100000, 100000]], 20000`;
      await b!.run(`await until(${count})`);
      await b!.run(`await reopen()`);
      await a!.run(`await reopen()`);
      await b!.run(`await until(${count})`);
      await a!.run(`await until(${count}); store.append({ e: "m", r: "long", k: "after", s: 0, v: 1 })`);
      await b!.run(`await until("SELECT value FROM metrics WHERE run_id = 'long' AND key = 'after'", [[1]])`);
      expect(await b!.run(`return await rows("SELECT count(*) FROM metrics WHERE run_id = 'long'")`)).toEqual([
        [100001],
      ]);
    }, 60_000);

    it("compaction on either side, at any moment, loses and doubles nothing", async () => {
      const count = (n: number) =>
        `"SELECT count(*), sum(step) FROM metrics WHERE run_id = 'packed'", [[${n}, ${(n * (n - 1)) / 2}]]`;
      await a!.run(`store.append(start("packed"))`);
      for (let round = 1; round <= 4; round++) {
        await a!.run(
          `for (let i = 0; i < 10; i++) store.append({ e: "m", r: "packed", k: "x", s: ${round * 10 - 10} + i, v: 1 })`,
        );
        if (round % 2 === 0) await a!.run(`await store.compact({ to: "base" })`);
        await b!.run(`await store.compact({ to: "${round === 2 ? "base" : "delta"}" })`);
        await b!.run(`await until(${count(round * 10)})`);
      }
      await b!.run(`await reopen()`);
      expect(await b!.run<number>(`return await until(${count(40)})`)).toBeGreaterThan(0);
      await a!.run(`await until(${count(40)})`);
    }, 60_000);

    it("a run whose process is killed ends as orphaned, once, and the points it had logged are there", async () => {
      const dead = new StoreProcess(history.folders[0], history.env);
      await dead.run(
        `store.append(start("killed")); for (let i = 0; i < 50; i++) store.append({ e: "m", r: "killed", k: "x", s: i, v: i })`,
      );
      await dead.end("kill");
      const verdict = `"SELECT status, reason FROM runs WHERE run_id = 'killed'", [["FAILED", "orphaned"]]`;
      await a!.run(`await until(${verdict})`);
      await b!.run(
        `await until(${verdict}); await until("SELECT count(*) FROM metrics WHERE run_id = 'killed'", [[50]])`,
      );
      await pause(300);
      expect(await b!.run(`return await rows("SELECT count(*) FROM attempts WHERE run_id = 'killed'")`)).toEqual([[0]]);
    }, 30_000);
  });
}
