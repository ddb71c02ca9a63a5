import { Random } from "../../src/panel/random.js";

/** A market of the tests' own in text: prices that jump, are suspended, and have factors; and scores with holes. */
export function randomMarket(seed: number, { instruments = 8, days = 25 } = {}) {
  const random = new Random(seed);
  const dates = Array.from({ length: days }, (_, i) => new Date(Date.UTC(2024, 0, 1 + i)).toISOString().slice(0, 10));
  const names = Array.from({ length: instruments }, (_, i) => `S${String(i).padStart(2, "0")}`);
  const rows = ["datetime,instrument,close,open,volume,factor"];
  const signal = { datetime: [] as string[], instrument: [] as string[], score: [] as number[] };
  for (const name of names) {
    let price = 5 + 50 * random.uniform();
    const factor = [1, 0.5, 0.25, 2][random.below(4)]!;
    const last = random.uniform() < 0.2 ? Math.floor(days * random.uniform()) + 1 : days;
    for (let d = 0; d < days; d++) {
      price *= 1 + 0.06 * random.normal();
      price = Math.max(0.5, price);
      if (d < last && random.uniform() > 0.08)
        rows.push(
          `${dates[d]},${name},${price.toFixed(4)},${(price * (1 + 0.02 * random.normal())).toFixed(4)},${Math.floor(1e5 * random.uniform())},${factor}`,
        );
      if (random.uniform() > 0.1) {
        signal.datetime.push(dates[d]!);
        signal.instrument.push(name);
        signal.score.push(random.uniform() > 0.1 ? random.normal() : NaN);
      }
    }
  }
  for (const date of dates) rows.push(`${date},ZZZ,100,100,1000,1`);
  return { csv: `${rows.join("\n")}\n`, dates, signal };
}
