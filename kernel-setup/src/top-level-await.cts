import ts from "typescript";

/** Where a cell awaits outside every function: `await x`, `for await`, `await using`. */
export function topLevelAwaits(file: ts.SourceFile): number[] {
  const found: number[] = [];
  const walk = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) || ts.isModuleDeclaration(node)) return;
    if (ts.isClassLike(node)) {
      node.heritageClauses?.forEach(walk);
      for (const { name } of node.members) if (name && ts.isComputedPropertyName(name)) walk(name);
      return;
    }
    if (ts.isAwaitExpression(node)) found.push(node.getStart(file));
    else if (ts.isForOfStatement(node) && node.awaitModifier) found.push(node.awaitModifier.getStart(file));
    else if (ts.isVariableDeclarationList(node) && (node.flags & ts.NodeFlags.AwaitUsing) === ts.NodeFlags.AwaitUsing) {
      found.push(node.getStart(file));
    }
    ts.forEachChild(node, walk);
  };
  walk(file);
  return found;
}
