import Module from "node:module";
import path from "node:path";
import ts from "typescript";
import { readComments } from "./library-comments.cjs";
import { CELL_LIBRARIES } from "./one-library.cjs";
import { createWatchCompilerHost, createWatchProgram, watchFile } from "./program.cjs";
import { valuesOfShorthands, visitEachChild } from "./shorthand.cjs";
import { keepMap, takeMapOf, withoutMapComment } from "./source-maps.cjs";
import { topLevelAwaits } from "./top-level-await.cjs";

const FORK = "@tslab/typescript-for-tslab";
const AWAIT_OUTSIDE_ASYNC = 1308;
const OUTSIDE_FOLDER = 6059;

/** The functions that TypeScript has but does not declare, as far as we need them. */
interface Internals {
  nullTransformationContext: ts.TransformationContext;
  getTouchingPropertyName(file: ts.SourceFile, position: number): ts.Node;
  getContainerNode(node: ts.Node): ts.Node | undefined;
  createTextSpanFromNode(node: ts.Node, file: ts.SourceFile): ts.TextSpan;
  typeToDisplayParts(checker: ts.TypeChecker, type: ts.Type, container?: ts.Node): ts.SymbolDisplayPart[];
  SymbolDisplay: {
    getSymbolDisplayPartsDocumentationAndSymbolKind(
      checker: ts.TypeChecker,
      symbol: ts.Symbol,
      file: ts.SourceFile,
      container: ts.Node | undefined,
      node: ts.Node,
    ): Pick<ts.QuickInfo, "documentation" | "tags"> & {
      displayParts: ts.SymbolDisplayPart[];
      symbolKind: ts.ScriptElementKind;
    };
    getSymbolModifiers(checker: ts.TypeChecker, symbol: ts.Symbol): string;
  };
  Completions: {
    getCompletionsAtPosition(
      host: unknown,
      program: ts.Program,
      log: () => void,
      file: ts.SourceFile,
      position: number,
      preferences: ts.UserPreferences,
      trigger: undefined,
      kind: unknown,
      cancellation: unknown,
    ): ts.CompletionInfo | undefined;
  };
}
const internal = ts as unknown as Internals;
const isCell = (file: ts.SourceFile) => /[\\/]__tslab__\.[jt]s$/.test(file.fileName);

/**
 * Makes tslab run on stock TypeScript instead of its own fork of 5.0: stands in for the fork's extra functions, and for
 * TypeScript's watch mode, which tslab abuses to compile cells. To be called before the first part of tslab is loaded.
 */
export function standInForFork(): typeof ts {
  const stand = fork();
  const loader = Module as unknown as { _load(request: string, ...rest: unknown[]): unknown };
  const load = loader._load;
  loader._load = function (this: unknown, request, ...rest) {
    return request === FORK ? stand : load.call(this, request, ...rest);
  };
  return ts;
}

let made: object | undefined;

/** What tslab takes for its fork. */
export function fork(): object {
  return (made ??= makeFork());
}

function makeFork(): object {
  return {
    ...ts,
    // TypeScript remembers the working directory; a kernel from a snapshot has another one than the process that built it.
    sys: Object.assign(Object.create(ts.sys) as ts.System, { watchFile, getCurrentDirectory: () => process.cwd() }),
    getNullTransformationContext: () => internal.nullTransformationContext,
    getDefaultTypeRoots,
    getPreEmitDiagnosticsOfFiles,
    getQuickInfoAtPosition,
    Completions: { ...internal.Completions, getCompletionsAtPositionForTslab },
    visitEachChild,
    transpileModule,
    createWatchCompilerHost: (rootFiles: string[], options: ts.CompilerOptions, system: ts.System) =>
      createWatchCompilerHost(rootFiles, tune(options), system),
    createWatchProgram,
  };
}

/** tslab's compiler options, brought to this decade. Cells are not strict: a notebook is a sketch. */
function tune({ noImplicitUseStrict: _gone, ...options }: ts.CompilerOptions): ts.CompilerOptions {
  return {
    ...options,
    moduleResolution: ts.ModuleResolutionKind.Bundler,
    customConditions: ["node"],
    // The second step, to CommonJS, goes down to ES2022: `using` must live until tslab has found the last expression.
    target: ts.ScriptTarget.ESNext,
    // Nobody looks for a package that stands in for each of TypeScript's own libraries.
    libReplacement: false,
    lib: [...CELL_LIBRARIES],
    types: ["node"],
    typeRoots: [...(options.typeRoots ?? []), ...nodeTypeRoots()],
    sourceMap: true,
    strict: process.env.ALPHABOOK_STRICT === "1",
  };
}

/** Where @types/node lies for tslab: a notebook's folder need not have its own. */
function nodeTypeRoots(): string[] {
  const tslab = path.dirname(require.resolve("tslab/package.json"));
  try {
    return [path.dirname(path.dirname(require.resolve("@types/node/package.json", { paths: [tslab] })))];
  } catch {
    return [];
  }
}

function getDefaultTypeRoots(folder: string): string[] {
  const roots: string[] = [];
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    const root = path.join(at, "node_modules", "@types").replaceAll("\\", "/");
    if (ts.sys.directoryExists(root)) roots.push(root);
    if (at === path.dirname(at)) return roots;
  }
}

/** Diagnostics of a cell and its local files. A cell with wrong syntax tells only that. What its declarations cannot name is no error. */
function getPreEmitDiagnosticsOfFiles(program: ts.Program, files: readonly ts.SourceFile[]): readonly ts.Diagnostic[] {
  const syntactic = files.flatMap((file) => program.getSyntacticDiagnostics(file));
  if (syntactic.length > 0) return ts.sortAndDeduplicateDiagnostics(syntactic);
  const semantic = files.flatMap((file): readonly ts.Diagnostic[] => program.getSemanticDiagnostics(file));
  // tslab learns from this diagnostic that a cell awaits at its top level; it is shown to nobody.
  const awaits = files.filter(isCell).flatMap((file) =>
    topLevelAwaits(file).map((start) => ({
      file,
      start,
      length: "await".length,
      code: AWAIT_OUTSIDE_ASYNC,
      category: ts.DiagnosticCategory.Error,
      messageText: "await at the top level",
    })),
  );
  return ts.sortAndDeduplicateDiagnostics([...semantic.map(inOurWords), ...awaits]);
}

/** Cells know no "rootDir": it is the notebook's folder, which tslab cannot leave. */
function inOurWords(diagnostic: ts.Diagnostic): ts.Diagnostic {
  if (diagnostic.code !== OUTSIDE_FOLDER) return diagnostic;
  const messageText =
    "Cannot import a TypeScript file from outside the notebook's folder: put it beside the notebook, or into a package";
  return { ...diagnostic, messageText };
}

/** The step from ES modules to CommonJS; keeps lines, leaves cells sloppy, and remembers the source map of its result. */
function transpileModule(source: string, options: ts.TranspileOptions): ts.TranspileOutput {
  const { noImplicitUseStrict: _gone, ...compilerOptions } = options.compilerOptions ?? {};
  const result = ts.transpileModule(source, { ...options, compilerOptions: { ...compilerOptions, sourceMap: true } });
  const outputText = withoutMapComment(result.outputText).replace(/^"use strict";/, "");
  keepMap(outputText, result.sourceMapText, takeMapOf(source));
  return { ...result, outputText };
}

function getCompletionsAtPositionForTslab(
  _emptyHost: unknown,
  program: ts.Program,
  log: () => void,
  file: ts.SourceFile,
  position: number,
  preferences: ts.UserPreferences,
  trigger: undefined,
  kind: unknown,
  cancellation: unknown,
): ts.CompletionInfo | undefined {
  try {
    const host = serviceHost(program);
    return internal.Completions.getCompletionsAtPosition(
      host,
      program,
      log,
      file,
      position,
      preferences,
      trigger,
      kind,
      cancellation,
    );
  } catch {
    // In half-written code the language service may run into what its authors did not expect: then there is nothing to offer.
    return undefined;
  }
}

function serviceHost(program: ts.Program): ts.LanguageServiceHost {
  return {
    getCompilationSettings: () => program.getCompilerOptions(),
    getCurrentDirectory: () => program.getCurrentDirectory(),
    useCaseSensitiveFileNames: () => true,
    getScriptFileNames: () => [],
    getScriptVersion: () => "1",
    getScriptSnapshot: () => undefined,
    getDefaultLibFileName: ts.getDefaultLibFilePath,
    fileExists: ts.sys.fileExists,
    readFile: ts.sys.readFile,
    readDirectory: ts.sys.readDirectory,
    directoryExists: ts.sys.directoryExists,
    getDirectories: ts.sys.getDirectories,
    realpath: ts.sys.realpath,
  };
}

function getQuickInfoAtPosition(
  file: ts.SourceFile,
  checker: ts.TypeChecker,
  _cancellation: unknown,
  position: number,
): ts.QuickInfo | undefined {
  const touched = internal.getTouchingPropertyName(file, position);
  if (touched === file) return undefined;
  const node =
    ts.isNewExpression(touched.parent) && touched.pos === touched.parent.pos ? touched.parent.expression : touched;
  const symbol = valuesOfShorthands(checker, () => checker.getSymbolAtLocation(node));
  if (!symbol || checker.isUnknownSymbol(symbol)) return undefined;
  readComments(symbol);
  const container = internal.getContainerNode(node);
  const info = internal.SymbolDisplay.getSymbolDisplayPartsDocumentationAndSymbolKind(
    checker,
    symbol,
    file,
    container,
    node,
  );
  return {
    kind: info.symbolKind,
    kindModifiers: internal.SymbolDisplay.getSymbolModifiers(checker, symbol),
    textSpan: internal.createTextSpanFromNode(node, file),
    displayParts: info.displayParts,
    documentation: info.documentation,
    tags: info.tags,
  };
}
