/** A back-test's report as columns. */
export interface ReportColumns {
  readonly datetime: readonly (Date | string)[];
  readonly return: readonly number[];
  readonly [column: string]: readonly unknown[];
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

