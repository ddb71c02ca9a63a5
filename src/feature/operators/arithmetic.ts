import { anyValue, elementWise, type Operator } from "./operator.js";

const [x, a, b] = [anyValue("x"), anyValue("a"), anyValue("b")];

/** Arithmetic: missing when a side is missing; x / 0 = ±∞, 0 / 0 = missing. */
export const ARITHMETIC: readonly Operator[] = [
  elementWise("Add", [a, b], "a + b", (out, { values: l, step: m }, { values: r, step: n }) => {
    for (let i = 0; i < out.length; i++) out[i] = l[i * m]! + r[i * n]!;
  }),
  elementWise("Sub", [a, b], "a − b", (out, { values: l, step: m }, { values: r, step: n }) => {
    for (let i = 0; i < out.length; i++) out[i] = l[i * m]! - r[i * n]!;
  }),
  elementWise("Mul", [a, b], "a · b", (out, { values: l, step: m }, { values: r, step: n }) => {
    for (let i = 0; i < out.length; i++) out[i] = l[i * m]! * r[i * n]!;
  }),
  elementWise("Div", [a, b], "a / b", (out, { values: l, step: m }, { values: r, step: n }) => {
    for (let i = 0; i < out.length; i++) out[i] = l[i * m]! / r[i * n]!;
  }),
  elementWise("Power", [a, b], "a to the power b", (out, { values: l, step: m }, { values: r, step: n }) => {
    // NaN ** 0 is 1 in JavaScript.
    for (let i = 0; i < out.length; i++) out[i] = Number.isNaN(l[i * m]!) ? NaN : l[i * m]! ** r[i * n]!;
  }),
  elementWise(
    "Greater",
    [a, b],
    "The larger of a and b; missing if either is missing",
    (out, { values: l, step: m }, { values: r, step: n }) => {
      for (let i = 0; i < out.length; i++) out[i] = Math.max(l[i * m]!, r[i * n]!);
    },
  ),
  elementWise(
    "Less",
    [a, b],
    "The smaller of a and b; missing if either is missing",
    (out, { values: l, step: m }, { values: r, step: n }) => {
      for (let i = 0; i < out.length; i++) out[i] = Math.min(l[i * m]!, r[i * n]!);
    },
  ),
  elementWise("Neg", [x], "−x", (out, { values, step }) => {
    for (let i = 0; i < out.length; i++) out[i] = -values[i * step]!;
  }),
  elementWise("Abs", [x], "|x|", (out, { values, step }) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.abs(values[i * step]!);
  }),
  elementWise("Sign", [x], "−1, 0 or 1", (out, { values, step }) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.sign(values[i * step]!);
  }),
  elementWise("Log", [x], "Natural logarithm; −∞ at 0, missing below", (out, { values, step }) => {
    for (let i = 0; i < out.length; i++) out[i] = Math.log(values[i * step]!);
  }),
];
