import type { TradingCalendar } from "../calendar/trading-calendar.js";
import type { DatetimeInput } from "../engine/datetime.js";
import type { FitWindow } from "./run-processors.js";
import type { Segments } from "./segments.js";

/** What could have carried knowledge of the test days into the model; plain data for the artifact `dataset` and the report. */
export interface LeakCheck {
  /** No finding. */
  readonly ok: boolean;
  /** One sentence for each finding, with its number. */
  readonly findings: readonly string[];
  /** Trading days that the label looks ahead. */
  readonly labelHorizonDays: number;
  /** Days that lie both in the test segment and in train or valid. */
  readonly sharedDays: number;
  /** Days of train (and valid) whose label is made of prices of test days. */
  readonly labelDaysInTest: number;
  /** Days of the test segment that a processor learnt from. */
  readonly fitDaysInTest: number;
  /** Days after the train segment's end, test days not counted, that a processor learnt from. */
  readonly fitDaysAfterTrain: number;
  /** Rows that repeat another instrument's features and labels of the same date; null when the raw data were dropped. */
  readonly duplicateRows: number | null;
}

export interface LeakCheckInput {
  readonly calendar: TradingCalendar;
  readonly segments: Segments;
  /** The segments as rows are taken from them, where an embargo leaves days out. Default: `segments`. */
  readonly cutSegments?: Segments;
  readonly labelHorizonDays: number;
  readonly fitWindows: readonly (FitWindow & { readonly processor: string })[];
  readonly duplicateRows: number | null;
}

/**
 * Holds segments, label and fit windows against each other, on the market's calendar.
 *
 * The segments `train`, `valid` and `test` are meant by their names; without `test` nothing can leak into it.
 */
export function checkLeaks({
  calendar,
  segments,
  cutSegments = segments,
  labelHorizonDays,
  fitWindows,
  duplicateRows,
}: LeakCheckInput): LeakCheck {
  const rangeIn = (all: Segments, name: string) => (all[name] ? cut(calendar, ...all[name]) : undefined);
  const range = (name: string) => rangeIn(segments, name);
  const [train, test] = [range("train"), range("test")];
  const findings: string[] = [];
  let [sharedDays, labelDaysInTest, fitDaysInTest, fitDaysAfterTrain] = [0, 0, 0, 0];
  for (const name of ["train", "valid"]) {
    const learnt = rangeIn(cutSegments, name);
    if (!learnt || !test) continue;
    const shared = overlap(learnt, test);
    // Days before the test segment whose label reaches into it; shared days are told already.
    const reaching = overlap(learnt, [Math.max(0, test[0] - labelHorizonDays), test[0]]);
    if (shared) findings.push(`${days(shared)} of segment ${name} ${shared === 1 ? "is" : "are"} test days too`);
    if (reaching)
      findings.push(
        `the label of the last ${days(reaching)} of segment ${name} looks ${days(labelHorizonDays)} ahead, into test`,
      );
    sharedDays += shared;
    labelDaysInTest += reaching;
  }
  for (const { processor, start, end } of fitWindows) {
    const fit = cut(calendar, start ?? null, end ?? null);
    const inTest = test ? overlap(fit, test) : 0;
    const afterTrain = train
      ? overlap(fit, [train[1], calendar.length]) -
        (test ? overlap(fit, [Math.max(train[1], test[0]), Math.max(train[1], test[1])]) : 0)
      : 0;
    if (inTest) findings.push(`${processor} learnt from ${days(inTest)} of test`);
    if (afterTrain > 0) findings.push(`${processor} learnt from ${days(afterTrain)} after train`);
    fitDaysInTest = Math.max(fitDaysInTest, inTest);
    fitDaysAfterTrain = Math.max(fitDaysAfterTrain, afterTrain);
  }
  if (duplicateRows)
    findings.push(
      `${duplicateRows} ${duplicateRows === 1 ? "row repeats" : "rows repeat"} another instrument's values of the same date`,
    );
  return {
    ok: findings.length === 0,
    findings,
    labelHorizonDays,
    sharedDays,
    labelDaysInTest,
    fitDaysInTest,
    fitDaysAfterTrain,
    duplicateRows,
  };
}

type Range = readonly [from: number, to: number];

function cut(calendar: TradingCalendar, start: DatetimeInput | null, end: DatetimeInput | null): Range {
  return calendar.rangeOf({ start, end });
}

const overlap = (a: Range, b: Range): number => Math.max(0, Math.min(a[1], b[1]) - Math.max(a[0], b[0]));
const days = (n: number): string => `${n} ${n === 1 ? "day" : "days"}`;
