import { types } from "node:util";
import ts from "typescript";

type Variables = Readonly<Record<string, unknown>>;

/** At most so many columns are offered: nobody looks for one among thousands in a list. */
const MOST = 2_000;

/**
 * Names of the columns of a table, where a cell asks for them: in a string among the arguments of a method of the table
 * (`runs.select("…")`), and behind the row in a function among them (`runs.filter((d) => d.…)`). The names are the live value's,
 * of the variable that the chain of calls starts from; what a step between adds or drops is not known.
 *
 * @returns undefined where no column is asked for.
 */
export function columnsAsked(code: string, position: number, variables: Variables): readonly string[] | undefined {
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest, true, ts.ScriptKind.TS);
  const node = innermost(file, position);
  const call = ts.isStringLiteralLike(node) ? argumentOf(node) : callOfRow(node, position);
  const name = call && rootOf(call.expression);
  return name !== undefined && name in variables ? columnNamesOf(variables[name]) : undefined;
}

/** The node that a position lies in, or stands right behind. */
function innermost(file: ts.SourceFile, position: number): ts.Node {
  let found: ts.Node = file;
  const walk = (node: ts.Node): void => {
    if (node.kind === ts.SyntaxKind.EndOfFileToken) return;
    if (node.getStart(file) > position || node.end < position) return;
    found = node;
    ts.forEachChild(node, walk);
  };
  walk(file);
  return found;
}

/** The nearest call that has `node` among its arguments. */
function argumentOf(node: ts.Node): ts.CallExpression | undefined {
  for (let at = node; at.parent; at = at.parent) {
    const { parent } = at;
    if (ts.isCallExpression(parent) && parent.expression !== at) {
      // Of a call such as `desc("ic")` among the arguments, the outer one is meant.
      if (rootOf(parent.expression) !== undefined && ts.isPropertyAccessExpression(parent.expression)) return parent;
    }
  }
  return undefined;
}

/** For `d.…` in `table.filter((d) => …)`, that call. */
function callOfRow(node: ts.Node, position: number): ts.CallExpression | undefined {
  let access: ts.Node | undefined = node;
  while (access && !ts.isPropertyAccessExpression(access)) access = access.parent;
  if (!access || !ts.isPropertyAccessExpression(access) || !ts.isIdentifier(access.expression)) return undefined;
  if (position <= access.expression.end) return undefined;
  const row = access.expression.text;
  for (let at: ts.Node = access; at.parent; at = at.parent) {
    if (!ts.isArrowFunction(at) && !ts.isFunctionExpression(at)) continue;
    if (at.parameters.some(({ name }) => ts.isIdentifier(name) && name.text === row)) return argumentOf(at);
  }
  return undefined;
}

/** The variable that a chain of calls starts from. */
function rootOf(expression: ts.Expression): string | undefined {
  let at: ts.Expression = expression;
  for (;;) {
    if (ts.isIdentifier(at)) return at.text;
    if (ts.isPropertyAccessExpression(at) || ts.isCallExpression(at) || ts.isNonNullExpression(at)) at = at.expression;
    else if (ts.isParenthesizedExpression(at) || ts.isAwaitExpression(at)) at = at.expression;
    else return undefined;
  }
}

/** What alphabook's own values, results of SQL among them, carry. */
const VIEW = Symbol.for("alphabook.view");

/**
 * The columns of an arquero table, or of a value of alphabook that has columns; undefined for any other value. Nothing is run to
 * see that: no getter, no method of a plain object.
 */
export function columnNamesOf(value: unknown): readonly string[] | undefined {
  try {
    if (inherited(value, VIEW)) return listOf((value as { columnNames?: unknown }).columnNames);
    const names = inherited(value, "columnNames")?.value as unknown;
    if (typeof names !== "function" || !inherited(value, "numRows") || !inherited(value, "column")) return undefined;
    return listOf(Reflect.apply(names, value, []));
  } catch {
    return undefined;
  }
}

const listOf = (names: unknown) =>
  Array.isArray(names) ? names.filter((name) => typeof name === "string").slice(0, MOST) : undefined;

/** How a value's class defines a member; undefined for plain objects, and for proxies, which could run anything. */
function inherited(value: unknown, name: string | symbol): PropertyDescriptor | undefined {
  if (typeof value !== "object" || value === null || types.isProxy(value)) return undefined;
  for (let at = Object.getPrototypeOf(value) as object | null; at && at !== Object.prototype; ) {
    const found = Object.getOwnPropertyDescriptor(at, name);
    if (found) return found;
    at = Object.getPrototypeOf(at) as object | null;
  }
  return undefined;
}
