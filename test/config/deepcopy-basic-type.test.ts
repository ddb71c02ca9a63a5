import { describe, expect, it } from "vitest";
import { deepcopyBasicType } from "../../src/config/deepcopy-basic-type.js";

describe("a copy of the plain parts", () => {
  it("has its own objects, arrays and dates, and shares the rest", () => {
    class Model {}
    const task = { model: new Model(), list: [{ a: 1 }], at: new Date(0), run: () => 1, none: null };
    const copy = deepcopyBasicType(task);
    expect(copy).toEqual(task);
    copy.list[0]!.a = 2;
    copy.at.setTime(1);
    expect([task.list[0]!.a, task.at.getTime()]).toEqual([1, 0]);
    expect([copy.model === task.model, copy.run === task.run]).toEqual([true, true]);
  });

  it("keeps a key named like a setter a key", () => {
    const copy = deepcopyBasicType(JSON.parse('{"__proto__": {"a": 1}}') as object);
    expect([Object.keys(copy), (copy as { a?: number }).a]).toEqual([["__proto__"], undefined]);
  });
});
