import { isBuiltin } from "node:module";
import path from "node:path";
import ts from "typescript";
import { withoutComments } from "./library-comments.cjs";
import { stoppableLoops } from "./loops.cjs";
import { textOfLibrary } from "./one-library.cjs";
import { OWN_NAME, OWN_ROOT } from "./own-copy.cjs";
import { valuesOfShorthands } from "./shorthand.cjs";
import { keepMap, withoutMapComment } from "./source-maps.cjs";

/** What tslab keeps of TypeScript's watch host: it waits for each new program. */
interface CellHost {
  readonly rootFiles: readonly string[];
  readonly options: ts.CompilerOptions;
  readonly system: ts.System;
  afterProgramCreate?: (builder: CellBuilder) => void;
}

/** As much of a builder program as tslab uses. */
interface CellBuilder {
  getProgram(): ts.Program;
  getSourceFile(name: string): ts.SourceFile | undefined;
  getAllDependencies(file: ts.SourceFile): readonly string[];
  emit(
    file: ts.SourceFile | undefined,
    write: (name: string, text: string) => void,
    cancellation: undefined,
    onlyDeclarations: undefined,
    transformers: ts.CustomTransformers,
  ): void;
}

interface Internals {
  bindSourceFile(file: ts.SourceFile, options: ts.CompilerOptions): void;
  getModeForUsageLocation: typeof ts.getModeForUsageLocation;
}
interface InternalProgram {
  getResolvedModuleFromModuleSpecifier(
    literal: ts.StringLiteralLike,
    file: ts.SourceFile,
  ): ts.ResolvedModuleWithFailedLookupLocations | undefined;
  emit(...args: [...Parameters<ts.Program["emit"]>, forceDeclarations: boolean]): ts.EmitResult;
}
const bindSourceFile = (ts as unknown as Internals).bindSourceFile;

export function createWatchCompilerHost(
  rootFiles: readonly string[],
  options: ts.CompilerOptions,
  system: ts.System,
): CellHost {
  return { rootFiles, options, system };
}

/** Whom to tell that a local file has changed, by its name. */
const changed = new Map<string, ts.FileWatcherCallback>();

/** Stands in for `ts.sys.watchFile`: remembers whom to tell. */
export function watchFile(name: string, callback: ts.FileWatcherCallback): ts.FileWatcher {
  changed.set(name, callback);
  return { close: () => void changed.delete(name) };
}

/**
 * Stands in for TypeScript's watch mode, through which tslab compiles cells: tslab puts new text into its two virtual files,
 * says "changed", and runs the timer that TypeScript sets. Here nothing is watched; a local file is read again when a cell
 * comes and its time has changed, a library is read once, and a program is made only when one is asked for.
 */
export function createWatchProgram(host: CellHost): { close(): void; updateRootFileNames(names: string[]): void } {
  const programs = new CellPrograms(host);
  programs.update();
  return { close: () => programs.close(), updateRootFileNames: (names) => programs.setRoots(names) };
}

/** What `strict` means for types; how the code runs stays as it is. */
const STRICT: ts.CompilerOptions = {
  strictNullChecks: true,
  noImplicitAny: true,
  strictFunctionTypes: true,
  strictBindCallApply: true,
  strictPropertyInitialization: true,
  noImplicitThis: true,
  useUnknownInCatchVariables: true,
};
let isStrict = false;

/** Whether programs that are made from now on are checked strictly. */
export function checkStrictly(on: boolean): void {
  isStrict = on;
}

/** Libraries: read and parsed once in the life of the kernel, or before it, by whoever built the snapshot it starts from. */
const libraries = new Map<string, ts.SourceFile>();

/** What libraries import, as far as it cannot change while a kernel runs: found before, or a module of Node's own. */
const resolvedForLibraries = new Map<string, ts.ResolvedModuleWithFailedLookupLocations>();

/** The library files read so far. */
export const libraryFiles = (): readonly string[] => [...libraries.keys()];

interface CachedFile {
  readonly file: ts.SourceFile;
  readonly modified: number | undefined;
  readonly text: string;
}

class CellPrograms {
  readonly #host: CellHost;
  readonly #virtual: ReadonlySet<string>;
  /** Files beside the notebook. */
  readonly #locals = new Map<string, CachedFile>();
  /** The cell, and the declarations of earlier ones, as far as parsed for the present update. */
  readonly #parsed = new Map<string, CachedFile>();
  /** Local files with an import that was not found: the package may have been installed since. */
  readonly #unresolved = new Set<string>();
  #resolutions: ts.ModuleResolutionCache | undefined;
  #roots: readonly string[];
  #program: ts.Program | undefined;
  #scheduled: unknown;

  constructor(host: CellHost) {
    this.#host = host;
    this.#roots = host.rootFiles;
    this.#virtual = new Set(host.rootFiles);
    for (const file of host.rootFiles) host.system.watchFile!(file, () => this.#schedule());
  }

  setRoots(names: readonly string[]): void {
    this.#roots = [...names];
    this.#schedule();
  }

  close(): void {
    for (const file of this.#virtual) changed.delete(file);
  }

  update(): void {
    const { system } = this.#host;
    for (const [name, cached] of this.#parsed) if (cached.text !== system.readFile(name)) this.#parsed.delete(name);
    for (const [name, cached] of this.#locals) {
      if (cached.modified === modifiedTime(name) && cached.modified !== undefined) continue;
      if (system.readFile(name) === cached.text) continue;
      this.#locals.delete(name);
      // Who imports it has taken what it was.
      for (const one of [name, ...this.#importersOf(name)])
        changed.get(one)?.(one, ts.FileWatcherEventKind.Changed);
    }
    this.#host.afterProgramCreate?.(this.#builder());
  }

  /** The files beside the notebook that import one of them, directly or not. */
  #importersOf(name: string): string[] {
    const program = this.#program;
    if (!program) return [];
    return [...this.#locals.keys()].filter((other) => {
      const file = other === name ? undefined : program.getSourceFile(other);
      return file !== undefined && localDependencies(program, file).has(name);
    });
  }

  /** tslab insists on at most one pending timer. */
  #schedule(): void {
    const { system } = this.#host;
    if (this.#scheduled !== undefined) system.clearTimeout!(this.#scheduled);
    this.#scheduled = system.setTimeout!(() => {
      this.#scheduled = undefined;
      this.update();
    }, 0);
  }

  #builder(): CellBuilder {
    let program: ts.Program | undefined;
    const getProgram = () => (program ??= this.#createProgram());
    return {
      getProgram,
      getSourceFile: (name) => {
        if (program || !this.#virtual.has(name)) return getProgram().getSourceFile(name);
        const file = this.#getSourceFile(name, { languageVersion: this.#host.options.target! });
        // tslab reads the cell's names off the bound file; the whole program is not needed for that.
        if (file) bindSourceFile(file, this.#host.options);
        return file;
      },
      getAllDependencies: (file) => [...localDependencies(getProgram(), file)],
      emit: (file, write, _cancellation, _only, transformers) => this.#emit(getProgram(), file, write, transformers),
    };
  }

  #emit(
    program: ts.Program,
    file: ts.SourceFile | undefined,
    write: (name: string, text: string) => void,
    transformers: ts.CustomTransformers,
  ): void {
    let map: string | undefined;
    const keepMaps = (name: string, text: string): void => {
      if (name.endsWith(".js.map")) {
        map = text;
        return;
      }
      const code = withoutMapComment(text);
      if (name.endsWith(".js")) keepMap(code, map);
      write(name, code);
    };
    valuesOfShorthands(program.getTypeChecker(), () => {
      const after = [...(transformers.after ?? []), stoppableLoops];
      // Declarations are forced: a type that cannot be named outside its module is no fault of a cell.
      (program as unknown as InternalProgram).emit(file, keepMaps, undefined, undefined, { ...transformers, after }, true);
    });
    // tslab's transformers have changed the trees.
    this.#parsed.clear();
  }

  #createProgram(): ts.Program {
    const { system } = this.#host;
    const options = isStrict ? { ...this.#host.options, ...STRICT } : this.#host.options;
    this.#resolutions ??= ts.createModuleResolutionCache(system.getCurrentDirectory(), (name) => name, options);
    let failed = false;
    const host: ts.CompilerHost = {
      getSourceFile: (name, version) => this.#getSourceFile(name, version),
      getDefaultLibFileName: (all) => ts.getDefaultLibFilePath(all),
      writeFile: () => {},
      getCurrentDirectory: () => system.getCurrentDirectory(),
      getCanonicalFileName: (name) => name,
      useCaseSensitiveFileNames: () => true,
      getNewLine: () => system.newLine,
      fileExists: (name) => this.#virtual.has(name) || system.fileExists(name),
      readFile: (name) => system.readFile(name),
      directoryExists: (name) => system.directoryExists(name),
      getDirectories: (name) => system.getDirectories(name),
      realpath: (name) => system.realpath?.(name) ?? name,
      getModuleResolutionCache: () => this.#resolutions,
      hasInvalidatedResolutions: (file) => this.#unresolved.has(file),
      resolveModuleNameLiterals: (literals, containing, redirect, all, file) =>
        literals.map((literal) => {
          const mode = ts.getModeForUsageLocation(file, literal, all);
          const key = `${mode} ${literal.text} ${containing}`;
          const before = isLibrary(containing) ? resolvedForLibraries.get(key) : undefined;
          if (before) return before;
          const resolveFrom = (from: string) =>
            ts.resolveModuleName(literal.text, from, all, system, this.#resolutions, redirect, mode);
          const here = resolveFrom(containing);
          const resolved =
            here.resolvedModule || literal.text !== OWN_NAME ? here : resolveFrom(path.join(OWN_ROOT, "__cell__.ts"));
          if (!resolved.resolvedModule && !isLibrary(containing)) {
            failed = true;
            this.#unresolved.add((file as unknown as { resolvedPath: string }).resolvedPath);
          }
          if (isLibrary(containing) && (resolved.resolvedModule || isBuiltin(literal.text)))
            resolvedForLibraries.set(key, resolved);
          return resolved;
        }),
    };
    const wereUnresolved = [...this.#unresolved];
    const program = ts.createProgram({ rootNames: this.#roots, options, host, oldProgram: this.#program });
    if (failed) this.#resolutions = undefined;
    else for (const file of wereUnresolved) this.#unresolved.delete(file);
    this.#program = program;
    return program;
  }

  #getSourceFile(name: string, version: ts.ScriptTarget | ts.CreateSourceFileOptions): ts.SourceFile | undefined {
    const library = isLibrary(name) && !this.#virtual.has(name);
    const known = library ? libraries.get(name) : (this.#parsed.get(name) ?? this.#locals.get(name))?.file;
    if (known) return known;
    const text = textOfLibrary(name) ?? this.#host.system.readFile(name);
    if (text === undefined) return undefined;
    const file = library ? withoutComments(name, text, version) : ts.createSourceFile(name, text, version);
    if (library) libraries.set(name, file);
    else if (this.#virtual.has(name)) this.#parsed.set(name, { file, text, modified: undefined });
    else {
      this.#locals.set(name, { file, text, modified: modifiedTime(name) });
      // tslab wants to know which of the notebook's files it must translate again.
      if (!changed.has(name)) this.#host.system.watchFile!(name, () => {});
    }
    return file;
  }
}

const isLibrary = (name: string) => name.includes("/node_modules/") || /\.d\.[cm]?ts$/.test(name);
const modifiedTime = (name: string) => ts.sys.getModifiedTime?.(name)?.getTime();

/** The cell's file and the files beside the notebook that it imports, directly or not. */
function localDependencies(program: ts.Program, file: ts.SourceFile, found = new Set<string>()): Set<string> {
  if (found.has(file.fileName)) return found;
  found.add(file.fileName);
  const { imports = [] } = file as unknown as { imports?: readonly ts.StringLiteralLike[] };
  for (const literal of imports) {
    const resolved = (program as unknown as InternalProgram).getResolvedModuleFromModuleSpecifier(
      literal,
      file,
    )?.resolvedModule;
    const next = resolved && program.getSourceFile(resolved.resolvedFileName);
    if (next && !next.isDeclarationFile) localDependencies(program, next, found);
  }
  return found;
}
