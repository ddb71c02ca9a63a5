import { anyValue, elementWise, type Operand, type Operator } from "./operator.js";

const [x, a, b, condition] = [anyValue("x"), anyValue("a"), anyValue("b"), anyValue("condition")];

/** True: a number that is neither 0 nor missing. */
const isTrue = (value: number) => value !== 0 && value === value;

/**
 * Comparisons and logic, as 1 and 0. A comparison with a missing side is false (`Ne`: true), never missing;
 * a missing condition counts as false.
 */
export const LOGIC: readonly Operator[] = [
  elementWise(
    "Gt",
    [a, b],
    "1 if a > b, else 0; 0 if either is missing",
    (out, { values: l, step: m }, { values: r, step: n }) => {
      for (let i = 0; i < out.length; i++) out[i] = l[i * m]! > r[i * n]! ? 1 : 0;
    },
  ),
  elementWise(
    "Ge",
    [a, b],
    "1 if a ≥ b, else 0; 0 if either is missing",
    (out, { values: l, step: m }, { values: r, step: n }) => {
      for (let i = 0; i < out.length; i++) out[i] = l[i * m]! >= r[i * n]! ? 1 : 0;
    },
  ),
  elementWise(
    "Lt",
    [a, b],
    "1 if a < b, else 0; 0 if either is missing",
    (out, { values: l, step: m }, { values: r, step: n }) => {
      for (let i = 0; i < out.length; i++) out[i] = l[i * m]! < r[i * n]! ? 1 : 0;
    },
  ),
  elementWise(
    "Le",
    [a, b],
    "1 if a ≤ b, else 0; 0 if either is missing",
    (out, { values: l, step: m }, { values: r, step: n }) => {
      for (let i = 0; i < out.length; i++) out[i] = l[i * m]! <= r[i * n]! ? 1 : 0;
    },
  ),
  elementWise(
    "Eq",
    [a, b],
    "1 if a = b, else 0; 0 if either is missing",
    (out, { values: l, step: m }, { values: r, step: n }) => {
      for (let i = 0; i < out.length; i++) out[i] = l[i * m]! === r[i * n]! ? 1 : 0;
    },
  ),
  elementWise(
    "Ne",
    [a, b],
    "1 if a ≠ b, else 0; 1 if either is missing",
    (out, { values: l, step: m }, { values: r, step: n }) => {
      for (let i = 0; i < out.length; i++) out[i] = l[i * m]! !== r[i * n]! ? 1 : 0;
    },
  ),
  elementWise("And", [a, b], "1 if both are true, else 0", (out, { values: l, step: m }, { values: r, step: n }) => {
    for (let i = 0; i < out.length; i++) out[i] = isTrue(l[i * m]!) && isTrue(r[i * n]!) ? 1 : 0;
  }),
  elementWise("Or", [a, b], "1 if one is true, else 0", (out, { values: l, step: m }, { values: r, step: n }) => {
    for (let i = 0; i < out.length; i++) out[i] = isTrue(l[i * m]!) || isTrue(r[i * n]!) ? 1 : 0;
  }),
  elementWise("Not", [x], "1 if x is false, else 0", (out, { values, step }) => {
    for (let i = 0; i < out.length; i++) out[i] = isTrue(values[i * step]!) ? 0 : 1;
  }),
  elementWise("If", [condition, a, b], "a where the condition is true, else b", choose),
];

function choose(
  out: Float64Array,
  condition: Operand,
  { values: l, step: m }: Operand,
  { values: r, step: n }: Operand,
): void {
  for (let i = 0; i < out.length; i++) out[i] = isTrue(condition.values[i * condition.step]!) ? l[i * m]! : r[i * n]!;
}
