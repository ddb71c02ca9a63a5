import {
  hasTag,
  linesOf,
  NotebookFileError,
  textOf,
  type Cell,
  type CodeCell,
  type Notebook,
} from "./notebook-file.cjs";

/** What a notebook can be given as a parameter: anything JSON can say, and NaN, Infinity and bigint. */
export type ParameterValue =
  string | number | boolean | bigint | null | readonly ParameterValue[] | { readonly [key: string]: ParameterValue };
export type Parameters = Readonly<Record<string, ParameterValue>>;

const TAG = "parameters";
const INJECTED_TAG = "injected-parameters";

interface Declaration {
  readonly keyword: "const" | "let" | "var";
  /** The text of its type annotation, if it has one. */
  readonly type?: string;
}

/**
 * The value that a text on the command line means: JSON where it is JSON (numbers, true, false, null, lists, objects, "quoted"),
 * else the text itself. A whole number beyond 2^53 stays text, because a number would not hold it.
 *
 * @example
 * parseParameterValue("0.05") // -> 0.05
 * parseParameterValue("sp500") // -> "sp500"
 * parseParameterValue("[1, 5]") // -> [1, 5]
 */
export function parseParameterValue(text: string): ParameterValue {
  try {
    const value = JSON.parse(text) as ParameterValue;
    return typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value) && !/[.e]/i.test(text)
      ? text
      : value;
  } catch {
    return text;
  }
}

/**
 * The notebook with a cell tagged `injected-parameters` after the cell tagged `parameters` (papermill's convention). Each parameter is
 * declared again, by the same keyword and with the same type annotation as in the parameters cell, so that cells further down
 * see the new value with the old type. An injected cell of an earlier run is replaced.
 *
 * @throws NotebookFileError when there is no parameters cell, or a name that it does not declare.
 */
export function injectParameters(notebook: Notebook, parameters: Parameters): Notebook {
  const names = Object.keys(parameters);
  if (names.length === 0) return notebook;
  const cells = notebook.cells.filter((cell) => !hasTag(cell, INJECTED_TAG));
  const at = cells.findIndex((cell) => cell.cell_type === "code" && hasTag(cell, TAG));
  if (at < 0) {
    throw new NotebookFileError(
      `Cannot set ${names.join(", ")}: no code cell of the notebook has the tag "${TAG}"` +
        `\n  tag the cell that declares them (in JupyterLab: the gear at the top right, "Cell Tags")`,
    );
  }
  const known = declarationsOf(textOf(cells[at]!.source));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length > 0) {
    throw new NotebookFileError(
      `Cannot set ${unknown.join(", ")}: the cell tagged "${TAG}" declares no such variable\n  known: ${[...known.keys()].sort().join(", ") || "none"}`,
    );
  }
  const source = [
    "// Parameters of this run",
    ...names.map((name) => declare(name, known.get(name)!, parameters[name]!)),
  ].join("\n");
  return { ...notebook, cells: cells.toSpliced(at + 1, 0, injectedCell(notebook, cells[at]!, source)) };
}

function injectedCell(notebook: Notebook, parametersCell: Cell, source: string): CodeCell {
  const taken = new Set(notebook.cells.map((cell) => cell.id));
  let id = INJECTED_TAG;
  while (taken.has(id) && !notebook.cells.some((cell) => cell.id === id && hasTag(cell, INJECTED_TAG))) id += "-1";
  return {
    cell_type: "code",
    ...(parametersCell.id !== undefined && { id }),
    metadata: { tags: [INJECTED_TAG] },
    source: Array.isArray(parametersCell.source) ? linesOf(source) : source,
    execution_count: null,
    outputs: [],
  };
}

function declare(name: string, { keyword, type }: Declaration, value: ParameterValue): string {
  return `${keyword} ${name}${type === undefined ? "" : `: ${type}`} = ${literal(name, value)};`;
}

function literal(name: string, value: ParameterValue): string {
  if (typeof value === "bigint") return `${value}n`;
  if (typeof value === "number") return Object.is(value, -0) ? "-0" : String(value);
  const text = JSON.stringify(value) as string | undefined;
  if (text === undefined)
    throw new NotebookFileError(`Cannot set ${name}: expected a value that JSON can say, got ${typeof value}`);
  return text;
}

/** The variables that a cell declares at its top, by name. */
function declarationsOf(code: string): Map<string, Declaration> {
  // Loaded only when there are parameters: the compiler takes 0.2 s.
  const ts = require("typescript") as typeof import("typescript");
  const file = ts.createSourceFile("parameters.ts", code, ts.ScriptTarget.Latest);
  const found = new Map<string, Declaration>();
  for (const statement of file.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const { flags, declarations } = statement.declarationList;
    const keyword = flags & ts.NodeFlags.Const ? "const" : flags & ts.NodeFlags.Let ? "let" : "var";
    for (const { name, type } of declarations) {
      if (ts.isIdentifier(name)) found.set(name.text, { keyword, type: type?.getText(file) });
    }
  }
  return found;
}
