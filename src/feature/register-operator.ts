import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { ELSEWHERE } from "./elsewhere.js";
import {
  anyValue,
  finite,
  series,
  usageOf,
  widest,
  window,
  type Operand,
  type Parameter,
  type Reach,
} from "./operators/operator.js";
import { isBuiltIn, keepOperator } from "./operators/registry.js";

/**
 * What an argument of an operator is: `series`, an expression that reads a field, one value per trading day; `window`, a whole
 * number of days ≥ 1; `number`, any number; `value`, a series or a number, given to `compute` as a series either way.
 */
export type OperatorArgument = "series" | "window" | "number" | "value";

export interface OperatorDefinition {
  /** Letters, digits and _, as it is written in expressions: `"ZScore"`. */
  readonly name: string;
  /** Argument name → what it is, in order: `{ x: "series", N: "window" }`. At least one series or value. */
  readonly args: Readonly<Record<string, OperatorArgument>>;
  /**
   * The values of one instrument, a new array as long as the series. Rows are trading days from the first one loaded; a missing
   * value, also a suspended day, is NaN. Arguments come in order: series as arrays (only to be read), numbers as numbers.
   */
  readonly compute: (...args: never[]) => Float64Array;
  /** How many days before a day its value reads, from the number arguments in order. Default: the largest window − 1; ∞: all of history. */
  readonly lookback?: (...numbers: number[]) => number;
  /** How many days ahead a day's value reads: only labels may. Default 0. */
  readonly lookahead?: (...numbers: number[]) => number;
  /** One line for {@link listOperators}. */
  readonly doc?: string;
}

/**
 * Adds an operator of one's own to the expression language; from then on every expression may use it.
 *
 * Registering a name again replaces it, so that a cell can be run twice; the language's own operators cannot be replaced. A value
 * must depend only on the days that `lookback` and `lookahead` say: loading is cut to them, and the leak check believes them.
 *
 * In Qlib: qlib.data.ops.register_all_ops, `custom_ops`
 *
 * @throws InvalidArgumentError for a name that cannot be written or belongs to the language, or no series argument.
 * UnknownNameError for an unknown kind of argument.
 * @example
 * registerOperator({
 *   name: "Streak",
 *   args: { x: "series" },
 *   lookback: () => Infinity,
 *   doc: "how many days in a row x rose",
 *   compute(x: Float64Array) {
 *     const days = new Float64Array(x.length);
 *     for (let t = 1; t < x.length; t++) days[t] = x[t] > x[t - 1] ? days[t - 1] + 1 : 0;
 *     return days;
 *   },
 * });
 * (await queryFeatures(synthetic({ instruments: 2, days: 30 }), ["Streak($close)"])).columnNames // -> ["Streak($close)"]
 */
export function registerOperator(definition: OperatorDefinition): void {
  const { name, args, doc = "an operator of one's own" } = definition;
  checkName(name);
  const kinds = Object.values(args);
  const unknown = kinds.find((kind) => !(kind in PARAMETER));
  if (unknown !== undefined)
    throw new UnknownNameError("kind of argument", unknown, Object.keys(PARAMETER), {
      context: `Cannot register operator ${name}`,
    });
  if (!kinds.some((kind) => kind === "series" || kind === "value"))
    throw new InvalidArgumentError(
      `Cannot register operator ${name}: it has no series argument\n  e.g. args: { x: "series", N: "window" }`,
    );
  const parameters = Object.entries(args).map(([argument, kind]) => PARAMETER[kind](argument));
  keepOperator({
    name,
    usage: usageOf(name, parameters),
    doc,
    parameters,
    elementWise: false,
    source: sourceOf(definition),
    reach: (inputs, numbers) => reachOf(definition, widest(inputs), numbers),
    compute: (out, inputs, numbers) => computeInto(out, definition, inputs, numbers),
  });
}

const PARAMETER: Readonly<Record<OperatorArgument, (name: string) => Parameter>> = {
  series,
  value: anyValue,
  number: finite,
  window: (name) => ({ ...window(), name }),
};

function checkName(name: string): void {
  if (typeof name !== "string" || !/^[A-Za-z_]\w*$/.test(name))
    throw new InvalidArgumentError(
      `Cannot register operator ${JSON.stringify(name)}: a name of letters, digits and _ expected`,
    );
  if (isBuiltIn(name) || ELSEWHERE.has(name))
    throw new InvalidArgumentError(
      `Cannot register operator ${name}: the expression language has one of this name\n  e.g. My${name}`,
    );
}

function reachOf(
  { args, lookback, lookahead }: OperatorDefinition,
  { left, right }: Reach,
  numbers: readonly number[],
) {
  const shaping = Object.values(args).filter((kind) => kind === "window" || kind === "number");
  const windows = numbers.filter((_, i) => shaping[i] === "window");
  const back = lookback ? lookback(...numbers) : Math.max(1, ...windows) - 1;
  return { left: left + Math.max(0, back), right: right + Math.max(0, lookahead?.(...numbers) ?? 0) };
}

function computeInto(
  out: Float64Array,
  { name, args, compute }: OperatorDefinition,
  inputs: readonly Operand[],
  numbers: readonly number[],
): void {
  const [nextInput, nextNumber] = [inputs.values(), numbers.values()];
  const given = Object.values(args).map((kind) =>
    kind === "series" || kind === "value" ? spread(nextInput.next().value!, out.length) : nextNumber.next().value!,
  );
  const result: unknown = (compute as (...given: readonly unknown[]) => unknown)(...given);
  if (!(result instanceof Float64Array || result instanceof Float32Array) || result.length !== out.length)
    throw new InvalidArgumentError(
      `Cannot evaluate operator ${name}: compute returned ${describe(result)}\n  a Float64Array of ${out.length} values, one per trading day, expected`,
    );
  out.set(result);
}

const spread = ({ values, step }: Operand, length: number): Float64Array =>
  step === 1 ? values : new Float64Array(length).fill(values[0]!);

function describe(result: unknown): string {
  if (ArrayBuffer.isView(result)) return `a ${result.constructor.name} of ${(result as Float64Array).length} values`;
  return Array.isArray(result) ? "a plain array" : String(result);
}

/** What two definitions differ by, as text: kept features of an operator that was changed are not those of the new one. */
const sourceOf = ({ args, compute, lookback, lookahead }: OperatorDefinition): string =>
  [JSON.stringify(args), compute, lookback, lookahead].map(String).join("\n");
