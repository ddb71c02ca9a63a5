import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { buildStore } from "./built-store.js";
import { temporaryFolder } from "../temporary-folder.js";

interface Found {
  readonly acknowledged: number;
  readonly lost: number;
  readonly doubled: number;
  readonly gaps: number;
  readonly misfolded: number;
  readonly generation: number;
  readonly problems: unknown[];
  readonly kills: { readonly writer: number; readonly compactor: number };
  readonly readers: readonly { readonly answers: number; readonly wrong: number; readonly errors: readonly string[] }[];
}

const folder = temporaryFolder();
let storeUnderKills: (options: Record<string, unknown>) => Promise<Found>;
let storeModule = "";
beforeAll(async () => {
  storeModule = buildStore(path.join(folder, "built"));
  const program = path.join(import.meta.dirname, "..", "..", "stress", "store-under-kills.mjs");
  ({ storeUnderKills } = (await import(program)) as { storeUnderKills: typeof storeUnderKills });
});

describe("a store whose writers and compactors are killed (the long form: npm run stress)", () => {
  it("loses nothing that was acknowledged, doubles nothing and has no gaps, for every reader all the time", async () => {
    const found = await storeUnderKills({ storeModule, root: path.join(folder, "kills"), seconds: 8, writers: 3 });
    expect(found).toMatchObject({ lost: 0, doubled: 0, gaps: 0, misfolded: 0, problems: [] });
    for (const reader of found.readers) {
      expect(reader).toMatchObject({ wrong: 0, errors: [] });
      expect(reader.answers).toBeGreaterThan(0);
    }
    expect(found.acknowledged).toBeGreaterThan(50);
    expect(found.kills.writer + found.kills.compactor).toBeGreaterThan(3);
    expect(found.generation).toBeGreaterThan(0);
  }, 120_000);

  it("is found out by the same checks when writers do not write what they acknowledge", async () => {
    const found = await storeUnderKills({
      storeModule,
      root: path.join(folder, "forgetful"),
      seconds: 2,
      writers: 2,
      compactors: 1,
      forget: true,
    });
    expect(found.gaps + found.lost).toBeGreaterThan(0);
    expect(found.readers[0]!.wrong).toBeGreaterThan(0);
  }, 120_000);
});
