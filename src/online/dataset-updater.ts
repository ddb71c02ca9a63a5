import type { ColumnTable } from "arquero";
import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { Market } from "../data/market.js";
import type { DatasetH } from "../dataset/dataset-h.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { DataError, InvalidArgumentError, LoadObjectError } from "../errors.js";
import { host } from "../host/host.js";
import { Panel } from "../panel/panel.js";
import { runMarket } from "./run-market.js";
import type { Recorder } from "../tracking/recorder.js";
import { findObject } from "./find-object.js";
import type { RecordUpdater, UpdateResult } from "./record-updater.js";
import { replaceDateRange } from "./replace-date-range.js";
import { RMDLoader } from "./rmd-loader.js";

export interface DatasetUpdaterOptions {
  /** Last day; a day that is no trading day means the one before it. Default, and at most, the last day with data. */
  readonly toDate?: DatetimeInput | null;
  /** First day. Default: the day after the last one that has no missing value, so that labels not known then are made anew. */
  readonly fromDate?: DatetimeInput | null;
  /** Days to load before the first. Default: the window of a time-series dataset, else 0. In Qlib: hist_ref. */
  readonly historyDays?: number;
  /** Where rows come from. Default: the market that the run recorded. */
  readonly market?: Market;
  /** See {@link replaceDateRange}. Default `dates`. */
  readonly replace?: "dates" | "rows";
}

const OPTIONS: readonly (keyof DatasetUpdaterOptions)[] = ["toDate", "fromDate", "historyDays", "market", "replace"];

/**
 * Extends a table of a run by the days that came since: loads what they need, with processors as they were fitted, makes
 * the rows, and puts them in place of the old ones.
 *
 * In Qlib: qlib.workflow.online.update.DSBasedUpdater
 */
export abstract class DatasetUpdater implements RecordUpdater {
  readonly recorder: Recorder;
  protected readonly loader: RMDLoader;
  readonly #artifact: string;
  readonly #options: DatasetUpdaterOptions;
  #market: Market | undefined;

  constructor(recorder: Recorder, artifact: string, options: DatasetUpdaterOptions = {}) {
    refuseUnknownOptions(`Cannot update ${artifact}`, options, OPTIONS);
    const { historyDays } = options;
    if (historyDays !== undefined && !(Number.isInteger(historyDays) && historyDays >= 0))
      throw new InvalidArgumentError(`Cannot update ${artifact}: historyDays is ${historyDays}, 0, 1, 2 … expected`);
    this.recorder = recorder;
    this.loader = new RMDLoader(recorder);
    this.#artifact = artifact;
    this.#options = options;
  }

  /** The new rows, with the columns of the old table. */
  protected abstract makeRows(dataset: DatasetH): Promise<Panel>;

  /**
   * @param options.write Save the merged table. Default true.
   * @throws LoadObjectError when the run does not have the table; DataError when every row of it misses a value and no
   * `fromDate` is given; what loading and forecasting throw.
   */
  async update(options: { readonly write?: boolean } = {}): Promise<UpdateResult> {
    refuseUnknownOptions(`Cannot update ${this.#artifact}`, options, ["write"]);
    const { write = true } = options;
    const old = Panel.from(await this.#old());
    const { calendar, notes, from, to, historyDays } = await this.#range(old);
    if (from > to) return { status: "up to date", from: null, to: null, rows: 0, table: undefined, notes };
    const day = (index: number) => formatDatetime(calendar.at(index));
    if (from < historyDays) notes.push(`${historyDays} days of history wanted before ${day(from)}, ${from} are there`);
    const dataset = await this.loader.getDataset({
      start: day(Math.max(0, from - historyDays)),
      end: day(to),
      segments: { test: [day(from), day(to)] },
      market: this.#market,
    });
    const fresh = await this.makeRows(dataset);
    const merged = replaceDateRange(old, fresh, { replace: this.#options.replace ?? "dates" }).toTable();
    if (write) await this.recorder.saveObjects({ [this.#artifact]: merged });
    for (const note of notes) host.notice(`Run "${this.recorder.name}": ${note}`);
    return { status: "updated", from: day(from), to: day(to), rows: fresh.numRows, table: merged, notes };
  }

  async #old(): Promise<ColumnTable> {
    const found = await findObject(this.recorder, this.#artifact);
    if (found != null) return found as ColumnTable;
    throw new LoadObjectError(
      `Cannot update "${this.#artifact}" of run "${this.recorder.name}": it has none\n  a SignalRecord makes it`,
    );
  }

  async #range(old: Panel) {
    const { toDate = null, fromDate = null } = this.#options;
    this.#market = this.#options.market ?? (await runMarket(this.recorder, null));
    const calendar = this.#market.calendar.present;
    const notes: string[] = [];
    let to = calendar.length - 1;
    if (toDate !== null) {
      const last = calendar.lastAtOrBefore(toDate);
      if (parseDatetime(toDate) > calendar.last)
        notes.push(`updated to ${formatDatetime(calendar.last)}, the last day with data, not to ${dayText(toDate)}`);
      to = last;
    }
    const from = fromDate === null ? this.#next(old, calendar) : calendar.firstAtOrAfter(fromDate);
    const historyDays = this.#options.historyDays ?? (await this.loader.historyDays());
    return { calendar, notes, from, to, historyDays };
  }

  /** The day after the last one without a missing value. */
  #next(old: Panel, calendar: TradingCalendar): number {
    const columns = [...old.columns.values()];
    for (let d = old.numDates - 1; d >= 0; d--) {
      const [from, to] = old.rowsOf(d);
      for (let row = from; row < to; row++)
        if (columns.every((column) => !Number.isNaN(column[row]))) return calendar.lastAtOrBefore(old.dates[d]!) + 1;
    }
    throw new DataError(
      `Cannot tell from which day to update "${this.#artifact}" of run "${this.recorder.name}": ${old.numRows} rows, each with a missing value\n  say it: { fromDate }`,
    );
  }
}

const dayText = (day: DatetimeInput): string => formatDatetime(parseDatetime(day));
