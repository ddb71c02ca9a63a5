import { table } from "arquero";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { styled } from "../../src/display/table-style.js";
import { tableHtml } from "../../src/display/table-html.js";
import { tableText } from "../../src/display/table-text.js";
import { UnknownNameError } from "../../src/errors.js";
import { Panel } from "../../src/panel/panel.js";

const cellsOf = (html: string) => [...html.matchAll(/<td[^>]*>(.*?)<\/td>/g)].map(([, text]) => text);

describe("a table as html", () => {
  it("shows every row of a short table with its number from 0", () => {
    expect(cellsOf(tableHtml([{ name: "a" }, { name: "b" }]))).toEqual(["0", "a", "1", "b"]);
  });

  it("shows ten rows, a gap and ten rows of a longer table with their true numbers", () => {
    const cells = cellsOf(tableHtml(table({ n: Int32Array.from({ length: 1507 }, (_, i) => i) })));
    expect(cells).toHaveLength(41);
    expect(cells.slice(18, 24)).toEqual(["9", "9", "⋮", "1,497", "1497", "1,498"]);
  });

  it("numbers the rows in the order that the table is sorted in", () => {
    const sorted = table({ n: [3, 1, 2] }).orderby("n");
    expect(cellsOf(tableHtml(sorted))).toEqual(["0", "1", "1", "2", "2", "3"]);
  });

  it("leaves out rows that a filter hides", () => {
    expect(cellsOf(tableHtml(table({ n: [3, 1, 2] }).filter((d: { n: number }) => d.n > 1)))).toEqual([
      "0",
      "3",
      "1",
      "2",
    ]);
  });

  it("says the size, and the type under each name on a line of its own", () => {
    const html = tableHtml(
      table({ datetime: [new Date(0)], ic: Float64Array.of(0.5), n: Int32Array.of(1), score: Float32Array.of(1) }),
    );
    expect(html).toContain("1 row × 4 columns");
    expect(
      [...html.matchAll(/<th[^>]*>(\w+)<br><small>(\w+)<\/small>/g)].map(([, name, type]) => `${name} ${type}`),
    ).toEqual(["datetime date", "ic f64", "n int", "score f32"]);
  });

  it("aligns text left and numbers right without a style sheet", () => {
    const html = tableHtml([{ name: "a", n: 1 }]);
    expect(html).toContain('<td style="text-align:left">a</td>');
    expect(html).toContain('<td style="text-align:right">1</td>');
  });

  it("writes missing values as a muted dash and NaN as muted nan, infinities as they are", () => {
    expect(tableHtml(table({ a: [null, "x"], b: [NaN, 1.5] }))).toContain(
      '<td class="ab-m" style="text-align:left">–</td><td class="ab-m" style="text-align:right">nan</td>',
    );
    expect(cellsOf(tableHtml(table({ b: [Infinity, -Infinity] })))).toEqual(["0", "∞", "1", "−∞"]);
  });

  it("gives every number of a column the same digits, with a true minus and no negative zero", () => {
    const texts = cellsOf(
      tableHtml(table({ x: [1.5, -0.25, -0.000001] }), { styles: { x: { format: { digits: 2 } } } }),
    ).filter((_, i) => i % 2 === 1);
    expect(texts).toEqual(["1.50", "−0.25", "0.00"]);
  });

  it("writes datetimes as days, and with a time as soon as one of the column has one", () => {
    expect(cellsOf(tableHtml([{ t: new Date(0) }]))[1]).toBe("1970-01-01");
    expect(cellsOf(tableHtml([{ t: new Date(0) }, { t: new Date(90 * 60_000) }]))).toEqual([
      "0",
      "1970-01-01 00:00",
      "1",
      "1970-01-01 01:30",
    ]);
  });

  it("shows at most twenty columns and says how many there are", () => {
    const html = tableHtml([Object.fromEntries(Array.from({ length: 25 }, (_, i) => [`c${i}`, i]))]);
    expect([...html.matchAll(/<small>int/g)]).toHaveLength(20);
    expect(html).toContain("1 row × 25 columns");
  });

  it("cuts long text and keeps the whole of it as title", () => {
    const long = "x".repeat(80);
    expect(tableHtml([{ name: long }])).toContain(`<span title="${long}">${"x".repeat(59)}…</span>`);
  });

  it("colours cells only where asked, by sign and size", () => {
    const values = [{ r: 0.1 }, { r: -0.05 }];
    expect(tableHtml(values)).not.toContain("rgba");
    const heat = tableHtml(values, { styles: { r: { cell: "heat", format: "percent" } } });
    expect(heat).toContain('background:rgba(37,99,199,0.55)">10.00%');
    expect(heat).toContain('background:rgba(200,90,30,0.28)">−5.00%');
    expect(() => tableHtml(values, { styles: { ret: { cell: "heat" } } })).toThrow(UnknownNameError);
  });

  it("shows an empty table by its columns", () => {
    expect(tableHtml(table({ a: [], b: [] }))).toContain("0 rows × 2 columns");
  });

  it("takes a panel, in the order of its keys", () => {
    const panel = Panel.from({ datetime: ["2020-01-02", "2020-01-02"], instrument: ["B", "A"], score: [1.5, 2.5] });
    expect(cellsOf(tableHtml(panel))).toEqual(["0", "2020-01-02", "A", "2.5", "1", "2020-01-02", "B", "1.5"]);
  });

  it("lets no text out of its cell, whatever it is", () => {
    const hostile = fc.oneof(
      fc.string(),
      fc.constantFrom("<script>alert(1)</script>", '"><img src=x onerror=1>', "</style></td>", "a&b"),
    );
    fc.assert(
      fc.property(hostile, hostile, (name, value) => {
        const plain = tableHtml([{ a: "b" }])
          .replace(/>[^<]*</g, "><")
          .replace(/<span title="[^"]*"><\/span>/g, "");
        const given = tableHtml([{ [`k${name}`]: value }])
          .replace(/>[^<]*</g, "><")
          .replace(/<span title="[^"]*"><\/span>/g, "");
        expect(given).toBe(plain);
      }),
    );
  });

  it("keeps its style sheet to itself: every rule stands under its own class", () => {
    const [, css] = /<style>(.*?)<\/style>/s.exec(styled(""))!;
    const selectors = css!
      .split("}")
      .map((rule) => rule.split("{")[0]!.trim())
      .filter(Boolean)
      .flatMap((list) => list.split(","));
    expect(selectors.length).toBeGreaterThan(10);
    expect(selectors.filter((selector) => !selector.includes(".alphabook"))).toEqual([]);
  });
});

describe("a table as text", () => {
  it("aligns names left and numbers right", () => {
    expect(
      tableText([
        { name: "alpha", ic: 1 },
        { name: "b", ic: 12 },
      ]),
    ).toBe(["   name   ic", "0  alpha   1", "1  b      12", "2 rows × 2 columns"].join("\n"));
  });

  it("has one line a row, whatever the cells hold", () => {
    expect(tableText([{ a: "two\nlines" }]).split("\n")).toEqual(["   a", "0  two lines", "1 row × 1 column"]);
  });

  it("marks the rows that it leaves out", () => {
    const lines = tableText(Array.from({ length: 30 }, (_, i) => ({ i }))).split("\n");
    expect(lines).toHaveLength(23);
    expect(lines[11]).toMatch(/^ ?… +…$/);
  });
});
