import { ARITHMETIC } from "./arithmetic.js";
import { LOGIC } from "./logic.js";
import type { Operator } from "./operator.js";
import { ROLLING } from "./rolling.js";
import { STRICT } from "./strict.js";
import { SHIFTS } from "./shifts.js";

export type { Operator } from "./operator.js";

/** The operators that the expression language comes with, in the order of their documentation. */
export const OPERATORS: readonly Operator[] = [...ARITHMETIC, ...LOGIC, ...SHIFTS, ...ROLLING, ...STRICT];

const builtIn: ReadonlyMap<string, Operator> = new Map(OPERATORS.map((operator) => [operator.name, operator]));
const usersOwn = new Map<string, Operator>();

/** The operator of a name, or undefined. */
export const findOperator = (name: string): Operator | undefined => builtIn.get(name) ?? usersOwn.get(name);

export const operatorNames = (): string[] => [...builtIn.keys(), ...usersOwn.keys()];

/** All operators known now: those of the language, then the user's own. */
export const allOperators = (): readonly Operator[] => [...builtIn.values(), ...usersOwn.values()];

/** Whether the language itself has an operator of this name. */
export const isBuiltIn = (name: string): boolean => builtIn.has(name);

/** Adds or replaces an operator of the user's own. */
export const keepOperator = (operator: Operator): void => void usersOwn.set(operator.name, operator);
