import ts from "typescript";

/**
 * `ts.visitEachChild` for tslab's transformer, which turns a variable `ic` of an earlier cell into `exports.ic`: in
 * `{ ic }`, and in `({ ic } = result)`, that is `{ ic: exports.ic }`. The text of the cell stays as it is, and so do positions.
 * The key in `{ ic: value }` is no variable, whichever cell declared the type that has it.
 */
export function visitEachChild(
  node: ts.Node,
  visitor: ts.Visitor,
  ...rest: [context: ts.TransformationContext]
): ts.Node {
  if (!ts.isShorthandPropertyAssignment(node)) {
    const key = keyOf(node);
    return ts.visitEachChild(node, key ? (child) => (child === key ? child : visitor(child)) : visitor, ...rest);
  }
  const value = visitor(node.name) as ts.Expression;
  if (value === node.name) return ts.visitEachChild(node, visitor, ...rest);
  const fallback =
    node.objectAssignmentInitializer && (ts.visitNode(node.objectAssignmentInitializer, visitor) as ts.Expression);
  const target = fallback ? ts.factory.createAssignment(value, fallback) : value;
  const assignment = ts.factory.createPropertyAssignment(ts.factory.createIdentifier(node.name.text), target);
  return ts.setOriginalNode(ts.setTextRange(assignment, node), node);
}

function keyOf(node: ts.Node): ts.Identifier | undefined {
  const name = ts.isBindingElement(node) ? node.propertyName : ts.isPropertyAssignment(node) ? node.name : undefined;
  return name && ts.isIdentifier(name) ? name : undefined;
}

/** While `work` runs, the symbol of the name in `{ ic }` is the variable's, not the property's. */
export function valuesOfShorthands<Result>(checker: ts.TypeChecker, work: () => Result): Result {
  const original = checker.getSymbolAtLocation;
  checker.getSymbolAtLocation = (node) =>
    node.parent && ts.isShorthandPropertyAssignment(node.parent) && node.parent.name === node
      ? checker.getShorthandAssignmentValueSymbol(node.parent)
      : original(node);
  try {
    return work();
  } finally {
    checker.getSymbolAtLocation = original;
  }
}
