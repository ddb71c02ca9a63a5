/** The specification's worked example A (2.13): closes, scores, positions and report; what section 3 expects of it stands in the tests. */
const DATES = ["2024-01-02", "2024-01-03", "2024-01-04", "2024-01-05", "2024-01-08", "2024-01-09", "2024-01-10"];
const CLOSE: Readonly<Record<string, readonly number[]>> = {
  A: [10, 10.5, 11, 10.75, 10.5, 10.25, 10.25],
  B: [20, 20.5, 20, 21, 21.5, 22, 22],
  C: [8, 8, 8.25, 8.5, 8.25, 8, 8],
  D: [40, 41, 40, 41, 42, 43, 43],
};
const SCORE: Readonly<Record<string, readonly number[]>> = {
  A: [0.9, 0.2, 0.1, 0.6, 0.5],
  B: [0.7, 0.8, 0.3, 0.2, 0.9],
  C: [0.5, 0.6, 0.5, 0.7, 0.1],
  D: [0.1, 0.4, 0.9, 0.8, 0.4],
};
const HELD: readonly (readonly [date: number, name: string, amount: number])[] = [
  [1, "A", 4500],
  [1, "B", 2300],
  [2, "B", 2300],
  [2, "C", 6300],
  [3, "C", 6300],
  [3, "D", 1100],
  [4, "C", 6300],
  [4, "D", 1100],
  [5, "D", 1100],
  [5, "B", 2400],
];

const names = Object.keys(CLOSE);

/** `datetime, instrument, score, label`: label close(T+2) / close(T+1) − 1 of the five scored dates. */
export const PRED_LABEL = {
  datetime: names.flatMap((name) => SCORE[name]!.map((_, i) => DATES[i]!)),
  instrument: names.flatMap((name) => SCORE[name]!.map(() => name)),
  score: names.flatMap((name) => SCORE[name]!),
  label: names.flatMap((name) => SCORE[name]!.map((_, i) => CLOSE[name]![i + 2]! / CLOSE[name]![i + 1]! - 1)),
};

/** `datetime, instrument, label`: label close(T+1) / close(T) − 1 of every date but the last. */
export const NEXT_RETURNS = {
  datetime: names.flatMap(() => DATES.slice(0, -1)),
  instrument: names.flatMap((name) => DATES.slice(0, -1).map(() => name)),
  label: names.flatMap((name) => DATES.slice(0, -1).map((_, i) => CLOSE[name]![i + 1]! / CLOSE[name]![i]! - 1)),
};

export const POSITIONS = {
  datetime: HELD.map(([date]) => DATES[date]!),
  instrument: HELD.map(([, name]) => name),
  amount: HELD.map(([, , amount]) => amount),
  price: HELD.map(([date, name]) => CLOSE[name]![date]!),
};

export const REPORT = {
  datetime: DATES.slice(1, 6),
  return: [0, 0.0110051944518, 0.0383843649338, -0.00453536119676, -0.0045560244131],
  cost: [0.000472, 0.00100284834442, 0.000941036043538, 0, 0.000978346295023],
  turnover: [0.944, 1.01522918818, 0.925187015436, 0, 0.989856251435],
  bench: [0.008, -0.00396825396825, 0.00796812749004, -0.00197628458498, 0.00594059405941],
};
