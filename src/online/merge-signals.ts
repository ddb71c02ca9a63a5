import { parseDatetime } from "../engine/datetime.js";
import { Panel } from "../panel/panel.js";

/** Which of the signals issued before stay as they are. */
export type Freeze = "issued" | "past";

/**
 * The rows of a new computation that are issued: those from the last date issued before on, so that an issued signal is
 * never rewritten but on that date.
 *
 * @param freeze `past`: only dates up to `previousDay`, the day of the routine before, stay; forecasts of later dates are
 * replaced. `issued`: all dates before the last one issued stay.
 * @returns Dates that are new or have other rows than before; undefined when there is none.
 * @example
 * const day = (date, score) => Panel.from({ datetime: [date], instrument: ["X"], score: [score] });
 * newSignals(day("2024-01-03", 1), day("2024-01-02", 2), { freeze: "issued", previousDay: null }) // -> undefined
 */
export function newSignals(
  issued: Panel,
  computed: Panel,
  { freeze, previousDay }: { readonly freeze: Freeze; readonly previousDay: string | null },
): Panel | undefined {
  if (issued.numRows === 0) return computed.numRows > 0 ? computed : undefined;
  const from =
    freeze === "past" && previousDay !== null
      ? Math.min(parseDatetime(previousDay) + 1, lastOf(issued))
      : lastOf(issued);
  const fresh = computed.between(from, null);
  const keep = new Uint8Array(fresh.numRows);
  for (let d = 0; d < fresh.numDates; d++) {
    const date = fresh.dates[d]!;
    if (!isEqual(fresh.between(date, date), issued.between(date, date))) keep.fill(1, ...fresh.rowsOf(d));
  }
  const changed = fresh.filter(keep);
  return changed.numRows === 0 ? undefined : changed;
}

const lastOf = (panel: Panel): number => panel.dates.at(-1)!;

/** Of the same date: instruments and scores. */
function isEqual(a: Panel, b: Panel): boolean {
  if (a.numRows !== b.numRows) return false;
  const [x, y] = [a.get("score"), b.get("score")];
  for (let row = 0; row < a.numRows; row++)
    if (a.instruments[a.codes[row]!] !== b.instruments[b.codes[row]!] || !Object.is(x[row], y[row])) return false;
  return true;
}
