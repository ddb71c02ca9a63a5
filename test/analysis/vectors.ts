import type { ColumnTable } from "arquero";
import { Panel } from "../../src/panel/panel.js";

/** The table of the specification of Qlib's signal analysis (section 1.8): `-` is missing. */
export const FOUR_DATES = panelOf(["A", "B", "C", "D", "E"], {
  "2024-01-02": ".9/.03 .7/.01 .5/.01 .1/-.02 .3/0",
  "2024-01-03": ".2/-.01 .8/- .6/.02 .6/.01 .1/-.03",
  "2024-01-04": ".4/.02 .3/.01 -/.05 .9/-.01 .5/-.02",
  "2024-01-05": ".5/.01 .5/.02 .5/0 .5/-.01 .5/.03",
});

function panelOf(instruments: readonly string[], dates: Readonly<Record<string, string>>): Panel {
  const rows = Object.entries(dates).flatMap(([datetime, text]) =>
    text.split(" ").map((cell, i) => {
      const [score, label] = cell.split("/").map((part) => (part === "-" ? NaN : Number(part)));
      return { datetime, instrument: instruments[i]!, score: score!, label: label! };
    }),
  );
  return panelOfRows(rows);
}

export interface Row {
  readonly datetime: string;
  readonly instrument: string;
  readonly score: number;
  readonly label: number;
}

export function panelOfRows(rows: readonly Row[]): Panel {
  return Panel.from({
    datetime: rows.map((row) => row.datetime),
    instrument: rows.map((row) => row.instrument),
    score: rows.map((row) => row.score),
    label: rows.map((row) => row.label),
  });
}

/** The formula panel of the specification of the recorder (section 13): 3 dates × 10 instruments. */
export function formulaTables() {
  const keys = ["2020-01-02", "2020-01-03", "2020-01-06"].flatMap((datetime, d) =>
    Array.from({ length: 10 }, (_, k) => ({ datetime, d, k })),
  );
  const column = <T>(of: (key: (typeof keys)[number]) => T) => keys.map(of);
  const pred = {
    datetime: column((key) => key.datetime),
    instrument: column(({ k }) => `I${k}`),
    score: column(({ d, k }) => ((7 * k + 3 * d) % 10) / 10),
  };
  const label = {
    datetime: column((key) => key.datetime),
    instrument: column(({ k }) => `I${k}`),
    LABEL0: column(({ d, k }) => (((3 * k + 4 * d) % 7) - 3) / 100),
  };
  return { pred, label };
}

export const values = (table: ColumnTable, name: string): number[] =>
  Array.from(table.array(name) as ArrayLike<number>);
