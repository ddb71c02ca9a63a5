import { DataError } from "../errors.js";
import { lowerBound, Panel } from "../panel/panel.js";
import type { PanelSource } from "../panel/panel-from.js";

/** What a risk model is asked, after a day's close. */
export interface RiskQuestion {
  /** The day, epoch ms (UTC): the trading day before the one that is traded. */
  readonly datetime: number;
  /** Its calendar index. */
  readonly day: number;
  /** Those with a score, a weight in the benchmark or a holding; ascending. */
  readonly instruments: readonly string[];
  /** Adjusted close of a calendar index up to `day`; NaN when missing or after it. */
  readonly close: (instrument: string, day: number) => number;
}

/** How instruments move together: through K factors, and each on its own. */
export interface RiskOfDay {
  /** Those that can be held, n. */
  readonly instruments: readonly string[];
  /** Factor exposures, row-major, n × K. */
  readonly exposures: ArrayLike<number>;
  /** Row-major, K × K. */
  readonly factorCovariance: ArrayLike<number>;
  /** Standard deviation of what the factors leave, n, per step, as a decimal; where missing the largest is taken. */
  readonly specificRisk: ArrayLike<number>;
  /** Not to be held. */
  readonly blacklist?: readonly string[];
  /** The day it was made, epoch ms (UTC), if not the one asked for. */
  readonly made?: number;
}

/** Answers for a day with what was known then; undefined: no answer, and no orders that day. */
export interface RiskModel {
  (question: RiskQuestion): RiskOfDay | undefined | Promise<RiskOfDay | undefined>;
  /** Days before the asked one that `close` must reach back to. Default 0. */
  readonly historyDays?: number;
}

/** A bought or estimated risk model as tables; of each the last date up to the day asked for counts. */
export interface RiskTables {
  /** `datetime, instrument` and a column per factor; whom a date names can be held on it. Missing exposures count as 0. */
  readonly exposures: PanelSource;
  /** `datetime, instrument` and a column per factor, where `instrument` is the factor of the row. */
  readonly covariance: PanelSource;
  /** `datetime, instrument` and one column: standard deviation per step, as a decimal. */
  readonly specificRisk: PanelSource;
  /** `datetime, instrument`: not to be held until the next date of this table. */
  readonly blacklist?: PanelSource;
}

/**
 * A risk model that looks its answers up in tables.
 *
 * @throws DataError when asked: for a factor that the covariance of the date does not have.
 * @example
 * const [datetime, instrument] = [["2024-01-02", "2024-01-02"], ["A", "B"]];
 * const model = riskModelOfTables({
 *   exposures: { datetime, instrument, size: [1, -1] },
 *   covariance: { datetime: ["2024-01-02"], instrument: ["size"], size: [0.0001] },
 *   specificRisk: { datetime, instrument, risk: [0.01, 0.02] },
 * });
 * const answer = model({ datetime: Date.UTC(2024, 0, 5), day: 3, instruments: ["A"], close: () => NaN });
 * answer.instruments // -> [ 'A', 'B' ]
 */
export function riskModelOfTables(tables: RiskTables): (question: RiskQuestion) => RiskOfDay | undefined {
  const exposures = Panel.from(tables.exposures);
  const covariance = Panel.from(tables.covariance);
  const risks = Panel.from(tables.specificRisk);
  const blacklist = tables.blacklist && Panel.from(tables.blacklist);
  const factors = exposures.columnNames;
  return ({ datetime }) => {
    const rows = rowsUpTo(exposures, datetime);
    if (!rows) return undefined;
    const instruments = namesOf(exposures, rows);
    const specific = lookUp(risks, risks.columnNames[0] ?? "specificRisk", datetime);
    const factorCovariance = factors.flatMap((row) => {
      return factors.map((column) => {
        const value = lookUp(covariance, column, datetime).get(row);
        if (value !== undefined && Number.isFinite(value)) return value;
        throw new DataError(
          `Cannot read the risk model: the covariance of "${row}" and "${column}" is missing\n  a row and a column for each of the ${factors.length} factors of the exposures expected`,
        );
      });
    });
    const listed = blacklist && rowsUpTo(blacklist, datetime);
    return {
      instruments,
      exposures: instruments.flatMap((_, i) => factors.map((f) => finiteOr0(exposures.get(f)[rows[0] + i]!))),
      factorCovariance,
      specificRisk: instruments.map((name) => specific.get(name) ?? NaN),
      blacklist: listed ? namesOf(blacklist, listed) : [],
      made: exposures.dates[lastDate(exposures, datetime)]!,
    };
  };
}

const finiteOr0 = (value: number): number => (Number.isFinite(value) ? value : 0);

const lastDate = ({ dates }: Panel, datetime: number): number => lowerBound(dates, datetime + 1) - 1;

/** Rows of the last date up to this one. */
function rowsUpTo(panel: Panel, datetime: number): readonly [from: number, to: number] | undefined {
  const date = lastDate(panel, datetime);
  return date < 0 ? undefined : panel.rowsOf(date);
}

const namesOf = ({ instruments, codes }: Panel, [from, to]: readonly [number, number]): string[] =>
  Array.from(codes.subarray(from, to), (code) => instruments[code]!);

/** Values of a column by instrument, of the last date up to this one. */
export function lookUp(panel: Panel, column: string, datetime: number): Map<string, number> {
  const rows = rowsUpTo(panel, datetime);
  const values = panel.get(column);
  return new Map(rows ? namesOf(panel, rows).map((name, i) => [name, values[rows[0] + i]!]) : []);
}
