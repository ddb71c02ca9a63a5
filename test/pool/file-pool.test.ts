import { appendFileSync, mkdirSync, readdirSync, renameSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { StoreError } from "../../src/errors.js";
import { listTaskPools, openTaskPool } from "../../src/pool/open-task-pool.js";
import { poolContract } from "./contract.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder("pool");

poolContract("a task pool on files", async () => {
  const store = path.join(folder, "contract");
  return {
    open: (name, options) => openTaskPool(name, { store, ...options }),
    expression: (name, options) => `openTaskPool(${JSON.stringify(name)}, ${JSON.stringify({ store, ...options })})`,
    env: {},
    end: async () => {},
  };
});

describe("the folder of a pool", () => {
  it("refuses what a newer version wrote, and what is no pool", () => {
    const store = path.join(folder, "newer");
    mkdirSync(path.join(store, "tasks", "rolls"), { recursive: true });
    writeFileSync(path.join(store, "tasks", "rolls", "FORMAT"), "alphabook-pool 7\n");
    expect(() => openTaskPool("rolls", { store })).toThrow(StoreError);
    expect(() => openTaskPool("rolls", { store })).toThrow(/has format 7, this version of alphabook reads up to 1/);
    writeFileSync(path.join(store, "tasks", "rolls", "FORMAT"), "something\n");
    expect(() => openTaskPool("rolls", { store })).toThrow(/is not one of a pool/);
  });

  it("refuses a second pool whose name differs only in upper and lower case, and names that are no file names", async () => {
    const store = path.join(folder, "twins");
    await openTaskPool("Rolls", { store }).submit({ a: 1 });
    expect(() => openTaskPool("rolls", { store })).toThrow(/there is one named "Rolls"/);
    expect(() => openTaskPool("../rolls", { store })).toThrow(/expected: letters/);
    expect(listTaskPools({ store })).toEqual(["Rolls"]);
  });

  it("finishes a submission that was interrupted after it had got its key, and forgets no task", async () => {
    const store = path.join(folder, "interrupted");
    const pool = openTaskPool("rolls", { store });
    await pool.submit({ a: 1 });
    const root = path.join(store, "tasks", "rolls");
    const [name] = readdirSync(path.join(root, "waiting")) as [string];
    renameSync(path.join(root, "waiting", name), path.join(root, "submitting", name));
    expect(await openTaskPool("rolls", { store }).submit({ a: 1 })).toMatchObject([{ isNew: false }]);
    expect((await openTaskPool("rolls", { store }).claim())!.input).toEqual({ a: 1 });
  });

  it("results of several workers come back whole, however long they are, also after one was cut off while it was written", async () => {
    const store = path.join(folder, "results");
    const [one, other] = [openTaskPool("rolls", { store }), openTaskPool("rolls", { store })];
    const results = [1, 4_095, 4_096, 10_000].flatMap((n) => ["é".repeat(n), `${"x".repeat(n)}\n"`, null]);
    const ids = (await one.submit(results.map((_, i) => ({ i })))).map(({ id }) => id);
    for (const [i, result] of results.entries()) {
      await (await (i % 2 ? one : other).claim())!.commit(result);
      const note = path.join(store, "tasks", "rolls", "note");
      if (i === 5) for (const name of readdirSync(note)) appendFileSync(path.join(note, name), '{"result":{"ru');
    }
    const reader = openTaskPool("rolls", { store });
    expect(await Promise.all(ids.map(async (id) => (await reader.get(id)).result))).toEqual(results);
  });

  it("a damaged file fails its own task, which says which file it is; the others go on, and it may be submitted again", async () => {
    const store = path.join(folder, "damaged");
    const pool = openTaskPool("rolls", { store });
    const ids = (await pool.submit([{ i: 0 }, { i: 1 }, { i: 2 }])).map(({ id }) => id) as [string, string, string];
    const root = path.join(store, "tasks", "rolls");
    await (await pool.claim({ filter: { ids: [ids[2]] } }))!.commit({ run: "r" }, { status: "part_done" });
    truncateSync(path.join(root, "key", ids[0]), 9);
    const [note] = readdirSync(path.join(root, "note")) as [string];
    writeFileSync(path.join(root, "note", note), '{"result":{"ru');

    const reader = openTaskPool("rolls", { store });
    expect((await reader.get(ids[0])).error!.message).toMatch(
      new RegExp(`key/${ids[0]} is damaged: .*\n  remove the task`),
    );
    const claim = (await reader.claim())!;
    expect(claim.task.id).toBe(ids[1]);
    await claim.commit(1);
    expect(await reader.claim({ from: "part_done" })).toBeUndefined();
    const failed = await reader.wait({ ids: [ids[0], ids[2]] }, { allowFailed: true });
    expect(failed.map(({ status, error }) => [status, error!.name])).toEqual([
      ["failed", "StoreError"],
      ["failed", "StoreError"],
    ]);
    await expect(reader.wait()).rejects.toThrow(/2 of 3 tasks[\s\S]*key\/.* is damaged/);

    // Its definition is whole: both steps are done again.
    expect(await reader.retry({ ids: [ids[2]] })).toBe(1);
    expect((await reader.claim())!.input).toEqual({ i: 2 });
    expect(await reader.remove({ ids: [ids[0]] })).toBe(1);
    expect(await reader.submit({ i: 0 })).toEqual([{ id: ids[0], isNew: true }]);
    expect((await reader.claim())!.input).toEqual({ i: 0 });
    await reader.close();
  });

  it("reads a pool that is not there as an empty one, and makes nothing", async () => {
    const store = path.join(folder, "nothing");
    const pool = openTaskPool("rolls", { store });
    expect((await pool.list()).length).toBe(0);
    expect(await pool.claim()).toBeUndefined();
    expect(await pool.wait()).toEqual([]);
    expect(() => readdirSync(store)).toThrow(/ENOENT/);
  });
});
