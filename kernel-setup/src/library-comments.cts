import ts from "typescript";

interface Commented {
  jsDoc?: unknown;
}

/** Library files whose comments nobody has asked for yet. */
const uncommented = new WeakSet<ts.SourceFile>();

/** Parses a library file but for its doc comments: a fifth of the work, needed only when somebody inspects a name. */
export function withoutComments(
  name: string,
  text: string,
  version: ts.ScriptTarget | ts.CreateSourceFileOptions,
): ts.SourceFile {
  const options = typeof version === "object" ? version : { languageVersion: version };
  const file = ts.createSourceFile(name, text, { ...options, jsDocParsingMode: ts.JSDocParsingMode.ParseNone });
  uncommented.add(file);
  return file;
}

/** Gives the files that declare `symbol` their doc comments. */
export function readComments(symbol: ts.Symbol): void {
  for (const declaration of symbol.declarations ?? []) {
    const file = declaration.getSourceFile();
    if (!uncommented.delete(file)) continue;
    takeComments(file, ts.createSourceFile(file.fileName, file.text, file.languageVersion, true));
  }
}

/** Both are the tree of one text, so they are walked in step. */
function takeComments(node: ts.Node, commented: ts.Node): void {
  const { jsDoc } = commented as Commented;
  if (jsDoc) (node as Commented).jsDoc = jsDoc;
  const children = childrenOf(commented);
  childrenOf(node).forEach((child, i) => takeComments(child, children[i]!));
}

function childrenOf(node: ts.Node): ts.Node[] {
  const children: ts.Node[] = [];
  ts.forEachChild(node, (child) => void children.push(child));
  return children;
}
