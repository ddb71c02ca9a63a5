import { table } from "arquero";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { averageEnsemble } from "../../src/collector/average-ensemble.js";
import { Group, rollingGroup } from "../../src/collector/group.js";
import { rollingEnsemble } from "../../src/collector/rolling-ensemble.js";
import { singleKeyEnsemble } from "../../src/collector/single-key-ensemble.js";
import { TupleMap } from "../../src/collector/tuple-map.js";
import { DataError, InvalidArgumentError } from "../../src/errors.js";
import { Panel } from "../../src/panel/panel.js";

/** Rows as `[month-day, instrument, value]`, of 2024. */
const frame = (rows: readonly (readonly [string, string, number])[], column = "score") =>
  table({
    datetime: rows.map(([day]) => new Date(`2024-${day}`)),
    instrument: rows.map(([, instrument]) => instrument),
    [column]: Float64Array.from(rows, ([, , value]) => value),
  });

const rowsOf = (result: { objects(): object[] }, column = "score") =>
  (result.objects() as Record<string, unknown>[]).map((row) => [
    (row.datetime as Date).toISOString().slice(5, 10),
    row.instrument,
    row[column],
  ]);

const early = frame([
  ["01-02", "X", 0.1],
  ["01-02", "Y", 0.2],
  ["01-03", "X", 0.3],
  ["01-03", "Y", 0.4],
]);
const late = frame([
  ["01-03", "X", 0.5],
  ["01-04", "Y", 0.6],
]);

describe("rolling tables into one", () => {
  it("keeps the row of the table that starts later, row by row, in whichever order the map has them", async () => {
    const expected = [
      ["01-02", "X", 0.1],
      ["01-02", "Y", 0.2],
      ["01-03", "X", 0.5],
      ["01-03", "Y", 0.4],
      ["01-04", "Y", 0.6],
    ];
    expect(rowsOf(await rollingEnsemble({ early, late }))).toEqual(expected);
    expect(rowsOf(await rollingEnsemble({ late, early }))).toEqual(expected);
    expect(
      rowsOf(
        await rollingEnsemble(
          new Map([
            ["p", Panel.from(late)],
            ["q", Panel.from(early)],
          ]),
        ),
      ),
    ).toEqual(expected);
  });

  it("keeps the first of the map where two start on one date: the newest run of a collector's map", async () => {
    const [newer, older] = [
      frame([["01-02", "X", 1]]),
      frame([
        ["01-02", "X", 2],
        ["01-03", "X", 2],
      ]),
    ];
    expect(rowsOf(await rollingEnsemble({ newer, older }))).toEqual([
      ["01-02", "X", 1],
      ["01-03", "X", 2],
    ]);
    expect(rowsOf(await rollingEnsemble({ older, newer }))).toEqual([
      ["01-02", "X", 2],
      ["01-03", "X", 2],
    ]);
  });

  it("lets a later NaN replace an earlier number", async () => {
    const gone = frame([["01-03", "X", NaN]]);
    expect(rowsOf(await rollingEnsemble({ early, gone }))[2]).toEqual(["01-03", "X", NaN]);
  });

  it("has the union of columns, missing where a table has none, and takes rows in any order", async () => {
    const other = frame(
      [
        ["01-04", "Z", 9],
        ["01-02", "Z", 8],
      ],
      "label",
    );
    const rolled = await rollingEnsemble({ late, other });
    expect(rolled.columnNames()).toEqual(["datetime", "instrument", "label", "score"]);
    expect(rowsOf(rolled, "label")).toEqual([
      ["01-02", "Z", 8],
      ["01-03", "X", NaN],
      ["01-04", "Y", NaN],
      ["01-04", "Z", 9],
    ]);
    expect(rowsOf(rolled).map(([, , score]) => score)).toEqual([NaN, 0.5, 0.6, NaN]);
  });

  it("keeps texts, dates and booleans, and tables without instruments", async () => {
    const day = (day: string, note: string) =>
      table({
        datetime: [new Date(`2024-${day}`)],
        note: [note],
        seen: [true],
        n: Int32Array.of(day === "01-02" ? 1 : 2),
      });
    const rolled = await rollingEnsemble({ b: day("01-03", "two"), a: day("01-02", 'o"ne') });
    expect(rolled.objects()).toEqual([
      { datetime: new Date("2024-01-02"), note: 'o"ne', seen: true, n: 1 },
      { datetime: new Date("2024-01-03"), note: "two", seen: true, n: 2 },
    ]);
  });

  it("is unmoved by a table without rows, and names the key of what is none", async () => {
    expect(rowsOf(await rollingEnsemble({ late, none: frame([]) }))).toEqual(rowsOf(late));
    expect((await rollingEnsemble({ none: frame([]) })).numRows()).toBe(0);
    await expect(rollingEnsemble({})).rejects.toThrow(InvalidArgumentError);
    await expect(rollingEnsemble(new TupleMap([[["M", "s1"], null]]))).rejects.toThrow(
      'the value of ["M","s1"] is no table but null',
    );
    const lost = table({ datetime: [new Date("2024-01-02"), null], instrument: ["X", "Y"], score: [1, 2] });
    await expect(rollingEnsemble({ late, lost })).rejects.toThrow('a row of "lost" has no datetime');
    const days = table({ datetime: [new Date("2024-01-02")], score: [1] });
    await expect(rollingEnsemble({ late, days })).rejects.toThrow(DataError);
  });

  it("is the plain rule: later start wins each row", async () => {
    const rows = fc.uniqueArray(fc.tuple(fc.integer({ min: 1, max: 6 }), fc.constantFrom("A", "B", "C", "Ä")), {
      maxLength: 12,
      selector: String,
    });
    await fc.assert(
      fc.asyncProperty(fc.array(rows, { minLength: 1, maxLength: 4 }), async (inputs) => {
        const tables = inputs.map((own, i) => frame(own.map(([d, name], j) => [`01-0${d}`, name, i * 100 + j])));
        const expected = new Map<string, number>();
        inputs
          .map((own, i) => ({ own, i, start: Math.min(...own.map(([d]) => d)) }))
          .sort((a, b) => a.start - b.start || b.i - a.i)
          .forEach(({ own, i }) => own.forEach(([d, name], j) => expected.set(`01-0${d} ${name}`, i * 100 + j)));
        const rolled = await rollingEnsemble(Object.fromEntries(tables.map((each, i) => [`k${i}`, each])));
        const wanted = [...expected].sort(([a], [b]) => (a < b ? -1 : 1));
        expect(rowsOf(rolled).map(([day, name, score]) => [`${String(day)} ${String(name)}`, score])).toEqual(wanted);
      }),
    );
  });
});

describe("averaging forecasts", () => {
  const a = frame([
    ["01-02", "X", 1],
    ["01-02", "Y", 2],
    ["01-02", "Z", 3],
    ["01-03", "X", 1],
    ["01-03", "Y", 3],
  ]);
  const b = frame([
    ["01-02", "X", 10],
    ["01-02", "Y", 40],
    ["01-02", "Z", 10],
    ["01-03", "X", 5],
    ["01-03", "Z", 7],
    ["01-04", "X", 9],
  ]);
  const scores = async (map: Parameters<typeof averageEnsemble>[0]) => {
    const rows = rowsOf(await averageEnsemble(map));
    return rows.map(([day, name, score]) => [day, name, Math.round((score as number) * 1e6) / 1e6]);
  };

  it("standardises each by date with the sample sd and takes the mean of those that speak", async () => {
    expect(await scores({ a, b })).toEqual([
      ["01-02", "X", -0.788675],
      ["01-02", "Y", 0.57735],
      ["01-02", "Z", 0.211325],
      ["01-03", "X", -0.707107],
      ["01-03", "Y", 0.707107],
      ["01-03", "Z", 0.707107],
      ["01-04", "X", NaN],
    ]);
  });

  it("gives a constant, a lonely and an infinite member no say on that date", async () => {
    const y = frame([
      ["01-02", "X", 1],
      ["01-02", "Y", 2],
    ]);
    for (const [x1, x2] of [
      [5, 5],
      [Infinity, 1],
      [NaN, 3],
    ])
      expect(
        await scores({
          other: frame([
            ["01-02", "X", x1!],
            ["01-02", "Y", x2!],
          ]),
          y,
        }),
      ).toEqual([
        ["01-02", "X", -0.707107],
        ["01-02", "Y", 0.707107],
      ]);
    expect(
      await scores({
        flat: frame([
          ["01-02", "X", 0.1],
          ["01-02", "Y", 0.1],
          ["01-02", "Z", 0.1],
        ]),
      }),
    ).toEqual([
      ["01-02", "X", NaN],
      ["01-02", "Y", NaN],
      ["01-02", "Z", NaN],
    ]);
  });

  it("counts each column as a member, flattens maps of maps, and standardises a single member too", async () => {
    const two = table({
      ...Object.fromEntries(["datetime", "instrument", "score"].map((n) => [n, a.array(n)])),
      more: a.array("score"),
    });
    expect(await scores({ deep: { two } })).toEqual(await scores({ a }));
    expect((await scores({ a })).slice(0, 3)).toEqual([
      ["01-02", "X", -1],
      ["01-02", "Y", 0],
      ["01-02", "Z", 1],
    ]);
    const nested = new TupleMap([
      [
        "m",
        new TupleMap([
          ["s1", a],
          ["s2", b],
        ]),
      ],
    ]);
    expect(await scores(nested)).toEqual(await scores({ a, b }));
  });

  it("gives NaN to numbers a date without instruments", async () => {
    const ic = table({ datetime: [new Date("2024-01-02"), new Date("2024-01-03")], ic: [0.1, 0.2] });
    expect((await averageEnsemble({ ic })).array("score")).toEqual([NaN, NaN]);
  });

  it("refuses a key that one table has twice, text, and an empty map", async () => {
    await expect(
      averageEnsemble({
        a,
        c: frame([
          ["01-02", "X", 1],
          ["01-02", "X", 1],
        ]),
      }),
    ).rejects.toThrow('["c"] has (2024-01-02, X) twice');
    await expect(averageEnsemble({ a: a.derive({ note: () => "x" }) })).rejects.toThrow(
      'column "note" of ["a"] holds text',
    );
    await expect(averageEnsemble({})).rejects.toThrow("the map is empty");
    await expect(averageEnsemble({ a: null })).rejects.toThrow('the value of ["a"] is no table but null');
  });
});

describe("the value of a single key", () => {
  it("is taken out at every depth, or at the first only", () => {
    expect(singleKeyEnsemble({ a: { b: { c: 1 } } })).toBe(1);
    const map = singleKeyEnsemble({ a: { b: 1 }, c: { d: 2, e: { f: 3 } } }) as TupleMap;
    expect(map.get("a")).toBe(1);
    expect((map.get("c") as TupleMap).entries()).toEqual([
      ["d", 2],
      ["e", 3],
    ]);
    expect((singleKeyEnsemble({}) as TupleMap).size).toBe(0);
    expect(singleKeyEnsemble({ a: { b: 1 } }, { recursion: false })).toEqual({ b: 1 });
    expect(singleKeyEnsemble(early)).toBe(early);
    expect(singleKeyEnsemble("plain")).toBe("plain");
  });
});

describe("groups", () => {
  const count = (map: TupleMap) => map.keys();

  it("are all parts of the key but the last, always a tuple, in first-seen order", async () => {
    const keys = [
      ["M", "s1"],
      ["N", "s1"],
      ["M", "s2"],
    ];
    const groups = await rollingGroup(count).run(new TupleMap(keys.map((key, i) => [key, i])));
    expect(groups.entries()).toEqual([
      [["M"], ["s1", "s2"]],
      [["N"], ["s1"]],
    ]);
    expect(groups.has("M")).toBe(false);
    const deep = [
      ["A", "B", "C1"],
      ["A", "B", "C2"],
      ["A", "D", "C1"],
    ];
    expect((await rollingGroup(count).run(new TupleMap(deep.map((key) => [key, 0])))).keys()).toEqual([
      ["A", "B"],
      ["A", "D"],
    ]);
    expect((await rollingGroup(count).run(new TupleMap([[["one"], 0]]))).entries()).toEqual([[[], ["one"]]]);
  });

  it("keep a last part that is a pair, and roll by default", async () => {
    const seg = (a: string, b: string) => [`2024-${a}`, `2024-${b}`];
    const map = new TupleMap([
      [["ridge", seg("01-03", "01-04")], late],
      [["ridge", seg("01-02", "01-03")], early],
    ]);
    const rolled = await rollingGroup().run(map);
    expect(rowsOf(rolled.get(["ridge"]) as typeof early)).toEqual(rowsOf(await rollingEnsemble({ early, late })));
    expect((await rollingGroup(count).run(map)).get(["ridge"])).toEqual([seg("01-03", "01-04"), seg("01-02", "01-03")]);
  });

  it("need tuple keys, and both functions", async () => {
    await expect(rollingGroup().run({ r0: early })).rejects.toThrow('key "r0" is no tuple');
    await expect(new Group().run({ a: 1 })).rejects.toThrow("there is no groupFunc");
    await expect(new Group({ groupFunc: () => new TupleMap([["g", new TupleMap()]]) }).run({ a: 1 })).rejects.toThrow(
      "there is no ens",
    );
  });

  it("use the methods that a class of its own overrides", async () => {
    class Halves extends Group {
      override group() {
        return new TupleMap([["x", new TupleMap([["a", 1]])]]);
      }
      override reduce(map: TupleMap) {
        return map.size * 10;
      }
    }
    expect((await new Halves().run({})).entries()).toEqual([["x", 10]]);
  });
});
