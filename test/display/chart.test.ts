import { table } from "arquero";
import { describe, expect, it } from "vitest";
import { chart, MARKS, type Chart, type ChartOptions } from "../../src/display/chart.js";
import { VEGA_LITE_MIME, type DisplayBundle } from "../../src/display/chart-bundle.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { Panel } from "../../src/panel/panel.js";
import { VEGA_LITE_VERSIONS } from "../vega-lite-versions.js";

const day = (i: number) => new Date(Date.UTC(2020, 0, 1) + i * 86_400_000);
const waves = Array.from({ length: 200 }, (_, i) => ({
  datetime: day(i >> 1),
  wave: i % 2 ? "sine" : "cosine",
  value: i % 2 ? Math.sin(i / 20) : Math.cos(i / 20),
  size: i,
}));
const layersOf = (figure: Chart) =>
  figure.spec.layer as {
    mark: { type: string; dy?: number };
    encoding: Record<string, { type: string; field: string; scale?: { type?: string } }>;
  }[];
const show = (figure: Chart) =>
  (figure as unknown as Record<symbol, () => Promise<DisplayBundle>>)[Symbol.for("Jupyter.display")]!();

describe("a chart of a table", () => {
  it("is a line over dates on a UTC scale", () => {
    const [line] = layersOf(chart(waves.slice(0, 10), { x: "datetime", y: "value" }));
    expect(line!.mark.type).toBe("line");
    expect(line!.encoding.x).toMatchObject({ field: "x", type: "temporal", scale: { type: "utc" } });
    expect(line!.encoding.y).toMatchObject({ field: "y", type: "quantitative", title: "value" });
  });

  it("is bars over names and points over two numbers", () => {
    expect(layersOf(chart(waves.slice(0, 2), { x: "wave", y: "value" }))[0]!.mark.type).toBe("bar");
    expect(layersOf(chart(waves, { x: "size", y: "value" }))[0]!.mark.type).toBe("point");
  });

  it("draws columns of any name, those of runs_wide too", () => {
    const rows = [
      { "p.alpha": 1, "it's [odd]": 0.5, value: 3 },
      { "p.alpha": 2, "it's [odd]": 0.25, value: 4 },
    ];
    const figure = chart(rows, { x: "p.alpha", y: "it's [odd]" });
    expect((figure.spec.data as { values: string }).values).toBe("x,y\n1,0.5\n2,0.25");
    expect(layersOf(figure)[0]!.encoding).toMatchObject({ x: { title: "p.alpha" }, y: { title: "it's [odd]" } });
    expect((chart(rows, { x: "value", y: ["p.alpha", "it's [odd]"] }).spec.data as { values: string }).values).toBe(
      "x,y,color\n3,1,p.alpha\n4,2,p.alpha\n3,0.5,it's [odd]\n4,0.25,it's [odd]",
    );
  });

  it("takes texts that are dates for dates, and names one that is none", () => {
    const figure = chart(
      [
        { datetime: "2020-01-02", ic: 0.5 },
        { datetime: "2020-01-03", ic: 0.25 },
      ],
      { x: "datetime", y: "ic" },
    );
    expect((figure.spec.data as { values: string }).values).toBe("x,y\n2020-01-02,0.5\n2020-01-03,0.25");
    expect(layersOf(figure)[0]!.encoding.x!.type).toBe("temporal");
    expect(() =>
      chart(
        [
          { d: "2020-01-02", ic: 1 },
          { d: "2020-13-45", ic: 1 },
        ],
        { x: "d", y: "ic" },
      ),
    ).toThrow('"2020-13-45" is no date');
  });

  it("gives stacked bars the room of their sums, side-by-side bars that of one", () => {
    const rows = [1, 2].flatMap((n) => ["a", "b"].map((name) => ({ d: day(n), n, name, value: 10 })));
    const domain = (x: string) =>
      layersOf(chart(rows, { mark: "bar", x, y: "value", color: "name" }))[0]!.encoding.y as unknown as {
        scale: { domain: number[] };
        stack: unknown;
      };
    expect(domain("d")).toMatchObject({ stack: "zero", scale: { domain: [0, 20] } });
    expect(domain("n")).toMatchObject({ stack: null, scale: { domain: [0, 10] } });
  });

  it("refuses two bars in one place, and color beside several y", () => {
    expect(() =>
      chart(
        [
          { a: "x", b: 1 },
          { a: "x", b: 2 },
        ],
        { mark: "bar", x: "a", y: "b" },
      ),
    ).toThrow(/a "x" occurs in several rows\n.*aggregate/);
    expect(() => chart(waves, { x: "datetime", y: ["value", "size"], color: "wave" })).toThrow(InvalidArgumentError);
  });

  it("writes years as years, days as days", () => {
    const axis = (rows: object[], x: string) =>
      (
        layersOf(chart(rows as never, { x, y: "v", mark: "line" }))[0]!.encoding.x as unknown as {
          axis: { format: string };
        }
      ).axis.format;
    expect(
      axis(
        [
          { year: 2012, v: 1 },
          { year: 2013, v: 2 },
        ],
        "year",
      ),
    ).toBe("d");
    expect(
      axis(
        [
          { d: day(0), v: 1 },
          { d: day(29), v: 2 },
        ],
        "d",
      ),
    ).toBe("%d %b");
    expect(
      axis(
        [
          { d: day(0), v: 1 },
          { d: day(700), v: 2 },
        ],
        "d",
      ),
    ).toBe("%b %Y");
  });

  it("names few lines at their ends instead of in a legend", () => {
    const layers = layersOf(chart(waves, { x: "datetime", y: "value", color: "wave" }));
    expect(layers.filter(({ mark }) => mark.type === "text")).toHaveLength(2);
    expect(layers[0]!.encoding.color).toMatchObject({ field: "color", legend: null });
  });

  it("keeps 1,200 points a line and thins more to what can be seen", () => {
    const rows = (n: number) => Array.from({ length: n }, (_, i) => ({ datetime: day(i), value: Math.sin(i) }));
    const lines = (figure: Chart) => ((figure.spec.data as { values: string }).values.match(/\n/g) ?? []).length;
    expect(lines(chart(rows(1200), { x: "datetime", y: "value" }))).toBe(1200);
    expect(lines(chart(rows(20_000), { x: "datetime", y: "value" }))).toBeLessThan(1200);
  });

  it("refuses more than 5,000 rows of other marks, and says what to do", () => {
    const rows = Array.from({ length: 5001 }, (_, i) => ({ a: i, b: i }));
    expect(() => chart(rows, { mark: "point", x: "a", y: "b" })).toThrow(
      /5,001 rows as point: at most 5,000.*\n.*aggregate/,
    );
  });

  it("takes arquero tables, panels and anything with toTable()", () => {
    const panel = Panel.from({ datetime: ["2020-01-02", "2020-01-03"], instrument: ["A", "A"], score: [1, 2] });
    for (const source of [panel, panel.toTable(), { toTable: () => table({ datetime: [day(0)], score: [1] }) }]) {
      expect(layersOf(chart(source, { x: "datetime", y: "score" }))[0]!.encoding.x!.type).toBe("temporal");
    }
  });

  it("names the nearest column or mark when one is unknown", () => {
    expect(() => chart(waves, { x: "datetime", y: "valeu" })).toThrow('did you mean "value"?');
    expect(() => chart(waves, { x: "datetime", y: "value", color: "waves" })).toThrow(UnknownNameError);
    expect(() => chart(waves, { x: "datetime", y: "value", mark: "lien" as "line" })).toThrow('did you mean "line"?');
    expect(() => chart(waves, { y: "value" } as ChartOptions)).toThrow(/x is not set\n.*datetime, wave, value, size/);
    expect(() => chart(42 as never)).toThrow(InvalidArgumentError);
  });

  it("gives a specification the house's look and keeps what it says", () => {
    const { spec } = chart(
      { mark: "bar", width: 300, data: { values: [{ a: 1 }] }, encoding: { x: { field: "a", type: "ordinal" } } },
      { theme: "dark" },
    );
    expect(spec).toMatchObject({
      mark: "bar",
      width: 300,
      $schema: "https://vega.github.io/schema/vega-lite/v5.json",
      config: { background: "#14161b" },
    });
  });
});

describe.each(VEGA_LITE_VERSIONS)("in Vega-Lite $version", ({ compile }) => {
  it.each(MARKS)("a chart of mark %s compiles without a warning", (mark) => {
    const color = mark === "rect" ? "value" : "wave";
    const y = mark === "rect" ? "wave" : "value";
    expect(compile(chart(waves, { mark, x: "datetime", y, color }).spec)).toEqual([]);
  });

  it("a chart with facets, or of an empty table, compiles without a warning", () => {
    expect(compile(chart(waves, { x: "datetime", y: "value", facet: "wave", title: "Waves" }).spec)).toEqual([]);
    expect(compile(chart(table({ a: [], b: [] }), { mark: "point", x: "a", y: "b" }).spec)).toEqual([]);
  });
});

describe("the bundle of a chart", () => {
  it("is a Vega-Lite figure, a PNG with its size at 1x, and text; no html, no svg", async () => {
    const { data, metadata } = await show(chart(waves, { x: "datetime", y: "value", color: "wave", title: "Waves" }));
    expect(Object.keys(data).sort()).toEqual([VEGA_LITE_MIME, "image/png", "text/plain"].sort());
    const png = Buffer.from(data["image/png"] as string, "base64");
    const size = metadata["image/png"] as { width: number; height: number };
    expect(png.subarray(1, 4).toString()).toBe("PNG");
    expect(Math.abs(png.readUInt32BE(16) - 2 * size.width)).toBeLessThanOrEqual(1);
    expect(Math.abs(png.readUInt32BE(20) - 2 * size.height)).toBeLessThanOrEqual(1);
    expect(png[25]).toBe(3);
    expect(data["text/plain"]).toBe("Waves: value by datetime, wave, 200 rows");
  });

  it("draws its text: a title adds to the picture", async () => {
    const rows = waves.slice(0, 20);
    const [plain, titled] = await Promise.all([
      chart(rows, { x: "datetime", y: "value" }).toPng(),
      chart(rows, { x: "datetime", y: "value", title: "A title in Inter" }).toPng(),
    ]);
    expect(titled.length).toBeGreaterThan(plain.length + 500);
  });
});
