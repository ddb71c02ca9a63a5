import { describe, expect, it } from "vitest";
import { flattenDict } from "../../src/config/flatten-dict.js";

describe("a nested mapping flattened", () => {
  it("joins keys, keeps lists and objects, drops empty mappings", () => {
    const model = new Map();
    expect(flattenDict({ a: 1, c: { a: 2, b: { x: 5, y: 10 } }, d: [1, { e: 2 }], model, none: {} })).toEqual({
      a: 1,
      "c.a": 2,
      "c.b.x": 5,
      "c.b.y": 10,
      d: [1, { e: 2 }],
      model,
    });
    expect(flattenDict({ "": { "0": null } }, "/")).toEqual({ "/0": null });
  });

  it("lets no value overwrite another", () => {
    expect(() => flattenDict({ "a.b": 1, a: { b: 2 } })).toThrow(/two values would be called "a\.b"/);
    expect(flattenDict({ "a.b": 1, a: { b: 2 } }, "/")).toEqual({ "a.b": 1, "a/b": 2 });
  });
});
