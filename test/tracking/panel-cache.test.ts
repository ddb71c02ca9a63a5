import { mkdtemp, readdir, rm, truncate, utimes, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Panel } from "../../src/panel/panel.js";
import { PanelCache } from "../../src/tracking/panel-cache.js";

const panel = Panel.from({
  datetime: ["2020-01-02", "2020-01-02", "2020-01-03"],
  instrument: ["A", "中", "A"],
  single: Float32Array.of(1, NaN, 3),
  double: [0.1, Infinity, -0],
});

describe("a folder of panels", () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-panels-"));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it("gives back what was put, of the same types, and nothing for another key", async () => {
    const cache = new PanelCache(path.join(folder, "cache"));
    await cache.put("key", { panel, facts: '{"feature":["single"]}' });
    const kept = (await new PanelCache(path.join(folder, "cache")).get("key"))!;
    expect(kept.facts).toBe('{"feature":["single"]}');
    for (const part of ["dates", "offsets", "codes", "instruments", "columns"] as const)
      expect(kept.panel[part]).toEqual(panel[part]);
    expect(await cache.get("other")).toBeUndefined();
  });

  it("makes anew what is cut off or of another format, and leaves no half entry", async () => {
    const cache = new PanelCache(folder);
    await cache.put("cut", { panel, facts: "" });
    await truncate(path.join(folder, "cut.panel"), 150);
    expect(await cache.get("cut")).toBeUndefined();
    await writeFile(path.join(folder, "alien.panel"), "something else altogether");
    expect(await cache.get("alien")).toBeUndefined();
    expect(await readdir(folder)).toEqual([]);
  });

  it("removes what was used longest ago when there is too much, never the newest", async () => {
    const cache = new PanelCache(folder, { maxBytes: 700 });
    await cache.put("first", { panel, facts: "" });
    await cache.put("second", { panel, facts: "" });
    await utimes(path.join(folder, "first.panel"), 2, 2);
    await utimes(path.join(folder, "second.panel"), 1, 1);
    await cache.get("second");
    await cache.put("third", { panel, facts: "" });
    expect((await readdir(folder)).sort()).toEqual(["second.panel", "third.panel"]);
    await new PanelCache(folder, { maxBytes: 1 }).put("fourth", { panel, facts: "" });
    expect(await readdir(folder)).toEqual(["fourth.panel"]);
  });

  it("goes on without keeping anything where it cannot write", async () => {
    await writeFile(path.join(folder, "file"), "in the way");
    const cache = new PanelCache(path.join(folder, "file", "cache"));
    await cache.put("key", { panel, facts: "" });
    expect(await cache.get("key")).toBeUndefined();
  });
});
