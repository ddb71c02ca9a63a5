import { barBetween, drawVwap, type Bar } from "./bar.js";
import { FIELDS, type Columns } from "./columns.js";
import { Random } from "../../panel/random.js";

type Field = (typeof FIELDS)[number];

/** Shares of a day's volume that change hands at its ends, against the middle of the day. */
const U_SHAPE = 2.2;
const LOT = 100;

/**
 * Tells a day by shorter bars: a path from its open to its close inside its high and low, which both are reached. Put together
 * again, the bars give the day's open, high, low and close exactly, and its volume.
 *
 * @param seed Makes this day's path; the same seed gives the same bars.
 * @param at Where in `out` the day's first bar goes; missing days stay as they are.
 */
export function fillDay(
  daily: Columns,
  day: number,
  { seed, bars, at, out }: { seed: number; bars: number; at: number; out: ReadonlyMap<Field, Float64Array> },
): void {
  const factor = daily.factor[day]!;
  if (Number.isNaN(factor)) return;
  const real = (field: Field) => Math.round((daily[field][day]! / factor) * 100) / 100;
  const whole: Bar = { open: real("open"), high: real("high"), low: real("low"), close: real("close") };
  const random = new Random(seed);
  const parts = drawParts(random, whole, bars);
  const volumes = drawVolumes(random, Math.round(daily.volume[day]! * factor), bars);
  const put = (field: Field, bar: number, value: number) => {
    const column = out.get(field);
    if (column) column[at + bar] = value;
  };
  for (let bar = 0; bar < bars; bar++) {
    const part = parts[bar]!;
    for (const field of ["open", "high", "low", "close"] as const) put(field, bar, part[field] * factor);
    put("vwap", bar, drawVwap(random, part) * factor);
    put("volume", bar, volumes[bar]! / factor);
    put("factor", bar, factor);
  }
}

function drawParts(random: Random, whole: Bar, bars: number): Bar[] {
  const [open, high, low, close] = [whole.open, whole.high, whole.low, whole.close].map(Math.log) as [
    number,
    number,
    number,
    number,
  ];
  const deviation = (high - low) / 1.6 / Math.sqrt(bars);
  const inside = (price: number) => Math.max(low, Math.min(high, price));
  const parts: Bar[] = [];
  let [free, before] = [open, open];
  for (let bar = 0; bar < bars; bar++) {
    // What is left of the way, shared evenly: a bridge that ends at the close.
    const left = bars - bar;
    const spread = deviation * Math.sqrt((left - 1) / left);
    free += (close - free) / left + spread * random.normal();
    const after = left === 1 ? close : inside(free);
    const { open, high, low, close: end } = barBetween(random, before, after, deviation);
    parts.push({ open, high: Math.min(whole.high, high), low: Math.max(whole.low, low), close: end });
    before = after;
  }
  const highest = parts.reduce((best, part, i) => (part.high > parts[best]!.high ? i : best), 0);
  parts[highest] = { ...parts[highest]!, high: whole.high };
  const lowest = parts.reduce((best, part, i) => (part.low < parts[best]!.low ? i : best), 0);
  parts[lowest] = { ...parts[lowest]!, low: whole.low };
  return parts;
}

/** Whole lots as far as the day's volume is one, more at the open and the close. */
function drawVolumes(random: Random, volume: number, bars: number): Float64Array {
  const unit = volume % LOT === 0 ? LOT : 1;
  const weights = Float64Array.from({ length: bars }, (_, bar) => {
    const place = bars === 1 ? 0 : (2 * bar) / (bars - 1) - 1;
    return (1 + U_SHAPE * place * place) * Math.exp(0.4 * random.normal());
  });
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let [share, done] = [0, 0];
  return weights.map((weight) => {
    share += weight / sum;
    const upTo = Math.round((volume * Math.min(1, share)) / unit) * unit;
    const part = upTo - done;
    done = upTo;
    return part;
  });
}
