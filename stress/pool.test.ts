import { mkdtempSync, rmSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { openTaskPool } from "../src/pool/open-task-pool.js";
import { underKills } from "../test/pool/contract.js";

const store = mkdtempSync(path.join(os.tmpdir(), "alphabook-stress-pool-"));
afterAll(() => rmSync(store, { recursive: true, force: true }));
const seconds = Number(process.env.ALPHABOOK_STRESS_SECONDS ?? 60);

describe("a task pool on files", () => {
  it(`workers killed at random for ${seconds} s leave every task finished once`, async () => {
    const place = {
      open: (name: string, options = {}) => openTaskPool(name, { store, ...options }),
      expression: (name: string, options = {}) =>
        `openTaskPool(${JSON.stringify(name)}, ${JSON.stringify({ store, ...options })})`,
      env: {},
      end: async () => {},
    };
    await underKills(place, "kills", seconds);
    expect((await openTaskPool("kills", { store }).stats()).running).toBe(0);
  });
});
