import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const { config } = ts.readConfigFile(path.join(root, "tsconfig.json"), (file) => ts.sys.readFile(file)) as {
  config: unknown;
};
const { fileNames, options } = ts.parseJsonConfigFileContent(config, ts.sys, root);
const program = ts.createProgram(fileNames, options);
const checker = program.getTypeChecker();

/** The texts of a list that is written out, or put together of such lists; undefined when it comes from a caller. */
function textsOf(node: ts.Expression): string[] | undefined {
  if (ts.isAsExpression(node) || ts.isSatisfiesExpression(node) || ts.isParenthesizedExpression(node))
    return textsOf(node.expression);
  if (ts.isStringLiteral(node)) return [node.text];
  if (ts.isArrayLiteralExpression(node)) {
    const parts = node.elements.map((one) => textsOf(ts.isSpreadElement(one) ? one.expression : one));
    return parts.includes(undefined) ? undefined : (parts as string[][]).flat();
  }
  if (!ts.isIdentifier(node)) return undefined;
  let symbol = checker.getSymbolAtLocation(node);
  if (symbol && symbol.flags & ts.SymbolFlags.Alias) symbol = checker.getAliasedSymbol(symbol);
  const declaration = symbol?.valueDeclaration;
  return declaration && ts.isVariableDeclaration(declaration) && declaration.initializer
    ? textsOf(declaration.initializer)
    : undefined;
}

/** A call of `refuseUnknownOptions`. */
interface Refusal {
  readonly place: string;
  /** Options of the type that its list does not have. */
  readonly missing: readonly string[];
}

function refusalsIn(file: ts.SourceFile): Refusal[] {
  const found: Refusal[] = [];
  const visit = (node: ts.Node): void => {
    ts.forEachChild(node, visit);
    if (!ts.isCallExpression(node) || node.expression.getText(file) !== "refuseUnknownOptions") return;
    const [, given, list] = node.arguments;
    const known = textsOf(list!);
    const type = checker.getNonNullableType(checker.getTypeAtLocation(given!));
    const properties = type.getProperties().map(({ name }) => name);
    if (known === undefined || properties.length === 0) return;
    const line = file.getLineAndCharacterOfPosition(node.getStart(file)).line + 1;
    found.push({
      place: `${path.relative(root, file.fileName)}:${line}`,
      missing: properties.filter((name) => !known.includes(name)),
    });
  };
  visit(file);
  return found;
}

describe("the options that a function knows", () => {
  const refusals = program
    .getSourceFiles()
    .filter(({ fileName }) => fileName.startsWith(path.join(root, "src")))
    .flatMap(refusalsIn);

  it("are all those of its type: none that is documented is refused as unknown", () => {
    expect(refusals.length).toBeGreaterThan(100);
    expect(refusals.filter(({ missing }) => missing.length > 0)).toEqual([]);
  });
});
