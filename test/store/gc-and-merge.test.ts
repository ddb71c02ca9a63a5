import { cpSync, existsSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { newestGeneration } from "../../src/store/manifest.js";
import { Store } from "../../src/store/store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { rowsOf, startOf } from "./rows-and-events.js";

const folder = temporaryFolder();
let stores = 0;
const newStore = () => Store.open(path.join(folder, `s${stores++}`));
const point = (s: number, r = "r1") => ({ e: "m", r, k: "IC", s, v: s / 10 }) as const;
const endOf = (r: string) => ({ e: "run", r, status: "FINISHED", endTime: Date.UTC(2026, 0, 3) }) as const;
const deleted = (r: string, daysAgo: number) =>
  ({ e: "run", r, deletedAt: Date.now() - daysAgo * 86_400_000 }) as const;
const all = async (store: Store, text: string) => rowsOf(await store.sql(text));

async function fill(store: Store, runs: readonly string[]) {
  for (const r of runs) {
    store.append([startOf(r), endOf(r), point(1, r), { e: "p", r, k: "lr", v: 1 }, { e: "g", r, k: "team", v: "a" }]);
    const written = await store.artifacts(r).write("note.txt", `of ${r}`);
    store.append({ e: "a", r, name: "note", kind: "text", ...written });
  }
}

describe("gc", () => {
  it("says what would go, and takes away only what was deleted long enough ago when told to", async () => {
    const store = newStore();
    await fill(store, ["kept", "fresh", "old"]);
    await store.compact({ to: "base" });
    store.append([deleted("fresh", 2), deleted("old", 40)]);
    expect(await store.gc()).toEqual({ runs: ["old"], experiments: [], files: 1, bytes: 6, applied: false });
    expect(existsSync(path.join(store.root, "artifacts", "old"))).toBe(true);
    expect(await all(store, "SELECT run_id FROM runs ORDER BY run_id")).toHaveLength(3);
    expect(await store.gc({ apply: true })).toMatchObject({ runs: ["old"], applied: true });
    expect(existsSync(path.join(store.root, "artifacts", "old"))).toBe(false);
    const late = Store.open(store.root);
    // Whoever still has it open may log on: it stays away, from old readers and new ones, through compactions.
    late.append([point(2, "old"), { e: "g", r: "old", k: "team", v: "b" }, { e: "run", r: "old", name: "again" }]);
    for (const step of ["logged", "delta", "base"] as const) {
      if (step !== "logged") await late.compact({ to: step });
      for (const reader of [store, late])
        for (const table of ["runs", "params", "metrics", "latest", "tags", "artifacts"])
          expect(await all(reader, `SELECT DISTINCT run_id FROM ${table} ORDER BY run_id`)).toEqual([
            { run_id: "fresh" },
            { run_id: "kept" },
          ]);
    }
    expect(await late.gc({ olderThanDays: 0, apply: true })).toMatchObject({ runs: ["fresh"] });
    expect(await late.gc({ olderThanDays: 0 })).toMatchObject({ runs: [], experiments: [] });
    await Promise.all([store.close(), late.close()]);
  }, 60_000);

  it("takes a deleted experiment with all its runs, but not while one of them runs", async () => {
    const store = newStore();
    await fill(store, ["r1"]);
    store.append([{ e: "experiment", experiment: "x1", name: "one", createdAt: 1 }, startOf("r2")]);
    store.append({ e: "experiment", experiment: "x1", deletedAt: Date.UTC(2026, 0, 3) });
    expect(await store.gc({ olderThanDays: 0 })).toMatchObject({ runs: ["r1"], experiments: [] });
    store.append(endOf("r2"));
    expect(await store.gc({ olderThanDays: 0, apply: true })).toMatchObject({
      runs: ["r1", "r2"],
      experiments: ["x1"],
    });
    expect(await all(store, "FROM experiments")).toEqual([]);
    await expect(store.gc({ olderThanDays: -1 })).rejects.toThrow("olderThanDays -1");
    await store.close();
  }, 30_000);
});

describe("merge", () => {
  it("is the union of two stores, and adds nothing the second time", async () => {
    const [mine, other] = [newStore(), newStore()];
    await fill(mine, ["r1", "r2"]);
    await fill(other, ["r3"]);
    await other.compact({ to: "base" });
    other.append(point(2, "r3"));
    expect(await mine.merge(other.root)).toEqual({ newRuns: 1, points: 2, artifacts: 1, missing: [] });
    expect(await all(mine, "SELECT run_id, n, value FROM latest ORDER BY run_id")).toEqual([
      { run_id: "r1", n: 1, value: 0.1 },
      { run_id: "r2", n: 1, value: 0.1 },
      { run_id: "r3", n: 2, value: 0.2 },
    ]);
    expect(mine.artifacts("r3").read("note.txt").toString()).toBe("of r3");
    const before = newestGeneration(mine.root);
    expect(await mine.merge(other.root)).toEqual({ newRuns: 0, points: 0, artifacts: 0, missing: [] });
    expect(newestGeneration(mine.root)).toBe(before);
    await expect(mine.merge(mine.root)).rejects.toThrow("it is the store itself");
    await expect(mine.merge(path.join(folder, "nowhere"))).rejects.toThrow("there is no store in it");
    await Promise.all([mine.close(), other.close()]);
  }, 60_000);

  it("makes of a store and its changed copy one, whichever takes in the other", async () => {
    const origin = newStore();
    await fill(origin, ["r1"]);
    await origin.close();
    const copied = `${origin.root}-copy`;
    cpSync(origin.root, copied, { recursive: true });
    const [left, right] = [Store.open(origin.root), Store.open(copied)];
    left.append([point(2), point(2), { e: "g", r: "r1", k: "team", v: "left" }]);
    await new Promise((resolve) => setTimeout(resolve, 5));
    right.append([point(3), { e: "g", r: "r1", k: "team", v: "right" }, startOf("r9"), endOf("r9")]);
    expect(await left.merge(right.root)).toMatchObject({ newRuns: 1, points: 1 });
    expect(await right.merge(left.root)).toMatchObject({ newRuns: 0, points: 2 });
    for (const store of [left, right]) {
      expect(await all(store, "SELECT step FROM metrics ORDER BY step")).toEqual(
        [1, 2, 2, 3].map((step) => ({ step })),
      );
      expect(await all(store, "SELECT n, step FROM latest")).toEqual([{ n: 4, step: 3 }]);
      expect(await all(store, "SELECT value FROM tags")).toEqual([{ value: '"right"' }]);
      expect(await all(store, "SELECT run_id, status FROM runs ORDER BY run_id")).toEqual([
        { run_id: "r1", status: "FINISHED" },
        { run_id: "r9", status: "FINISHED" },
      ]);
    }
    await Promise.all([left.close(), right.close()]);
  }, 60_000);
});

describe("odd names, keys, params and tags", () => {
  const odd = fc.oneof(
    fc.constantFrom(
      "A",
      "a",
      "Ä",
      "<script>alert(1)</script>",
      `it's "quoted"`,
      "run_id",
      "x;--",
      "p.lr",
      " ",
      "𝄞ü€",
      "q".repeat(250),
      "\\",
      "%",
      "$1",
      "{x}",
    ),
    fc.string({ unit: "grapheme", minLength: 1, maxLength: 30 }),
  );
  it("come back the same in tables and runs_wide, before and after compaction", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(odd, { minLength: 1, maxLength: 6 }), odd, async (keys, value) => {
        const store = newStore();
        store.append([
          { ...startOf("r1", { name: value }), ...{ userName: value } },
          endOf("r1"),
          { e: "experiment", experiment: "x1", name: value },
        ]);
        store.append(
          keys.flatMap(
            (k, s) =>
              [
                { e: "p", r: "r1", k, v: value },
                { e: "g", r: "r1", k, v: value },
                { e: "m", r: "r1", k, s, v: s },
              ] as const,
          ),
        );
        const sorted = [...keys].sort();
        for (const to of ["logs", "base", "tail"] as const) {
          if (to === "base") await store.compact({ to });
          if (to === "tail") store.append({ e: "g", r: "r1", k: keys[0]!, v: value });
          expect(await all(store, "SELECT name, experiment, user_name FROM runs")).toEqual([
            { name: value, experiment: value, user_name: value },
          ]);
          for (const table of ["params", "tags"])
            expect(
              (await all(store, `SELECT key, value FROM ${table}`)).sort((a, b) =>
                String(a.key) < String(b.key) ? -1 : 1,
              ),
            ).toEqual(sorted.map((key) => ({ key, value: JSON.stringify(value) })));
          expect((await all(store, "SELECT key FROM latest")).map(({ key }) => key).sort()).toEqual(sorted);
          const [wide] = await all(store, "SELECT * FROM runs_wide");
          const shown = Object.entries(wide!).filter(([name]) => name.startsWith("p.") || name.startsWith("t."));
          expect(shown).toHaveLength(2 * keys.filter((key) => !key.includes("\0")).length);
          for (const [, text] of shown) expect(text).toBe(value);
        }
        await store.close();
      }),
      { numRuns: 12 },
    );
  }, 120_000);
});
