import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { pathText, Places } from "../../src/config/places.js";
import { readYaml } from "../../src/config/read-yaml.js";

const where = (text: string, path: readonly (string | number)[]) => {
  const place = readYaml(text, "a.yaml").places.of(path)!;
  return `${place.line}:${place.column}`;
};

describe("readYaml", () => {
  it("keeps dates, times and yes as texts, and reads numbers as Qlib does", () => {
    const { config } = readYaml(
      "day: 2008-01-01\nclock: 12:30\nanswer: yes\nmany: 1_000\nfew: 1e-3\nnone: ~\noff: False\n",
      "a.yaml",
    );
    expect(config).toEqual({
      day: "2008-01-01",
      clock: "12:30",
      answer: "yes",
      many: 1000,
      few: 0.001,
      none: null,
      off: false,
    });
  });

  it("follows anchors and merge keys, what is written first", () => {
    const text =
      "base: &base { a: 1, b: 2 }\nother: &other { b: 3, c: 4 }\nboth:\n  <<: [*base, *other]\n  a: 5\nsame: *base\n";
    expect(readYaml(text, "a.yaml").config).toMatchObject({ both: { a: 5, b: 2, c: 4 }, same: { a: 1, b: 2 } });
  });

  it("gives each alias a copy of its own", () => {
    const { config } = readYaml("a: &a { x: 1 }\nb: *a\n", "a.yaml");
    expect(config.a).toEqual(config.b);
    expect(config.a).not.toBe(config.b);
  });

  it("knows where values stand: what an alias brings in, where its anchor is", () => {
    const text = "market: &market all\ntask:\n  list:\n    - one\n    - { two: *market }\n";
    expect(where(text, ["market"])).toBe("1:17");
    expect(where(text, ["task", "list", 0])).toBe("4:7");
    expect(where(text, ["task", "list", 1, "two"])).toBe("1:17");
    expect(where(text, ["task", "list", 7, "nothing"])).toBe("4:5");
    const { places } = readYaml(text, "a.yaml");
    expect(places.ofKey(["task", "list"])).toMatchObject({ file: "a.yaml", line: 3, column: 3, source: "  list:" });
  });

  it("puts overrides in so that aliases follow, and keeps the anchor", () => {
    const text = "market: &market all\nconfig: &config { start: 2008-01-01 }\na: *market\nb: *config\n";
    const overrides = [
      { path: ["market"], value: "sp500" },
      { path: ["config", "end"], value: ["x"] },
    ];
    expect(readYaml(text, "a.yaml", { overrides }).config).toEqual({
      ...{ market: "sp500", a: "sp500" },
      ...{ config: { start: "2008-01-01", end: ["x"] }, b: { start: "2008-01-01", end: ["x"] } },
    });
  });

  it("refuses a value that contains itself, a key that is no text, and a top that is no mapping", () => {
    expect(() => readYaml("a: &a\n  b: *a\n", "a.yaml")).toThrow(/a\.yaml:\d+:\d+ at a\.b: the value contains itself/);
    expect(() => readYaml("{{ x }}: 1\n", "a.yaml")).toThrow(/a key is no text/);
    expect(() => readYaml("- a\n", "a.yaml")).toThrow("a.yaml:1:1: the top is no mapping");
    expect(() => readYaml("# nothing\n", "a.yaml")).toThrow("the file is empty");
  });

  it("gives back what was written, and every value has a place that begins it", () => {
    const key = fc.stringMatching(/^[a-z]{1,6}$/);
    const leaf = fc.oneof(fc.integer(), fc.boolean(), fc.constant(null), fc.stringMatching(/^[A-Za-z $/().-]{0,12}$/));
    const { tree } = fc.letrec((tie) => ({
      tree: fc.oneof(
        { maxDepth: 4 },
        leaf,
        fc.array(tie("tree"), { maxLength: 4 }),
        fc.dictionary(key, tie("tree"), { maxKeys: 4 }),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(key, tree, { minKeys: 1, maxKeys: 4 }), (config) => {
        const text = stringify(config);
        const read = readYaml(text, "a.yaml");
        expect(read.config).toEqual(config);
        for (const name of Object.keys(config)) {
          const place = read.places.ofKey([name])!;
          expect(text.split("\n")[place.line - 1]!.slice(place.column - 1)).toMatch(new RegExp(`^["']?${name}`));
        }
      }),
    );
  });
});

describe("places", () => {
  it("of a configuration laid over another win", () => {
    const place = (line: number) => ({ file: "a.yaml", line, column: 1, source: "" });
    const [base, child] = [new Places(), new Places()];
    base.set(["a"], place(1));
    base.set(["b"], place(2));
    child.set(["b"], place(3));
    const both = base.with(child);
    expect([both.of(["a"])!.line, both.of(["b"])!.line, both.of(["c"])]).toEqual([1, 3, undefined]);
  });

  it("are written as in code", () => {
    expect(pathText(["task", "record", 1, "class"])).toBe("task.record[1].class");
  });
});
