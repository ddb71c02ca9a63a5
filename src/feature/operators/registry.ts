import { ARITHMETIC } from "./arithmetic.js";
import { LOGIC } from "./logic.js";
import type { Operator } from "./operator.js";
import { ROLLING } from "./rolling.js";
import { SHIFTS } from "./shifts.js";

export type { Operator } from "./operator.js";

/** All operators of the expression language, in the order of their documentation. */
export const OPERATORS: readonly Operator[] = [...ARITHMETIC, ...LOGIC, ...SHIFTS, ...ROLLING];

const byName = new Map(OPERATORS.map((operator) => [operator.name, operator]));

/** The operator of a name, or undefined. */
export const findOperator = (name: string): Operator | undefined => byName.get(name);

export const operatorNames = (): string[] => [...byName.keys()];
