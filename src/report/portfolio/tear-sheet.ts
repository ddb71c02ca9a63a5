import { isNumbers, returnSeries, type ReturnSource } from "../../analysis/statistic/return-series.js";
import { InvalidArgumentError } from "../../errors.js";
import type { Report } from "../report.js";
import { portfolioReport, type PortfolioReportOptions } from "./portfolio-report.js";

export interface TearSheetOptions extends Omit<PortfolioReportOptions, "benchmark"> {
  /** Column of the returns. Default the one called return, else the only one beside the dates. */
  readonly column?: string;
}

/**
 * The portfolio report of a bare series of returns: of a CSV, an arquero table, a SQL result; no run, no back-test needed.
 *
 * Returns are compounded and a year has 252 days, unless `mode` and `periodsPerYear` say otherwise. Returns of minutes are put into days.
 *
 * @param returns Simple returns as decimals, with their dates: `{ datetime, return }`, or a table of two columns.
 * @param benchmark The same, matched by date; a day without one has no excess.
 * @throws InvalidArgumentError for bare numbers, or when no row has a return; DataError for a date that occurs twice or a return of ±∞.
 * @example
 * const returns = { datetime: ["2020-01-02", "2020-01-03"], return: [0.5, -0.5] };
 * (await tearSheet(returns)).table("performance").array("cum_return") // -> [0.5, -0.25]
 */
export async function tearSheet(
  returns: ReturnSource,
  benchmark?: ReturnSource,
  { column, ...options }: TearSheetOptions = {},
): Promise<Report> {
  if (isNumbers(returns))
    throw new InvalidArgumentError(
      "Cannot make a tear sheet of bare numbers: returns with their dates expected\n  give { datetime: [...], return: [...] }",
    );
  const { dates, values } = returnSeries(returns, column);
  const datetime = dates && Array.from(dates, (day) => new Date(day));
  return portfolioReport(datetime ? { datetime, return: values } : { return: values }, {
    title: "Tear sheet",
    ...(benchmark !== undefined && { benchmark }),
    ...options,
  });
}
