import { axisFormat } from "./axis-format.js";
import { csvData } from "./csv-data.js";
import type { Ink } from "./ink.js";
import { dateAxis, endLabels, roundDomain, zeroLine } from "./layers.js";
import { m4 } from "./m4.js";
import { extent, lastOf, pick } from "./series.js";

/** A series in a panel, one value per day of the figure. */
export interface PanelLine {
  /** Stands at the line's end; left out where one line needs no name. */
  readonly label?: string;
  readonly color: string;
  readonly values: Float64Array;
}

/** Series over the figure's days, under one title. */
export interface TimePanel {
  readonly title: string;
  readonly height: number;
  readonly lines: readonly PanelLine[];
  /** `area`: filled to zero. Default `line`. */
  readonly mark?: "line" | "area";
  /** Default `number`. */
  readonly kind?: "number" | "percent";
  /** Whether the axis must hold zero. Default true. */
  readonly zero?: boolean;
  /** The values that the axis must hold; what lies outside is cut. Default: all. */
  readonly fits?: readonly Float64Array[];
  readonly ticks?: number;
  /** Spans (epoch ms, first and last day) with a ground of their own. */
  readonly shaded?: readonly (readonly [number, number])[];
}

/** Panels one above the other on one time axis, which the lowest shows. Lines are thinned to what can be seen. */
export function timePanels(
  k: Ink,
  days: Float64Array,
  width: number,
  panels: readonly TimePanel[],
): Record<string, unknown>[] {
  const domain: [number, number] = [days[0]!, days.at(-1)!];
  // Many lines share what a figure may weigh.
  const pixels = Math.max(3, panels.flatMap(({ lines }) => lines).length / 2);
  return panels.map(({ title, height, lines, mark = "line", kind = "number", zero = true, fits, ticks = 3, shaded = [] }, i) => {
    const range = roundDomain(extent(...(fits ?? lines.map(({ values }) => values)), zero ? [0] : []), ticks);
    const x = dateAxis(domain, { grid: true, ...(i < panels.length - 1 && { labels: false }) });
    const y = {
      field: "value",
      type: "quantitative",
      title,
      scale: { domain: range, nice: false, zero },
      axis: { tickCount: ticks, format: axisFormat(range, ticks, kind) },
    };
    const layer = lines.map(({ color, values }) => {
      const rows = m4(days, values, width / pixels);
      return {
        data: csvData({ datetime: pick(days, rows), value: near(pick(values, rows), range) }),
        mark:
          mark === "area"
            ? { type: "area", clip: fits !== undefined, color, opacity: 0.18, line: { color, strokeWidth: 1.2 } }
            : { type: "line", clip: fits !== undefined, color, strokeWidth: 1.6 },
        encoding: { x, y },
      };
    });
    const named = lines.filter((line) => line.label !== undefined);
    return {
      width,
      height,
      layer: [
        ...shaded.map((span) => ground(k, span)),
        ...layer,
        ...(mark === "line" && zero && range[0] < 0 ? [zeroLine(k)] : []),
        ...endLabels(
          named.map(({ label, color, values }) => ({ text: label!, color, value: lastOf(values) })),
          { at: domain[1], domain: range, height },
        ),
      ],
    };
  });
}

function ground(k: Ink, [from, to]: readonly [number, number]): Record<string, unknown> {
  return {
    data: csvData({ datetime: [new Date(from)], end: [new Date(to)] }),
    mark: { type: "rect", color: k.bench, opacity: 0.14 },
    encoding: { x: { field: "datetime", type: "temporal" }, x2: { field: "end" } },
  };
}

/** Values far outside an axis would be points at coordinates that no renderer can hold: they are cut one axis beyond it. */
function near(values: Float64Array, [low, high]: readonly [number, number]): Float64Array {
  const room = high - low;
  return values.map((value) => Math.min(high + room, Math.max(low - room, value)));
}
