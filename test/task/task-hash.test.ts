import fc from "fast-check";
import { expect, it } from "vitest";
import { ConfigError } from "../../src/errors.js";
import { canonicalJson, taskHash } from "../../src/task/task-hash.js";

it("does not depend on the order of keys, at any depth", () => {
  expect(taskHash({ a: { x: 1, y: [2] }, b: "t" })).toBe(taskHash({ b: "t", a: { y: [2], x: 1 } }));
  expect(taskHash({ a: [1, 2] })).not.toBe(taskHash({ a: [2, 1] }));
});

it("reads back as JSON.stringify would have written it", () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
    }),
  );
});

it("writes dates as ISO text and refuses what JSON cannot say, by its place", () => {
  expect(canonicalJson({ d: new Date(0), u: undefined })).toBe('{"d":"1970-01-01T00:00:00.000Z"}');
  expect(() => taskHash({ model: { kwargs: { alpha: NaN } } })).toThrow("task.model.kwargs.alpha");
  expect(() => taskHash({ f: () => 1 })).toThrow(ConfigError);
  expect(() => taskHash({ m: new Map() })).toThrow("an object of class Map");
});
