/** Segment → metric → value by round. */
export type EvalsResult = Record<string, Record<string, number[]>>;

/** What somebody sees of a training while it runs. */
export interface TrainingWatch {
  /** After each round; cheap to call. */
  round(evals: EvalsResult): void;
  /** Once, after the last round, also when training was interrupted. */
  end(evals: EvalsResult, bestRound: number): Promise<void>;
}

let opener: (() => TrainingWatch | undefined) | undefined;

/** Sets who watches trainings from now on: models know no displays, the package's set-up tells them. */
export function watchTrainings(open: () => TrainingWatch | undefined): void {
  opener = open;
}

export const openTrainingWatch = (): TrainingWatch | undefined => opener?.();
