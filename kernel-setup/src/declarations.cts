import ts from "typescript";

/**
 * The declarations that stay after a cell has thrown: those of earlier cells, and of its own what it reached before the error.
 * @param declarations What the cell would have left, as `.d.ts` text. @param earlier What was there before it.
 */
export function reachedDeclarations(
  declarations: string,
  earlier: string,
  isDefined: (name: string) => boolean,
): string {
  const file = ts.createSourceFile("kept.d.ts", declarations, ts.ScriptTarget.Latest, true);
  const kept = (variable: ts.VariableDeclaration) =>
    isDefined(variable.name.getText(file)) || earlier.includes(variable.getText(file));
  return file.statements
    .map((statement) => {
      if (!ts.isVariableStatement(statement)) return statement.getFullText(file);
      const all = statement.declarationList.declarations;
      const reached = all.filter(kept);
      if (reached.length === 0) return "";
      const head = declarations.slice(statement.getStart(file), all[0]!.getStart(file));
      return `\n${head}${reached.map((variable) => variable.getText(file)).join(", ")};`;
    })
    .join("");
}
