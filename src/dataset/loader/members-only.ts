import type { InstrumentSpans } from "../../data/market.js";
import type { Panel } from "../../panel/panel.js";
import type { LoadRequest } from "./data-loader.js";

/** The rows of a panel that belong to the universe asked for at their date; a list of instruments masks no date. */
export async function membersOnly(panel: Panel, { market, universe }: LoadRequest): Promise<Panel> {
  const isListed = (entry: string | InstrumentSpans): entry is string => typeof entry === "string";
  if (typeof universe === "object" && (universe as readonly (string | InstrumentSpans)[]).every(isListed)) {
    const wanted = new Set<unknown>(universe);
    return panel.filter(Uint8Array.from(panel.codes, (code) => Number(wanted.has(panel.instruments[code]!))));
  }
  const members = (await market()).instruments(universe);
  const spans = new Map(members.map((member) => [member.instrument, member.spans] as const));
  const keep = new Uint8Array(panel.numRows);
  for (let d = 0; d < panel.numDates; d++) {
    const [from, to] = panel.rowsOf(d);
    const date = panel.dates[d]!;
    for (let row = from; row < to; row++) {
      const member = spans.get(panel.instruments[panel.codes[row]!]!);
      keep[row] = Number(member?.some((span) => span.start <= date && date <= span.end) ?? false);
    }
  }
  return panel.filter(keep);
}
