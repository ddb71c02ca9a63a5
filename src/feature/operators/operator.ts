import type { Expression } from "../expression.js";

/** Input of an operator: `values[row · step]`; step 0 is one number for all rows. */
export interface Operand {
  readonly values: Float64Array;
  readonly step: 0 | 1;
}

/** How many rows before and after a row its value depends on; `left` is ∞ when it depends on all of history. */
export interface Reach {
  readonly left: number;
  readonly right: number;
}

/** One argument of an operator: a series, evaluated row by row, or a number that shapes the operator (a window, a shift). */
export interface Parameter {
  readonly name: string;
  readonly kind: "series" | "number";
  /** What is wrong with an argument, or undefined. */
  readonly check?: (arg: Expression) => string | undefined;
}

/**
 * An operator of the expression language. Rows are the calendar days of one instrument from its first stored day on;
 * a missing value is NaN.
 */
export interface Operator {
  readonly name: string;
  /** How it is called, `"Mean(x, N)"`. */
  readonly usage: string;
  /** What it means, and what happens with missing values. */
  readonly doc: string;
  readonly parameters: readonly Parameter[];
  /** True when a row of the result depends on the same row of the inputs only; such operators take numbers as series. */
  readonly elementWise: boolean;
  reach(inputs: readonly Reach[], numbers: readonly number[]): Reach;
  /** Fills `out` (one value per row) from the series arguments and the number arguments, each in order. */
  compute(out: Float64Array, inputs: readonly Operand[], numbers: readonly number[]): void;
  /** What defines a user's own operator, so that kept results of another definition are not taken for its own. */
  readonly source?: string;
  /** How it is computed together with others over the same window of the same series, where that is quicker. */
  readonly joint?: Joint;
}

/** One pass for several operators: those that name the same kernel and have the same series and window. */
export interface Joint {
  /** Fills `outs`, one array for each statistic. */
  readonly kernel: (
    outs: readonly Float64Array[],
    x: Float64Array,
    rows: number,
    statistics: readonly number[],
  ) => void;
  /** What the kernel is asked for by an operator with these number arguments. */
  readonly statistic: (numbers: readonly number[]) => number;
}

/** A series or a number. */
export const anyValue = (name: string): Parameter => ({ name, kind: "series" });

/** An expression that contains a field. */
export const series = (name: string): Parameter => ({
  name,
  kind: "series",
  check: (arg) => (arg.kind === "number" ? `${name} must contain a field, not be the number ${arg.value}` : undefined),
});

const number = (name: string, accepts: (value: number) => boolean, expected: string): Parameter => ({
  name,
  kind: "number",
  check: (arg) => {
    if (arg.kind === "number" && accepts(arg.value)) return undefined;
    return `${name} must be ${expected}, not ${arg.kind === "number" ? arg.value : "an expression of fields"}`;
  },
});

/** Number of rows, the current one included. */
export const window = (atLeast = 1): Parameter =>
  number(
    "N",
    (value) => Number.isInteger(value) && value >= atLeast,
    atLeast === 1 ? "a whole number of days, at least 1" : `a whole number of days, at least ${atLeast}`,
  );

/** A window, or a smoothing weight between 0 and 1. */
export const windowOrWeight = (): Parameter =>
  number(
    "N",
    (value) => (Number.isInteger(value) && value >= 1) || (value > 0 && value < 1),
    "a whole number of days, or a smoothing weight between 0 and 1",
  );

/** The same argument, which may also be a weight between 0 and 1. */
export const orWeight = (parameter: Parameter): Parameter => ({
  ...parameter,
  check: (arg) => (arg.kind === "number" && arg.value > 0 && arg.value < 1 ? undefined : parameter.check?.(arg)),
});

/** A number of rows back; negative: ahead. */
export const shift = (): Parameter =>
  number(
    "n",
    (value) => Number.isInteger(value) && value !== 0,
    "a whole number of days, not 0 (negative looks ahead)",
  );

/** Any finite number. */
export const finite = (name: string): Parameter => number(name, Number.isFinite, "a number");

export const fraction = (name: string): Parameter =>
  number(name, (value) => value >= 0 && value <= 1, "between 0 and 1");

/** The reach of several inputs together. */
export function widest(inputs: readonly Reach[]): Reach {
  return {
    left: Math.max(0, ...inputs.map(({ left }) => left)),
    right: Math.max(0, ...inputs.map(({ right }) => right)),
  };
}

export function elementWise(
  name: string,
  parameters: readonly Parameter[],
  doc: string,
  compute: (out: Float64Array, ...inputs: readonly Operand[]) => void,
): Operator {
  return {
    name,
    usage: usageOf(name, parameters),
    doc,
    parameters,
    elementWise: true,
    reach: widest,
    compute: (out, inputs) => compute(out, ...inputs),
  };
}

/** An operator over the last N rows; the window is its first number argument. */
export function rolling(
  name: string,
  parameters: readonly Parameter[],
  doc: string,
  compute: (out: Float64Array, inputs: readonly Float64Array[], numbers: readonly number[]) => void,
): Operator {
  return {
    name,
    usage: usageOf(name, parameters),
    doc,
    parameters,
    elementWise: false,
    reach: (inputs, [rows]) => {
      const { left, right } = widest(inputs);
      return { left: left + rows! - 1, right };
    },
    compute: (out, inputs, numbers) =>
      compute(
        out,
        inputs.map(({ values }) => values),
        numbers,
      ),
  };
}

/** An operator over the last N rows of one series that a kernel computes together with others of its kind. */
export function jointly(name: string, parameters: readonly Parameter[], doc: string, joint: Joint): Operator {
  const alone = rolling(name, parameters, doc, (out, [x], numbers) =>
    joint.kernel([out], x!, numbers[0]!, [joint.statistic(numbers)]),
  );
  return { ...alone, joint };
}

export const usageOf = (name: string, parameters: readonly Parameter[]): string =>
  `${name}(${parameters.map((parameter) => parameter.name).join(", ")})`;
