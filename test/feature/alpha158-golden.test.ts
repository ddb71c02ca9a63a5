import { readFileSync } from "node:fs";
import { describe, expect } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { parseDatetime } from "../../src/engine/datetime.js";
import { alpha158Features } from "../../src/feature/alpha158.js";
import { defaultLabel } from "../../src/feature/basic-factors.js";
import { parseExpression } from "../../src/feature/parse-expression.js";
import { Program } from "../../src/feature/program.js";
import { queryFeatures } from "../../src/feature/query-features.js";
import { itGolden, sharedPath } from "../shared.js";

const features = alpha158Features();
const specs = [...features, defaultLabel];

describe("Alpha158's expressions against the real Qlib", () => {
  for (const [precision, tolerance] of [
    ["float64", 5e-5],
    ["float32", 1e-5],
  ] as const)
    itGolden(
      `give all 158 features and the label of 208 golden rows from ${precision}, the same ones missing`,
      async () => {
        const [header, ...lines] = readFileSync(sharedPath("golden", "alpha158.csv"), "utf8")
          .trim()
          .split("\n")
          .map((line) => line.split(","));
        const names = header!.slice(2);
        expect(names).toEqual(specs.map(({ name }) => name));

        const market = await openMarket(sharedPath("data", "us_stocks_daily.parquet"), { precision });
        const panel = await queryFeatures(market, specs, {
          universe: [...new Set(lines.map(([, instrument]) => instrument!))],
        });
        const rowOf = new Map<string, number>();
        for (let d = 0; d < panel.numDates; d++) {
          const [from, to] = panel.rowsOf(d);
          for (let row = from; row < to; row++)
            rowOf.set(`${panel.dates[d]} ${panel.instruments[panel.codes[row]!]}`, row);
        }
        const worst = new Map<string, number>();
        for (const [date, instrument, ...cells] of lines) {
          const row = rowOf.get(`${parseDatetime(date!)} ${instrument}`)!;
          names.forEach((name, i) => {
            const [got, expected] = [panel.get(name)[row]!, cells[i] === "" ? NaN : Number(cells[i])];
            expect(Number.isNaN(got), `${name} ${date} ${instrument}: ${got} for ${cells[i]}`).toBe(
              Number.isNaN(expected),
            );
            if (!Number.isNaN(expected)) worst.set(name, Math.max(worst.get(name) ?? 0, Math.abs(got - expected)));
          });
        }
        expect(lines.length).toBe(208);
        for (const [name, difference] of worst) expect(difference, name).toBeLessThanOrEqual(tolerance);
      },
    );
});

/** A made-up series, exact in binary: columns by name for days 0 … 79. */
function madeUpSeries(): Map<string, Float64Array> {
  const days = Array.from({ length: 80 }, (_, t) => t);
  const close = days.map((t) => 100 + ((37 * t) % 23) * 0.5 + 0.25 * t);
  const open = days.map((t) => close[t]! + (((17 * t) % 11) - 5) * 0.25);
  const high = days.map((t) => Math.max(open[t]!, close[t]!) + ((7 * t) % 5) * 0.25);
  const low = days.map((t) => Math.min(open[t]!, close[t]!) - ((5 * t) % 4) * 0.25);
  const volume = days.map((t) => 1000 + ((53 * t) % 31) * 10);
  const vwap = days.map((t) => (open[t]! + high[t]! + low[t]! + close[t]!) / 4);
  const columns = { $open: open, $high: high, $low: low, $close: close, $volume: volume, $vwap: vwap };
  return new Map(Object.entries(columns).map(([name, values]) => [name, Float64Array.from(values)]));
}

/** The specification's table of 158 rows: name → X at 79, X at 3, Y at 79 (nine digits). */
function tableOfSpecification(): Map<string, number[]> {
  const rows = readFileSync(sharedPath("spec", "data-and-features.md"), "utf8").matchAll(
    /^\| (\d+) \| ([A-Z0-9]+) \| (\S+) \| (\S+) \| (\S+) \|$/gm,
  );
  return new Map(
    [...rows].map(([, , name, ...cells]) => [
      name!,
      cells.map((cell) => (cell === "-" ? NaN : Number(cell.replace("−", "-")))),
    ]),
  );
}

describe("Alpha158's expressions on a made-up series", () => {
  itGolden("give the specification's values: full windows, short ones after listing, and gaps inside", () => {
    const x = madeUpSeries();
    expect([...x.values()].map((values) => values[1])).toEqual([107.5, 108, 107, 107.25, 1220, 107.4375]);
    // Y is listed from day 3 and suspended on three days.
    const y = new Map([...x].map(([name, values]) => [name, Float64Array.from(values.subarray(3))]));
    for (const values of y.values()) for (const day of [50, 70, 78]) values[day - 3] = NaN;

    const program = new Program(features.map(({ expression }) => parseExpression(expression)));
    const ofX = program.run(x, 80).map((values) => [values[79]!, values[3]!]);
    const ofY = program.run(y, 77).map((values) => [values[76]!, values[75]!]);
    const table = tableOfSpecification();
    expect([...table.keys()]).toEqual(features.map(({ name }) => name));
    [...table].forEach(([name, expected], i) => {
      [ofX[i]![0]!, ofX[i]![1]!, ofY[i]![0]!].forEach((got, k) => {
        if (Number.isNaN(expected[k]!)) expect(got, name).toBeNaN();
        else
          expect(Math.abs(got - expected[k]!), `${name}: ${got} for ${expected[k]}`).toBeLessThanOrEqual(
            1e-9 * Math.max(1, Math.abs(expected[k]!) * 5),
          );
      });
    });

    const defined = [...table.keys()]
      .filter((_, i) => !Number.isNaN(ofY[i]![1]!))
      .map((name) => name.replace(/\d+$/, ""));
    expect(new Set(defined)).toEqual(
      new Set("RSQR IMAX IMIN IMXD CORR CORD CNTP CNTN CNTD SUMP SUMN SUMD WVMA VSUMP VSUMN VSUMD".split(" ")),
    );
  });
});
