import { table, type ColumnTable } from "arquero";
import { columnValues } from "../engine/arquero.js";
import { formatDatetime, parseDatetime } from "../engine/datetime.js";
import { Panel } from "../panel/panel.js";

/**
 * Every signal that was ever issued, with the day of its issue: what was known when.
 *
 * For each date the latest issue that has it counts. Values: one table with the columns `datetime, instrument, score,
 * issued`.
 *
 * @example
 * const day = { datetime: ["2024-01-02"], instrument: ["X"], score: [0.5] };
 * new SignalHistory().with("2024-01-02", Panel.from(day)).current("2024-01-01").numRows // -> 0
 */
export class SignalHistory {
  /** Day of issue → its rows, in the order of the days. */
  readonly #issues: ReadonlyMap<string, Panel>;

  constructor(issues: ReadonlyMap<string, Panel> = new Map()) {
    this.#issues = new Map([...issues].sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  static from(source: ColumnTable): SignalHistory {
    const [datetime, instrument, score, issued] = ["datetime", "instrument", "score", "issued"].map((name) =>
      columnValues(source, name),
    ) as [ArrayLike<Date>, ArrayLike<string>, ArrayLike<number>, ArrayLike<Date>];
    const rows = new Map<number, { datetime: number[]; instrument: string[]; score: number[] }>();
    for (let row = 0; row < datetime.length; row++) {
      const key = parseDatetime(issued[row]!);
      let issue = rows.get(key);
      if (!issue) rows.set(key, (issue = { datetime: [], instrument: [], score: [] }));
      issue.datetime.push(parseDatetime(datetime[row]!));
      issue.instrument.push(instrument[row]!);
      issue.score.push(score[row] ?? NaN);
    }
    return new SignalHistory(
      new Map(
        Array.from(rows, ([day, { datetime: dates, instrument: names, score: scores }]) => [
          formatDatetime(day),
          Panel.from({
            datetime: Float64Array.from(dates),
            instrument: names,
            score: Float64Array.from(scores),
          }),
        ]),
      ),
    );
  }

  /** Days on which something was issued, ascending. */
  get days(): readonly string[] {
    return [...this.#issues.keys()];
  }

  /** With the issue of a day, which replaces an earlier one of that day; without rows: without one. */
  with(day: string, rows: Panel | undefined): SignalHistory {
    const issues = new Map(this.#issues);
    issues.delete(day);
    if (rows !== undefined && rows.numRows > 0) issues.set(day, rows);
    return new SignalHistory(issues);
  }

  /** The signals as they were known on a day; default: now. Column `score`. */
  current(asOf: string | null = null): Panel {
    return Panel.from(this.#rows(true, asOf).select(["datetime", "instrument", "score"]));
  }

  /** The same with the day of issue of each row. */
  currentTable(asOf: string | null = null): ColumnTable {
    return this.#rows(true, asOf);
  }

  /** Everything issued, replaced rows too, by day of issue. */
  all(): ColumnTable {
    return this.#rows(false, null);
  }

  #rows(latestOnly: boolean, asOf: string | null): ColumnTable {
    const issues = [...this.#issues].filter(([day]) => asOf === null || day <= asOf);
    const lastOf = new Map<number, string>();
    for (const [day, { dates }] of issues) for (const date of dates) lastOf.set(date, day);
    const chosen = issues.flatMap(([day, panel]) =>
      Array.from(panel.dates).flatMap((date, d) =>
        latestOnly && lastOf.get(date) !== day ? [] : [{ day, panel, date, d }],
      ),
    );
    if (latestOnly) chosen.sort((a, b) => a.date - b.date);
    const columns = {
      datetime: [] as Date[],
      instrument: [] as string[],
      score: [] as number[],
      issued: [] as Date[],
    };
    for (const { day, panel, date, d } of chosen) {
      const [from, to] = panel.rowsOf(d);
      const [datetime, issued, scores] = [new Date(date), new Date(parseDatetime(day)), panel.get("score")];
      for (let row = from; row < to; row++) {
        columns.datetime.push(datetime);
        columns.instrument.push(panel.instruments[panel.codes[row]!]!);
        columns.score.push(scores[row]!);
        columns.issued.push(issued);
      }
    }
    return table({ ...columns, score: Float64Array.from(columns.score) });
  }
}
