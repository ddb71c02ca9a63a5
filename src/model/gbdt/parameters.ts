import { InvalidArgumentError, UnknownNameError } from "../../errors.js";

/** A number that LightGBM knows, in our spelling, with the names it also goes by and what it may be. */
interface Parameter {
  readonly aliases: readonly string[];
  readonly default: number;
  readonly valid: (value: number) => boolean;
  readonly expected: string;
}

const whole = (least: number, most = Infinity) => ({
  valid: (x: number) => Number.isInteger(x) && x >= least && x <= most,
  expected: most === Infinity ? `a whole number ≥ ${least}` : `a whole number from ${least} to ${most}`,
});
const atLeast0 = { valid: (x: number) => x >= 0 && x < Infinity, expected: "a number ≥ 0" };
const share = { valid: (x: number) => x > 0 && x <= 1, expected: "a number in (0, 1]" };
const anyWhole = { valid: Number.isInteger, expected: "a whole number" };

export const PARAMETERS = {
  numBoostRound: { aliases: ["numIterations", "nEstimators", "numTrees", "numRounds"], default: 1000, ...whole(1) },
  earlyStoppingRounds: { aliases: ["earlyStoppingRound"], default: 50, ...whole(0) },
  learningRate: {
    aliases: ["eta", "shrinkageRate"],
    default: 0.1,
    valid: (x: number) => x > 0 && x < Infinity,
    expected: "a number > 0",
  },
  numLeaves: { aliases: ["maxLeaves", "maxLeafNodes"], default: 31, ...whole(2, 131_072) },
  maxDepth: { aliases: [], default: -1, ...anyWhole },
  minDataInLeaf: { aliases: ["minChildSamples", "minData", "minSamplesLeaf"], default: 20, ...whole(0) },
  minSumHessianInLeaf: { aliases: ["minChildWeight", "minSumHessian", "minHessian"], default: 1e-3, ...atLeast0 },
  minGainToSplit: { aliases: ["minSplitGain"], default: 0, ...atLeast0 },
  lambdaL1: { aliases: ["regAlpha", "l1Regularization"], default: 0, ...atLeast0 },
  lambdaL2: { aliases: ["regLambda", "lambda", "l2Regularization"], default: 0, ...atLeast0 },
  featureFraction: { aliases: ["colsampleBytree", "subFeature"], default: 1, ...share },
  baggingFraction: { aliases: ["subsample", "subRow", "bagging"], default: 1, ...share },
  baggingFreq: { aliases: ["subsampleFreq"], default: 0, ...whole(0) },
  maxBin: { aliases: ["maxBins"], default: 255, ...whole(2, 255) },
  minDataInBin: { aliases: [], default: 3, ...whole(1) },
  binConstructSampleCnt: { aliases: ["subsampleForBin"], default: 200_000, ...whole(1) },
  alpha: {
    aliases: [],
    default: 0.9,
    valid: (x: number) => x > 0 && x < Infinity,
    expected: "a number > 0, for quantile below 1",
  },
  seed: { aliases: ["randomState", "randomSeed"], default: 0, ...anyWhole },
  numThreads: { aliases: ["nJobs", "numThread", "nthread", "threads"], default: 0, ...anyWhole },
} as const satisfies Record<string, Parameter>;

export type ParameterName = keyof typeof PARAMETERS;
export type Parameters = Record<ParameterName, number>;

/** Taken so that existing settings run, without effect; why. */
const IGNORED: Readonly<Record<string, string>> = {
  verbosity: "training shows one progress bar",
  verbose: "training shows one progress bar",
  verboseEval: "training shows one progress bar",
  deterministic: "training is always deterministic",
  forceColWise: "the layout is chosen by the data",
  forceRowWise: "the layout is chosen by the data",
  deviceType: "there is one device, the processor",
  device: "there is one device, the processor",
  histogramPoolSize: "memory is laid out by numLeaves and maxDepth",
  baggingSeed: "drawn from seed",
  featureFractionSeed: "drawn from seed",
  dataRandomSeed: "bins are not drawn",
  useMissing: "missing values always have their own bin",
  boosting: "the only kind is gbdt",
  boostingType: "the only kind is gbdt",
};

const NAME_OF = new Map<string, ParameterName>(
  (Object.entries(PARAMETERS) as [ParameterName, Parameter][]).flatMap(([name, { aliases }]) =>
    [name, ...aliases].map((each) => [each, name] as const),
  ),
);

export interface ParsedParameters {
  readonly parameters: Parameters;
  /** Taken without effect: name → why. */
  readonly ignored: Readonly<Record<string, string>>;
}

/**
 * LightGBM's settings under our names: aliases and snake_case are understood, defaults filled in.
 *
 * @throws UnknownNameError with the nearest name; InvalidArgumentError for a value out of range, or one setting given twice with two values.
 */
export function parseParameters(given: Readonly<Record<string, unknown>>): ParsedParameters {
  const parameters = Object.fromEntries(
    Object.entries(PARAMETERS).map(([name, each]) => [name, each.default]),
  ) as Parameters;
  const ignored: Record<string, string> = {};
  const from = new Map<ParameterName, string>();
  for (const [spelled, value] of Object.entries(given)) {
    if (value === undefined || value === null) continue;
    const key = camel(spelled);
    const name = NAME_OF.get(key);
    if (key in IGNORED) {
      if ((key === "boosting" || key === "boostingType") && value !== "gbdt")
        throw new InvalidArgumentError(`Cannot make an LGBModel: ${spelled} is ${String(value)}, only "gbdt" is there`);
      ignored[spelled] = IGNORED[key]!;
      continue;
    }
    if (!name)
      throw new UnknownNameError("setting", spelled, [...NAME_OF.keys(), "loss", "objective", "metric"], {
        context: "Cannot make an LGBModel",
      });
    const { valid, expected } = PARAMETERS[name] as Parameter;
    if (typeof value !== "number" || !valid(value))
      throw new InvalidArgumentError(`Cannot make an LGBModel: ${spelled} is ${String(value)}, ${expected} expected`);
    const before = from.get(name);
    if (before !== undefined && parameters[name] !== value)
      throw new InvalidArgumentError(
        `Cannot make an LGBModel: ${before} (${parameters[name]}) and ${spelled} (${value}) are the same setting`,
      );
    from.set(name, spelled);
    parameters[name] = value;
  }
  return { parameters, ignored };
}

const camel = (name: string) => name.replace(/_+([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
