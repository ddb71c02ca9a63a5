import { series, shift, usageOf, widest, type Operator, type Reach } from "./operator.js";

const parameters = [series("x"), shift()];

const reach = (inputs: readonly Reach[], numbers: readonly number[]): Reach => {
  const { left, right } = widest(inputs);
  const n = numbers[0]!;
  return { left: Math.max(left, left + n), right: Math.max(right, right - n) };
};

/** Values of other days; missing beyond the instrument's first and last stored day. */
export const SHIFTS: readonly Operator[] = [
  {
    name: "Ref",
    usage: usageOf("Ref", parameters),
    doc: "x n calendar days earlier; n < 0 looks ahead",
    parameters,
    elementWise: false,
    reach,
    compute(out, [{ values }], [n]) {
      for (let i = 0; i < out.length; i++) out[i] = values[i - n!] ?? NaN;
    },
  },
  {
    name: "Delta",
    usage: usageOf("Delta", parameters),
    doc: "x − Ref(x, n)",
    parameters,
    elementWise: false,
    reach,
    compute(out, [{ values }], [n]) {
      for (let i = 0; i < out.length; i++) out[i] = values[i]! - (values[i - n!] ?? NaN);
    },
  },
] as const satisfies readonly Operator[] as readonly Operator[];
