import { DataHandlerLP } from "../../src/dataset/data-handler-lp.js";
import { DatasetH } from "../../src/dataset/dataset-h.js";
import type { GroupedPanel } from "../../src/dataset/grouped-panel.js";
import type { Processor } from "../../src/dataset/processor.js";
import { Panel } from "../../src/panel/panel.js";

/** A processor that puts a table of the test in place of what the market gave: a matrix worked by hand reaches the model by the real road. */
export const replacedBy = (panel: Panel): Processor => ({
  inferSafe: true,
  apply: (): GroupedPanel => ({ panel, feature: panel.columnNames.filter((name) => name !== "y"), label: ["y"] }),
  config: () => ({ class: "Replaced" }),
});

export function datasetOf(
  columns: Record<string, readonly number[]>,
  test: Record<string, readonly number[]> = columns,
): DatasetH {
  const rows = (part: Record<string, readonly number[]>) => Object.values(part)[0]!.length;
  const [n, m] = [rows(columns), rows(test)];
  const panel = Panel.from({
    datetime: [...Array<string>(n).fill("2020-01-02"), ...Array<string>(m).fill("2020-02-03")],
    instrument: Array.from({ length: n + m }, (_, i) => `I${String(i < n ? i : i - n).padStart(4, "0")}`),
    ...Object.fromEntries(Object.keys(columns).map((name) => [name, [...columns[name]!, ...test[name]!]])),
  });
  const handler = new DataHandlerLP({
    market: "synthetic://?instruments=2&days=5",
    features: ["$close"],
    inferProcessors: [replacedBy(panel)],
  });
  return new DatasetH({
    handler,
    segments: {
      train: ["2020-01-01", "2020-01-31"],
      valid: ["2020-02-01", "2020-02-28"],
      test: ["2020-02-01", "2020-02-28"],
    },
  });
}

const SEGMENTS = {
  train: ["2015-01-01", "2015-12-31"],
  valid: ["2016-01-01", "2016-12-31"],
  test: ["2017-01-01", "2017-12-31"],
} as const;

/** A dataset of panels, one a segment, each with column `y` as its label; dates are set to the segment's year. */
export function datasetOfPanels(panels: Partial<Record<keyof typeof SEGMENTS, Panel>>): DatasetH {
  const parts = Object.values(panels);
  const dates: number[] = [];
  const offsets = [0];
  for (const [name, panel] of Object.entries(panels)) {
    const start = Date.parse(SEGMENTS[name as keyof typeof SEGMENTS][0]);
    for (let d = 0; d < panel.numDates; d++) {
      dates.push(start + d * 86_400_000);
      offsets.push(offsets.at(-1)! + panel.offsets[d + 1]! - panel.offsets[d]!);
    }
  }
  const join = <T extends Float32Array | Float64Array | Int32Array>(arrays: readonly T[]): T => {
    const all = new (arrays[0]!.constructor as new (n: number) => T)(arrays.reduce((n, each) => n + each.length, 0));
    let at = 0;
    for (const each of arrays) (all.set(each as never, at), (at += each.length));
    return all;
  };
  const panel = new Panel({
    dates: Float64Array.from(dates),
    offsets: Int32Array.from(offsets),
    codes: join(parts.map((each) => each.codes)),
    instruments: parts[0]!.instruments,
    columns: new Map(parts[0]!.columnNames.map((name) => [name, join(parts.map((each) => each.get(name) as Float64Array))])),
  });
  const handler = new DataHandlerLP({
    market: "synthetic://?instruments=2&days=5",
    features: ["$close"],
    inferProcessors: [replacedBy(panel)],
  });
  const segments = Object.fromEntries(Object.keys(panels).map((name) => [name, SEGMENTS[name as keyof typeof SEGMENTS]]));
  return new DatasetH({ handler, segments });
}

/** u(i, seed) of `golden/gbdt-synthetic.json`: the finaliser of MurmurHash3, in [0, 1). */
function uniform(i: number, seed: number): number {
  let x = (i + seed) >>> 0;
  x ^= x >>> 16;
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  x ^= x >>> 16;
  return (x >>> 0) / 2 ** 32;
}

/** The matrix that `golden/gbdt-synthetic.json` describes, as many rows and features of it as wanted; `perDate` rows a date. */
export function formulaPanel(rows: number, features: number, seed: number, perDate = 500): Panel {
  const columns = Array.from({ length: features }, (_, c) => {
    const column = new Float32Array(rows);
    for (let r = 0; r < rows; r++) column[r] = uniform(r * 158 + c, seed) + uniform(r * 158 + c, seed + 1000003) - 1;
    return column;
  });
  const y = new Float64Array(rows);
  for (let r = 0; r < rows; r++) {
    const [a, b, c, d] = columns.map((column) => column[r]!) as [number, number, number, number];
    y[r] = 0.1 * a * b + 0.2 * c - 0.1 * Math.abs(d) + uniform(r, seed + 2000003) + uniform(r, seed + 3000017) - 1;
  }
  const dates = Math.ceil(rows / perDate);
  return new Panel({
    dates: Float64Array.from({ length: dates }, (_, d) => d * 86_400_000),
    offsets: Int32Array.from({ length: dates + 1 }, (_, d) => Math.min(rows, d * perDate)),
    codes: Int32Array.from({ length: rows }, (_, r) => r % perDate),
    instruments: Array.from({ length: perDate }, (_, i) => `I${String(i).padStart(6, "0")}`),
    columns: new Map<string, Float32Array | Float64Array>([
      ...columns.map((column, c) => [`F${c}`, column] as const),
      ["y", y],
    ]),
  });
}
