import { readFileSync, statSync } from "node:fs";
import path from "node:path";
import ts from "typescript";

/** The names that a cell took from a file beside the notebook, and how the file and those it imports were then. */
interface LocalImport {
  readonly specifier: string;
  readonly names: readonly string[];
  readonly cell: number;
  readonly times: ReadonlyMap<string, number>;
}

/**
 * Files beside the notebook that cells imported. An edit is read by the next `import` of the file; names imported before keep
 * the old version, and a cell that uses one is told so.
 */
export class LocalImports {
  readonly #folder: string;
  /** By the name in cells. */
  readonly #imports = new Map<string, LocalImport>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Before a cell runs: what to say of names it uses whose file has changed since; each change of a file is said once. */
  stale(code: string): string[] {
    if (this.#imports.size === 0) return [];
    const again = new Set(importsOf(code).map(({ specifier }) => specifier));
    const said = new Map<string, string>();
    for (const [name, found] of this.#imports) {
      if (again.has(found.specifier) || !mentions(code, name)) continue;
      const edited = [...found.times].find(([file, then]) => timeOf(file) !== then)?.[0];
      if (edited === undefined) continue;
      const file = path.relative(this.#folder, edited);
      said.set(
        found.specifier,
        `${file} has changed since cell [${found.cell}] imported it: this cell runs with the old "${name}"\n` +
          `  run the import again: import { ${found.names.join(", ")} } from "${found.specifier}"\n`,
      );
      for (const other of found.names) this.#imports.set(other, { ...found, times: this.#timesOf(found.specifier) });
    }
    return [...said.values()];
  }

  /** After a cell's imports have been made. */
  note(code: string, cell: number): void {
    for (const { specifier, names } of importsOf(code)) {
      const times = this.#timesOf(specifier);
      for (const name of names) this.#imports.set(name, { specifier, names, cell, times });
    }
  }

  #timesOf(specifier: string): Map<string, number> {
    const times = new Map<string, number>();
    addFile(path.resolve(this.#folder, specifier), times);
    return times;
  }
}

/** What code imports from files, by relative paths. */
function importsOf(code: string): { specifier: string; names: string[] }[] {
  if (!/\bimport\b[^]*["']\.\.?\//.test(code)) return [];
  const file = ts.createSourceFile("cell.ts", code, ts.ScriptTarget.Latest);
  return file.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) || !ts.isStringLiteral(statement.moduleSpecifier)) return [];
    const { text: specifier } = statement.moduleSpecifier;
    if (!specifier.startsWith(".")) return [];
    const { name, namedBindings: bindings } = statement.importClause ?? {};
    const others = !bindings
      ? []
      : ts.isNamespaceImport(bindings)
        ? [bindings.name.text]
        : bindings.elements.map((element) => element.name.text);
    return [{ specifier, names: [...(name ? [name.text] : []), ...others] }];
  });
}

/** The file of a path as imports write it, and the files that it imports by such paths. */
function addFile(written: string, times: Map<string, number>): void {
  const stem = written.replace(/\.js$/, "");
  const file = [stem, `${stem}.ts`, `${stem}.tsx`, `${stem}.js`, `${written}/index.ts`].find((name) => isFile(name));
  if (file === undefined || times.has(file)) return;
  times.set(file, timeOf(file)!);
  if (!/\.tsx?$/.test(file)) return;
  for (const { fileName } of ts.preProcessFile(readFileSync(file, "utf8")).importedFiles)
    if (fileName.startsWith(".")) addFile(path.resolve(path.dirname(file), fileName), times);
}

const isFile = (name: string) => statSync(name, { throwIfNoEntry: false })?.isFile() === true;
const timeOf = (file: string) => statSync(file, { throwIfNoEntry: false })?.mtimeMs;
const mentions = (code: string, name: string) =>
  new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}(?![\\w$])`).test(code);
