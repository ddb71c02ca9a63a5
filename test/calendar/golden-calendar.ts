import { TradingCalendar } from "../../src/calendar/trading-calendar.js";
import { textColumn } from "../../src/data/files/bar-file.js";
import { getEngine } from "../../src/engine/engine.js";
import { sharedPath } from "../shared.js";

/** The calendar of the golden numbers: all dates of the real stocks. */
export async function goldenCalendar(): Promise<TradingCalendar> {
  const file = sharedPath("data", "us_stocks_daily.parquet");
  const rows = await (await getEngine()).query(`SELECT DISTINCT date::VARCHAR AS date FROM read_parquet('${file}')`);
  return TradingCalendar.from(textColumn(rows, "date").map((date) => date!.slice(0, 10)));
}
