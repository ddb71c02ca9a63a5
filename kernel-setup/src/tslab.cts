import type ts from "typescript";

/** Position in a cell's text; line and character count from 0. */
export interface Position {
  readonly offset: number;
  readonly line: number;
  readonly character: number;
}

export interface Diagnostic {
  readonly start: Position;
  readonly end: Position;
  readonly messageText: string;
  readonly category: number;
  readonly code: number;
  /** Undefined for the cell itself; else relative to the notebook's folder. */
  readonly fileName?: string;
}

/** What tslab makes of one cell. */
export interface Converted {
  readonly diagnostics: readonly Diagnostic[];
  /** CommonJS. */
  output?: string;
  /** Declarations of all variables that the next cell sees. */
  declOutput?: string;
  readonly hasToplevelAwait?: boolean;
  /** The notebook's own files that the cell imports, as JavaScript, if they were not given before. */
  sideOutputs?: readonly { readonly path: string; readonly data: string }[];
  readonly lastExpressionVar?: string;
}

export interface Completion {
  start: number;
  end: number;
  candidates: string[];
  original?: ts.CompletionInfo;
}

/** tslab 1.0.22's converter: TypeScript of one cell to JavaScript and declarations. */
export interface Converter {
  convert(previousDeclarations: string, source: string): Converted;
  inspect(previousDeclarations: string, source: string, position: number): ts.QuickInfo | undefined;
  complete(previousDeclarations: string, source: string, position: number): Completion;
  addModule(name: string, content: string, meta: unknown): Diagnostic[];
  close(): void;
}

/** tslab 1.0.22's executor: runs converted cells on one object of shared variables. */
export interface Executor {
  execute(source: string): Promise<boolean>;
  inspect(source: string, position: number): ts.QuickInfo | undefined;
  complete(source: string, position: number): Completion;
  readonly locals: Record<string, unknown>;
  interrupt(): void;
  close(): void;
}

interface Parts {
  "converter.js": {
    createConverter(options: { isJS: boolean; isBrowser: boolean }): Converter;
    isCompleteCode(code: string): { completed: boolean; indent?: string };
  };
  "executor.js": {
    createExecutor(
      rootDir: string,
      converters: { readonly node: Converter; readonly browser: Converter; close(): void },
      console: { log(value: unknown): void; error(...args: unknown[]): void },
    ): Executor;
  };
  "inspect.js": { printQuickInfo(info: ts.QuickInfo): string };
  "jupyter.js": { lastWriteDisplayData: ((content: DisplayData, update?: boolean) => void) | null };
}

export interface DisplayData {
  readonly data: Record<string, unknown>;
  readonly metadata: Record<string, unknown>;
  readonly transient: { readonly display_id?: string };
}

/** A part of tslab. To be called only after `standInForFork`, or tslab starts on its own TypeScript. */
export function tslabPart<Name extends keyof Parts>(name: Name): Parts[Name] {
  return require(`tslab/dist/${name}`) as Parts[Name];
}
