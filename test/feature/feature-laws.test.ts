import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { alpha158Features } from "../../src/feature/alpha158.js";
import { queryFeatures } from "../../src/feature/query-features.js";
import type { Panel } from "../../src/panel/panel.js";

/** Alpha158, and what it does not use. */
const FEATURES = [
  ...alpha158Features(),
  ...[
    "EMA($close, 5)",
    "WMA($close, 5)",
    "Skew($close, 6)",
    "Kurt($close, 6)",
    "Mad($close, 4)",
    "Cov($close, $volume, 7)",
    "Delta($close, 3)",
    'Corr($close, ChangeInstrument("I1", $close), 9)',
    "If($close > Ref($close, 1), Count($volume, 4), -1)",
  ].map((expression) => ({ name: expression, expression })),
];
const DAYS = Array.from({ length: 45 }, (_, i) => formatDatetime(Date.UTC(2021, 0, 4) + i * 86_400_000));

interface Row {
  readonly day: number;
  readonly instrument: number;
  readonly close: number;
  readonly volume: number;
}

/** Three to five instruments, listed at any time, with holes in their days and in their volumes. */
const prices: fc.Arbitrary<Row[]> = fc
  .tuple(fc.integer({ min: 3, max: 5 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }))
  .map(([instruments, seed]) => {
    let state = seed >>> 0;
    const random = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    return Array.from({ length: instruments }, (_, instrument) => instrument).flatMap((instrument) => {
      const listed = instrument === 1 ? 0 : Math.floor(random() * 10);
      return DAYS.map((_, day) => ({
        day,
        instrument,
        close: Math.round(1000 * (20 + 5 * random())) / 1000,
        volume: random() < 0.1 ? NaN : Math.floor(1000 * random()) + 1,
        kept: day >= listed && (random() > 0.15 || day === listed || (instrument === 1 && day === DAYS.length - 1)),
      })).filter(({ kept }) => kept);
    });
  });

describe("features", () => {
  let folder: string;
  let files = 0;
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-laws-"));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const compute = async (rows: readonly Row[], nameOf: (instrument: number) => string = (i) => `I${i}`) => {
    const file = path.join(folder, `prices-${files++}.csv`);
    const lines = rows.map(
      ({ day, instrument, close, volume }) =>
        `${DAYS[day]},${nameOf(instrument)},${close},${close + 0.5},${close - 0.5},${close + 0.25},${Number.isNaN(volume) ? "" : volume}`,
    );
    await writeFile(file, ["date,instrument,close,high,low,open,volume", ...lines].join("\n"));
    return queryFeatures(await openMarket(file), FEATURES);
  };
  const valuesOf = (panel: Panel, rename: (name: string) => string = (name) => name) => {
    const found = new Map<string, number[]>();
    for (let d = 0; d < panel.numDates; d++) {
      const [from, to] = panel.rowsOf(d);
      for (let row = from; row < to; row++)
        found.set(
          `${formatDatetime(panel.dates[d]!)} ${rename(panel.instruments[panel.codes[row]!]!)}`,
          panel.columnNames.map((name) => panel.get(name)[row]!),
        );
    }
    return found;
  };

  it("do not change when the instruments are given in another order or called otherwise", async () => {
    await fc.assert(
      fc.asyncProperty(prices, fc.integer(), async (rows, salt) => {
        const shuffled = rows
          .map((row, i) => ({ row, key: Math.imul(i ^ salt, 0x9e3779b1) }))
          .sort((a, b) => a.key - b.key)
          .map(({ row }) => row);
        // The names run the other way round; I1, which an expression names, keeps its own.
        const other = (i: number) => (i === 1 ? "I1" : `Z${9 - i}`);
        const back = (name: string) => (name === "I1" ? name : `I${9 - Number(name.slice(1))}`);
        const [first, second] = [await compute(rows), await compute(shuffled, other)];
        expect(valuesOf(second, back)).toEqual(new Map([...valuesOf(first)]));
      }),
      { numRuns: 8 },
    );
  });

  it("of the past do not change when the future is cut off", async () => {
    await fc.assert(
      fc.asyncProperty(prices, fc.integer({ min: 15, max: 40 }), async (rows, last) => {
        const known = rows.filter(({ day }) => day <= last);
        const [whole, past] = [valuesOf(await compute(rows)), valuesOf(await compute(known))];
        expect(past.size).toBeGreaterThan(20);
        for (const [key, values] of past) expect([key, values]).toEqual([key, whole.get(key)]);
      }),
      { numRuns: 8 },
    );
  });
});
