import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { fromJsonText, toJsonText } from "../../src/tracking/json-text.js";

/** Everything the format promises to bring back, nested at will. */
const anything = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom(null, undefined, NaN, Infinity, -Infinity, -0, ""),
    fc.double(),
    fc.boolean(),
    fc.string(),
    fc.bigInt(),
    fc.date({ noInvalidDate: true }),
    fc.float64Array(),
    fc.float32Array(),
    fc.int32Array(),
    fc.uint8Array(),
    fc.bigInt64Array(),
    fc.array(tie("value")),
    fc.dictionary(fc.oneof(fc.string(), fc.constantFrom("$alphabook", "__proto__", "value")), tie("value"), {
      noNullPrototype: true,
    }),
    fc.array(fc.tuple(tie("value"), tie("value"))).map((entries) => new Map(entries)),
    fc.array(tie("value")).map((items) => new Set(items)),
  ),
})).value;

describe("JSON text", () => {
  it("gives back the same value", () => {
    fc.assert(
      fc.property(anything, (value) => {
        expect(fromJsonText(toJsonText(value))).toStrictEqual(value);
      }),
    );
  });

  it("of ordinary values is ordinary JSON", () => {
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        const plain: unknown = JSON.parse(JSON.stringify(value));
        expect(toJsonText(plain)).toBe(JSON.stringify(plain));
      }),
    );
  });

  it("an invalid date stays one", () => {
    expect((fromJsonText(toJsonText(new Date(NaN))) as Date).getTime()).toBeNaN();
  });

  it("names what cannot be written by its path, and what to do", () => {
    class Model {}
    expect(() => toJsonText({ fits: [new Model()] }, "state")).toThrow(
      'Cannot save "state.fits[0]": nothing says how an object of class Model is written',
    );
    expect(() => toJsonText({ f: () => 1 }, "state")).toThrow('"state.f": a function is no data');
    const loop: unknown[] = [];
    loop.push(loop);
    expect(() => toJsonText(loop, "loop")).toThrow('"loop[0]": it contains itself');
  });

  it("of a later version is refused, not misread", () => {
    expect(() => fromJsonText('{"$alphabook":"quaternion","value":"AAAA"}')).toThrow(
      '"quaternion" is no kind of value this version knows',
    );
  });
});
