import { describe, expect, it } from "vitest";
import { updateConfig } from "../../src/config/update-config.js";

describe("a configuration with extensions", () => {
  it("merges mappings, replaces the rest, deletes what is dropped", () => {
    const base = { a: 1, b: { c: 2, d: [3, 4] }, e: { f: 1 } };
    const before = structuredClone(base);
    expect(updateConfig(base, { b: { d: [5] }, e: 0, g: { h: 1 }, z: "__DROP__" })).toEqual({
      a: 1,
      b: { c: 2, d: [5] },
      e: 0,
      g: { h: 1 },
    });
    expect(updateConfig(base, [{ a: 2 }, { a: "__DROP__" }, { a: 3 }])).toEqual({ ...base, a: 3 });
    expect(updateConfig(base, [])).toEqual(base);
    expect(base).toEqual(before);
  });

  it("drops inside a mapping that is new to the base too", () => {
    expect(updateConfig({ a: 1 }, { b: { c: "__DROP__", d: 2 } })).toEqual({ a: 1, b: { d: 2 } });
    expect(updateConfig({ a: 1 }, { a: { c: "__DROP__" } })).toEqual({ a: {} });
  });

  it("shares no plain part with what was given", () => {
    const list = [1];
    const made = updateConfig({ list }, { other: { list } });
    expect([made.list === list, (made.other as { list: number[] }).list === list]).toEqual([false, false]);
  });
});
