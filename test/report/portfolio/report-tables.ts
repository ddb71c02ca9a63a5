/** A back-test's report as columns. */
export interface ReportColumns {
  readonly datetime: readonly (Date | string)[];
  readonly return: readonly number[];
  readonly cost?: readonly number[];
  readonly bench?: readonly number[];
  readonly turnover?: readonly number[];
  readonly [column: string]: readonly unknown[] | undefined;
}

/** Uniform in [−1, 1), the same in every run. */
export function noise(seed = 7): () => number {
  let state = seed;
  return () => ((state = (state * 48271) % 2147483647) / 2147483647) * 2 - 1;
}

const DAY_MS = 86_400_000;
/** Working day `i` from 2004 on. */
export const workingDay = (i: number) => Date.UTC(2004, 0, 5) + (Math.floor(i / 5) * 7 + (i % 5)) * DAY_MS;

/** A made-up back-test of some working days. */
export function dailyReturns(days: number) {
  const draw = noise();
  const bench = Array.from({ length: days }, () => 0.012 * (draw() + draw()) + 0.0003);
  return {
    datetime: bench.map((_, i) => new Date(workingDay(i))),
    return: bench.map((value) => 0.9 * value + 0.006 * draw() + 0.0003),
    cost: bench.map(() => 0.0001 * (1 + draw())),
    bench,
    turnover: bench.map((_, i) => (i === 0 ? 0.95 : 0.1 + 0.05 * draw())),
  };
}

/** The same by the minute. */
export function minuteReturns(days: number, minutes: number): ReportColumns {
  const draw = noise();
  const count = days * minutes;
  return {
    datetime: Array.from(
      { length: count },
      (_, i) => new Date(workingDay(Math.floor(i / minutes)) + (570 + (i % minutes)) * 60_000),
    ),
    return: Array.from({ length: count }, () => 0.0004 * draw()),
    cost: new Array<number>(count).fill(0),
    bench: Array.from({ length: count }, () => 0.0004 * draw()),
  };
}

/** The report of the specification's worked example A (2.13). */
export const PLAIN_REPORT = {
  datetime: ["2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09"],
  return: [0, 0.0110051944518, 0.0383843649338, -0.00453536119676, -0.0045560244131],
  cost: [0.000472, 0.00100284834442, 0.000941036043538, 0, 0.000978346295023],
  turnover: [0.944, 1.01522918818, 0.925187015436, 0, 0.989856251435],
  bench: [0.008, -0.00396825396825, 0.00796812749004, -0.00197628458498, 0.00594059405941],
};
