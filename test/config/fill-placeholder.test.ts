import { expect, it } from "vitest";
import { fillPlaceholder } from "../../src/config/fill-placeholder.js";
import { ConfigError } from "../../src/errors.js";

const config = { a: "<b.0>", b: ["<MODEL>", "<PRED>"], text: "<b.0> tail", c: { d: "<a>" } };

it("fills values and references, also references to references, and leaves the rest and the argument alone", () => {
  const model = new Map();
  const filled = fillPlaceholder(config, { "<MODEL>": model });
  expect(filled).toEqual({ a: model, b: [model, "<PRED>"], text: "<b.0> tail", c: { d: model } });
  expect((filled as { a: unknown }).a).toBe(model);
  expect(config.a).toBe("<b.0>");
});

it("tells circles, references to nothing and keys that are no placeholders", () => {
  expect(() => fillPlaceholder({ a: "<b>", b: "<a>" }, {})).toThrow("refers to itself");
  expect(() => fillPlaceholder({ a: { x: "<dataset.nothing>" } }, {})).toThrow('at a.x: the configuration has no entry "dataset.nothing"');
  expect(fillPlaceholder({ a: "<no.where>" }, {}, { unresolved: "keep" })).toEqual({ a: "<no.where>" });
  expect(() => fillPlaceholder({}, { MODEL: 1 })).toThrow(ConfigError);
});
