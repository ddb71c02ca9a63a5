/** How an infix sign is written: its operator, how tightly it binds (as in Python: `**` most, comparisons least) and its side. */
export interface Infix {
  readonly operator: string;
  readonly strength: number;
  readonly rightAssociative?: true;
  readonly comparison?: true;
}

/** Strength of a unary minus: between `*` and `**`, so that −x**2 is −(x**2). */
export const NEGATION_STRENGTH = 60;

/** `&` and `|` bind tighter than comparisons, as in Python: `$a > 1 & $b > 2` needs parentheses. */
export const INFIX: ReadonlyMap<string, Infix> = new Map<string, Infix>([
  ["**", { operator: "Power", strength: 70, rightAssociative: true }],
  ["*", { operator: "Mul", strength: 50 }],
  ["/", { operator: "Div", strength: 50 }],
  ["+", { operator: "Add", strength: 40 }],
  ["-", { operator: "Sub", strength: 40 }],
  ["&", { operator: "And", strength: 30 }],
  ["|", { operator: "Or", strength: 20 }],
  [">", { operator: "Gt", strength: 10, comparison: true }],
  [">=", { operator: "Ge", strength: 10, comparison: true }],
  ["<", { operator: "Lt", strength: 10, comparison: true }],
  ["<=", { operator: "Le", strength: 10, comparison: true }],
  ["==", { operator: "Eq", strength: 10, comparison: true }],
  ["!=", { operator: "Ne", strength: 10, comparison: true }],
]);

/** Operator name → its sign and binding. */
export const SIGN_OF: ReadonlyMap<string, Infix & { readonly sign: string }> = new Map(
  [...INFIX].map(([sign, infix]) => [infix.operator, { ...infix, sign }]),
);
