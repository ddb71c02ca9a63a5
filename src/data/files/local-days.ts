import { getEngine } from "../../engine/engine.js";
import { host } from "../../host/host.js";
import { quoteName } from "./quote.js";

/** A date at midnight of its own zone, as SQL's regular expressions have it. */
const MIDNIGHT = "\\d{4}[-/]\\d{1,2}[-/]\\d{1,2}[ T]00:00(:00(\\.0+)?)?\\s*(Z|[+-]\\d{2}(:?\\d{2})?)";

/**
 * Whether a column of texts holds trading days written as the exchange's midnight, such as `2020-01-02 00:00:00-05:00`: then the day
 * meant is the one that is written, not the UTC instant five hours later. Tells it once for each table, unless all is UTC.
 *
 * One clock time other than midnight makes the column intraday: it is read as UTC instants then.
 */
export async function holdsLocalDays(name: string, texts: string, column: string): Promise<boolean> {
  const text = quoteName(column);
  const { numRows, columns } = await (
    await getEngine()
  ).query(
    `SELECT min(${text}) AS example FROM ${texts} WHERE ${text} IS NOT NULL
     HAVING bool_and(regexp_full_match(${text}, '${MIDNIGHT}'))
     AND bool_or(NOT regexp_full_match(${text}, '.*(Z|[+-]00(:?00)?)'))`,
  );
  const example = columns.get("example");
  if (numRows === 0 || example?.type !== "text") return false;
  const first = example.dictionary[example.codes[0]!]!;
  host.notice(
    `${name}: "${first}" in column "${column}" is midnight at the exchange: taken as the day ${first.slice(0, 10)}, not as UTC`,
  );
  return true;
}

/** The day that stands in such a text, in SQL. */
export const localDay = (column: string): string =>
  `CAST(regexp_extract(${quoteName(column)}, '^[0-9/-]+') AS TIMESTAMP)`;
