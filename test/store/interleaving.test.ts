import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { processIdentity } from "../../src/store/liveness.js";
import { compact } from "../../src/store/compaction.js";
import { Store } from "../../src/store/store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { rowsOf } from "./rows-and-events.js";

const folder = temporaryFolder();
const self = processIdentity();
let stores = 0;

/** Three writers' logs; times collide often, so that the order of writers and sequences decides. */
const line = fc.record({
  writer: fc.constantFrom("a", "b", "c"),
  t: fc.integer({ min: 1, max: 6 }),
  event: fc.oneof(
    fc.record({
      e: fc.constant("m"),
      r: run(),
      k: fc.constantFrom("IC", "loss"),
      s: fc.integer({ min: 0, max: 3 }),
      v: fc.constantFrom<number | string>(1, 2.5, -3, "NaN", "Infinity", "-Infinity"),
    }),
    fc.record({
      e: fc.constant("p"),
      r: run(),
      k: fc.constantFrom("lr", "model"),
      v: fc.constantFrom<unknown>(1, 2, "auto", [1, 2], null),
    }),
    fc.record({
      e: fc.constant("g"),
      r: run(),
      k: fc.constantFrom("team", "note"),
      v: fc.constantFrom<unknown>("x", "y", null, 5),
    }),
    fc.record({ e: fc.constant("h"), r: run() }),
    fc.record({ e: fc.constant("purge"), id: fc.constantFrom("r2", "r3", "r4", "r5") }),
    fc.record({
      e: fc.constant("a"),
      r: run(),
      name: fc.constantFrom("pred", "note"),
      kind: fc.constant("json"),
      bytes: fc.nat(9),
      sha256: fc.constant("0"),
      path: fc.constant("p.json"),
    }),
    fc.record(
      {
        e: fc.constant("experiment"),
        experiment: fc.constantFrom("x1", "x2"),
        name: fc.constantFrom("one", "two"),
        deletedAt: fc.constantFrom(null, 3),
      },
      { requiredKeys: ["e", "experiment"] },
    ),
    fc.record(
      {
        e: fc.constant("run"),
        r: run(),
        experiment: fc.constantFrom("x1", "x2"),
        name: fc.constantFrom("n1", "n2"),
        status: fc.constantFrom("RUNNING", "FINISHED", "FAILED"),
        reason: fc.constantFrom("orphaned", null),
        endTime: fc.constantFrom(null, 4, 5),
        heartbeat: fc.constantFrom(2, 9),
        deletedAt: fc.constantFrom(null, 8),
        byFinder: fc.constant(true),
        // This very process, so that no reader declares the run dead.
        host: fc.constant(self.host),
        pid: fc.constant(self.pid),
        processSpace: fc.constant(self.processSpace),
      },
      { requiredKeys: ["e", "r", "host", "pid", "processSpace"] },
    ),
    fc.record(
      {
        e: fc.constant("attempt"),
        r: run(),
        attempt: fc.constantFrom(1, 2),
        status: fc.constantFrom("RUNNING", "FAILED"),
        errorName: fc.constantFrom("E1", "E2"),
        byFinder: fc.constant(true),
      },
      { requiredKeys: ["e", "r", "attempt"] },
    ),
  ),
});
function run() {
  return fc.constantFrom("r1", "r2");
}

const TABLES = ["experiments", "runs", "attempts", "params", "metrics", "latest", "tags", "artifacts", "runs_wide"];

/** All tables, rows in a fixed order. */
async function tables(store: Store): Promise<unknown> {
  const all = [];
  for (const name of TABLES)
    all.push([
      name,
      rowsOf(await store.sql(`FROM ${name}`))
        .map((row) => JSON.stringify(row, (_, value: unknown) => (typeof value === "number" ? String(value) : value)))
        .sort(),
    ]);
  return all;
}

describe("the tables", () => {
  it("are the same whenever a reader refreshed and whenever the logs were compacted, into deltas or a base", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(line, { minLength: 1, maxLength: 20 }),
        fc.array(fc.constantFrom("nothing", "nothing", "nothing", "nothing", "refresh", "delta", "base"), {
          minLength: 20,
          maxLength: 20,
        }),
        fc.infiniteStream(fc.nat()),
        async (lines, then, shuffle) => {
          const root = path.join(folder, `s${stores++}`);
          mkdirSync(path.join(root, "log"), { recursive: true });
          const following = Store.open(root);
          const sequences = { a: 0, b: 0, c: 0 };
          // A writer's own lines come in its order; the portions of different writers reach the reader in any order.
          const queues = { a: [] as string[], b: [] as string[], c: [] as string[] };
          for (const { writer, t, event } of [...lines].sort((x, y) => x.t - y.t)) {
            queues[writer as "a"].push(JSON.stringify({ q: ++sequences[writer as "a"], t, ...event }));
          }
          for (let i = 0; i < lines.length; i++) {
            const open = (["a", "b", "c"] as const).filter((writer) => queues[writer].length);
            const writer = open[shuffle.next().value! % open.length]!;
            writeFileSync(path.join(root, "log", `${writer}.00000.jsonl`), `${queues[writer].shift()!}\n`, {
              flag: "a",
            });
            const what = then[i]!;
            if (what === "refresh") await following.refresh();
            else if (what !== "nothing") await compact(root, { to: what });
          }
          const copy = `${root}-copy`;
          cpSync(path.join(root, "log"), path.join(copy, "log"), { recursive: true });
          const [uncompacted, late] = [Store.open(copy), Store.open(root)];
          const expected = await tables(uncompacted);
          expect(await tables(following)).toEqual(expected);
          expect(await tables(late)).toEqual(expected);
          await compact(root, { to: "base" });
          expect(await tables(following)).toEqual(expected);
          await Promise.all([following.close(), late.close(), uncompacted.close()]);
        },
      ),
      { numRuns: 15 },
    );
  }, 240_000);
});
