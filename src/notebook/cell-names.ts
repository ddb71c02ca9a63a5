import type TypeScript from "typescript";

/** What a cell's code does with names of the notebook. */
export interface CellNames {
  /** Variables, functions and classes it makes at its top level. */
  readonly makes: ReadonlySet<string>;
  /** Names it imports. */
  readonly imports: ReadonlySet<string>;
  /** Every name it mentions, those it makes included; properties (`run.name`) are none. */
  readonly mentions: ReadonlySet<string>;
  /** It only looks: a bare `name`, `name.property`, or a question in SQL as the cell's only statement. */
  readonly onlyLooks: boolean;
  /** It sets something for all that follows: an address, a registry, `init`. */
  readonly setsUp: boolean;
}

const NOTHING: ReadonlySet<string> = new Set();
/** Receivers and functions whose top-level calls have an effect on what follows, whatever their arguments are. */
const SETS_UP =
  /^(?:await\s+)?(?:init\s*\(|registry\s*\.|register[A-Z]\w*\s*\(|R\s*\.\s*(?:setUri|limitMemory)\s*\(|sql\s*\.\s*options\s*\(|process\s*\.)/;

/** Reads the names of a cell; of a `%%sql` cell its `$names`. */
export function readNames(ts: typeof TypeScript, code: string): CellNames {
  if (code.startsWith("%%")) {
    const mentions = new Set([...code.matchAll(/\$([A-Za-z_]\w*)/g)].map(([, name]) => name!));
    return { makes: NOTHING, imports: NOTHING, mentions, onlyLooks: true, setsUp: false };
  }
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.ES2022, true);
  const makes = new Set<string>();
  const imports = new Set<string>();
  for (const statement of file.statements) {
    if (ts.isImportDeclaration(statement)) {
      const { name, namedBindings } = statement.importClause ?? {};
      if (name) imports.add(name.text);
      if (namedBindings && ts.isNamespaceImport(namedBindings)) imports.add(namedBindings.name.text);
      if (namedBindings && ts.isNamedImports(namedBindings))
        for (const { name: local } of namedBindings.elements) imports.add(local.text);
    } else if (ts.isVariableStatement(statement)) {
      for (const { name } of statement.declarationList.declarations) addBound(ts, name, makes);
    } else if (hasName(statement)) makes.add(statement.name.text);
  }
  return {
    makes,
    imports,
    mentions: mentionsOf(ts, file),
    onlyLooks: file.statements.length === 1 && looks(ts, file.statements[0]!),
    setsUp: file.statements.some((statement) => SETS_UP.test(statement.getText(file))),
  };
}

function hasName(statement: TypeScript.Statement): statement is TypeScript.Statement & { name: TypeScript.Identifier } {
  return "name" in statement && statement.name !== undefined && "text" in (statement.name as object);
}

/** `const { a, b: [c] } = …` makes `a` and `c`. */
function addBound(ts: typeof TypeScript, name: TypeScript.BindingName, into: Set<string>): void {
  if (ts.isIdentifier(name)) into.add(name.text);
  else for (const element of name.elements) if (ts.isBindingElement(element)) addBound(ts, element.name, into);
}

function mentionsOf(ts: typeof TypeScript, file: TypeScript.SourceFile): Set<string> {
  const mentions = new Set<string>();
  const visit = (node: TypeScript.Node): void => {
    if (ts.isIdentifier(node) && !isProperty(ts, node)) mentions.add(node.text);
    ts.forEachChild(node, visit);
  };
  visit(file);
  return mentions;
}

/** The second name of `a.b`, and the first of `{ b: 1 }`. */
function isProperty(ts: typeof TypeScript, node: TypeScript.Identifier): boolean {
  const { parent } = node;
  if (ts.isPropertyAccessExpression(parent)) return parent.name === node;
  return ts.isPropertyAssignment(parent) && parent.name === node;
}

function looks(ts: typeof TypeScript, statement: TypeScript.Statement): boolean {
  if (!ts.isExpressionStatement(statement)) return false;
  let { expression } = statement;
  if (ts.isAwaitExpression(expression)) expression = expression.expression;
  if (ts.isTaggedTemplateExpression(expression)) return expression.tag.getText() === "sql";
  while (ts.isPropertyAccessExpression(expression) || ts.isNonNullExpression(expression))
    expression = expression.expression;
  return ts.isIdentifier(expression);
}
