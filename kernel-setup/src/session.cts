import { AsyncLocalStorage } from "node:async_hooks";
import { existsSync, statSync } from "node:fs";
import vm from "node:vm";
import { BRIDGE, type CellInfo, type KernelBridge, type Magic } from "./bridge.cjs";
import { completeLiteral } from "./completion.cjs";
import { reachedDeclarations } from "./declarations.cjs";
import { Display, wireBundle, type Shown } from "./display.cjs";
import { describeError, KeyboardInterrupt, TypeScriptError } from "./errors.cjs";
import { Hooks } from "./hooks.cjs";
import { NativeImports } from "./imports.cjs";
import { findMagic, getMagic } from "./magics.cjs";
import { forgetFreshMaps, publishMap } from "./source-maps.cjs";
import { showCellLinesInStacks } from "./stack.cjs";
import { Streams } from "./streams.cjs";
import { tslabPart, type Converter, type Executor } from "./tslab.cjs";
import { standInForFork } from "./typescript.cjs";
import type { CellError } from "./wire.cjs";

/** How long an interrupted cell may take to end by itself, by its signal, before it is left. */
const INTERRUPT_GRACE_MS = 100;
/** How tslab wraps a cell before it runs it. */
const CELL_CODE = /^\((?:async )?function\(exports, require\) \{ /;
const LAST_EXPRESSION = /^tsLastExpr\d*$/;

export interface CellRequest<Parent> {
  readonly code: string;
  readonly executionCount: number;
  readonly cellId?: string;
  /** Without a result shown. */
  readonly silent: boolean;
  /** The message whose outputs these are. */
  readonly parent: Parent;
}

/** Sends an output under the cell that `parent` asked for. */
export type Emit<Parent> = (type: string, content: Record<string, unknown>, parent: Parent) => void;

interface CellRun<Parent> {
  readonly info: CellInfo;
  readonly parent: Parent;
  readonly silent: boolean;
  readonly abort: AbortController;
  /** Rejects when the cell is left because of an interrupt. */
  readonly left: Promise<never>;
  leave(reason: KeyboardInterrupt): void;
  /** The cell's name in stacks. */
  readonly file: string;
}

interface Shared {
  readonly exports: Record<string, unknown>;
  readonly require: NodeJS.Require;
}

/** One notebook's life: cells share variables, outputs go under their cell, libraries find the bridge. */
export class Session<Parent> {
  readonly hooks = new Hooks();
  readonly display = new Display();
  readonly magics = new Map<string, Magic>();
  readonly bridge: KernelBridge;
  readonly #emit: Emit<Parent>;
  readonly #streams: Streams<CellRun<Parent>>;
  readonly #imports: NativeImports;
  readonly #converter: Converter;
  readonly #executor: Executor;
  readonly #context = new AsyncLocalStorage<CellRun<Parent>>();
  readonly #idle = new AbortController();
  readonly #files = new Set<string>();
  #last: CellRun<Parent> | undefined;
  #running: CellRun<Parent> | undefined;
  /** Declarations after a cell that threw, until the next that does not. */
  #kept: string | undefined;
  #attempt: { earlier: string; declarations?: string; failure?: TypeScriptError } = { earlier: "" };
  #thrown: { readonly value: unknown } | undefined;
  #displays: Promise<void>[] = [];

  /** @param folder The notebook's folder, which must be the working directory. */
  constructor(folder: string, emit: Emit<Parent>) {
    this.#emit = emit;
    standInForFork();
    showCellLinesInStacks();
    const owner = () => this.#context.getStore() ?? this.#last;
    this.#streams = new Streams(owner, (name, text, run) => emit("stream", { name, text }, run.parent));
    this.#imports = new NativeImports(folder);
    const create = (isBrowser: boolean) => tslabPart("converter.js").createConverter({ isJS: false, isBrowser });
    this.#converter = this.#wrapConverter(create(false));
    let browser: Converter | undefined;
    const converters = {
      node: this.#converter,
      get browser() {
        return (browser ??= create(true));
      },
      close: () => browser?.close(),
    };
    this.#executor = tslabPart("executor.js").createExecutor(folder, converters, {
      log: (value) => this.#displays.push(this.#showResult(value)),
      error: (...args) => {
        // Diagnostics come with a format; they are taken where they arise.
        if (args.length === 1) this.#thrown = { value: args[0] };
      },
    });
    this.#wrapRequire();
    this.#wrapCellCode();
    tslabPart("jupyter.js").lastWriteDisplayData = (content, update) =>
      this.#output(update ? "update_display_data" : "display_data", { ...content });
    this.bridge = this.#makeBridge();
    (globalThis as Record<symbol, unknown>)[BRIDGE] = this.bridge;
    // TypeScript reads and checks its libraries now, not in the first cell.
    this.#converter.convert("", "0");
    forgetFreshMaps();
  }

  /** From now on what the process prints goes under cells. */
  captureStreams(): void {
    this.#streams.capture();
  }

  flush(): void {
    this.#streams.flush();
  }

  get variables(): Readonly<Record<string, unknown>> {
    return this.bridge.variables;
  }

  /**
   * Runs a cell and sends its outputs, an error's too.
   * @returns What it threw, as described to the user; undefined when it went well.
   */
  async execute(request: CellRequest<Parent>): Promise<CellError | undefined> {
    const run = this.#startRun(request);
    return this.#context.run(run, async () => {
      let failure: { readonly value: unknown } | undefined;
      try {
        await this.hooks.run("cellStart", run.info);
        await this.#runCell(run);
      } catch (value) {
        failure = { value: this.#asInterrupt(run, value) };
      }
      this.#running = undefined;
      const error = failure && describeError(run.abort.signal.aborted ? new KeyboardInterrupt() : failure.value);
      if (error) this.#output("error", { ...error });
      await this.hooks.run("cellEnd", failure ? { ...run.info, error: failure.value } : run.info);
      this.flush();
      return error;
    });
  }

  /** Stops the running cell: its signal is aborted, and if that does not end it, it is left. */
  interrupt(): void {
    const run = this.#running;
    if (!run || run.abort.signal.aborted) return;
    const reason = new KeyboardInterrupt();
    run.abort.abort(reason);
    setTimeout(() => {
      if (this.#running !== run) return;
      run.leave(reason);
      this.#executor.interrupt();
    }, INTERRUPT_GRACE_MS);
  }

  complete(code: string, position: number): { start: number; end: number; candidates: readonly string[] } {
    if (findMagic(code)) return { start: position, end: position, candidates: [] };
    return completeLiteral(code, position, this.#executor.complete(code, position));
  }

  /** Signature and documentation of what stands at a position; undefined when nothing is known there. */
  inspect(code: string, position: number): string | undefined {
    if (findMagic(code)) return undefined;
    const info = this.#executor.inspect(code, position) ?? (position > 0 ? this.#executor.inspect(code, position - 1) : undefined);
    return info && tslabPart("inspect.js").printQuickInfo(info);
  }

  isComplete(code: string): { completed: boolean; indent?: string } {
    return findMagic(code) ? { completed: true } : tslabPart("converter.js").isCompleteCode(code);
  }

  show(value: unknown): Promise<Shown> {
    return this.display.show(value);
  }

  #startRun({ code, executionCount, cellId, silent, parent }: CellRequest<Parent>): CellRun<Parent> {
    const notebook = notebookPath();
    let leave!: (reason: KeyboardInterrupt) => void;
    const left = new Promise<never>((_resolve, reject) => (leave = reject));
    left.catch(() => {});
    const info = { ...(cellId !== undefined && { id: cellId }), executionCount, code, ...(notebook !== undefined && { notebook }) };
    const run: CellRun<Parent> = { info, parent, silent, abort: new AbortController(), left, leave, file: this.#cellFile(executionCount) };
    this.#running = this.#last = run;
    this.#thrown = undefined;
    this.#displays = [];
    return run;
  }

  /** `cell [3]`; cells that share a number get a letter, so that each keeps its own lines. */
  #cellFile(executionCount: number): string {
    let name = `cell [${executionCount}]`;
    for (let n = 2; this.#files.has(name); n++) name = `cell [${executionCount}.${n}]`;
    this.#files.add(name);
    return name;
  }

  async #runCell(run: CellRun<Parent>): Promise<void> {
    const orLeft = <Result,>(work: Promise<Result>) => Promise.race([work, run.left]);
    const magic = findMagic(run.info.code);
    if (magic) {
      const call = await orLeft(getMagic(magic.name, this.magics, this.#imports.import));
      const value = await orLeft(Promise.resolve(call(magic.body, magic.line)));
      if (value !== undefined && value !== null) await orLeft(this.#showResult(value));
      return;
    }
    await orLeft(this.#imports.load(run.info.code));
    this.#attempt = { earlier: this.#attempt.earlier };
    const ok = await this.#executor.execute(run.info.code);
    if (ok) this.#kept = undefined;
    else this.#keepReached();
    await orLeft(Promise.all(this.#displays));
    if (this.#attempt.failure) throw this.#attempt.failure;
    if (this.#thrown) throw this.#thrown.value;
  }

  /** As Python keeps the names that were bound before an error. */
  #keepReached(): void {
    const { earlier, declarations } = this.#attempt;
    if (declarations === undefined) return;
    this.#kept = reachedDeclarations(declarations, earlier, (name) => this.#executor.locals[name] !== undefined);
  }

  #asInterrupt(run: CellRun<Parent>, value: unknown): unknown {
    const { code, message } = (value ?? {}) as { code?: unknown; message?: unknown };
    // The first is Node's, for code that runs without a pause; the second is tslab's.
    const byNode = code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
    if (byNode && !run.abort.signal.aborted) run.abort.abort(new KeyboardInterrupt());
    return byNode || message === "Interrupted asynchronously" ? run.abort.signal.reason : value;
  }

  async #showResult(value: unknown): Promise<void> {
    const run = this.#context.getStore() ?? this.#last;
    if (run?.silent) return;
    const shown = await this.show(value);
    this.#output("execute_result", { ...shown, execution_count: run?.info.executionCount ?? 0 });
  }

  #output(type: string, content: Record<string, unknown>): void {
    const run = this.#context.getStore() ?? this.#last;
    if (!run) return;
    this.flush();
    this.#emit(type, content, run.parent);
  }

  #wrapConverter(converter: Converter): Converter {
    const earlier = (given: string) => this.#kept ?? given;
    return {
      ...converter,
      convert: (given, source) => {
        const converted = converter.convert(earlier(given), source);
        const run = this.#running;
        const { diagnostics } = converted;
        this.#attempt = { earlier: earlier(given) };
        if (diagnostics.length > 0) this.#attempt.failure = new TypeScriptError(diagnostics, source, run?.file ?? "cell");
        else this.#attempt.declarations = converted.declOutput ?? "";
        if (run && converted.output !== undefined) publishMap(run.file, converted.output);
        for (const { path, data } of converted.sideOutputs ?? []) publishMap(path, data, sourceOf(path));
        forgetFreshMaps();
        return converted;
      },
      inspect: (given, source, position) => converter.inspect(earlier(given), source, position),
      complete: (given, source, position) => converter.complete(earlier(given), source, position),
    };
  }

  #wrapRequire(): void {
    const box = globalThis as unknown as { __tslab__: Shared };
    const { exports, require } = box.__tslab__;
    box.__tslab__ = { exports, require: this.#imports.wrap(require) };
  }

  /** Gives cell code its name in stacks, and `import()` that starts from the notebook's folder. */
  #wrapCellCode(): void {
    const original = vm.runInThisContext;
    vm.runInThisContext = (code, options) => {
      const run = this.#running;
      if (!run || typeof options !== "object" || !CELL_CODE.test(code)) return original(code, options) as unknown;
      const named = { filename: run.file, displayErrors: false, importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER };
      return original(code, { ...options, ...named }) as unknown;
    };
  }

  #makeBridge(): KernelBridge {
    const session = this;
    const current = () => session.#context.getStore() ?? session.#last;
    return {
      version: 1,
      get cell() {
        return current()?.info ?? null;
      },
      get signal() {
        return (current()?.abort ?? session.#idle).signal;
      },
      display: (bundle, { metadata = {}, id, update = false } = {}) => {
        const transient = id === undefined ? {} : { display_id: id };
        this.#output(update ? "update_display_data" : "display_data", { data: wireBundle(bundle), metadata, transient });
      },
      show: async (value) => {
        this.#output("display_data", { ...(await this.show(value)), transient: {} });
      },
      clearOutput: (wait = false) => this.#output("clear_output", { wait }),
      addFormatter: (test, format) => this.display.addFormatter(test, format),
      on: this.hooks.on.bind(this.hooks) as KernelBridge["on"],
      variables: readOnly(this.#executor.locals, (name) => !LAST_EXPRESSION.test(name)),
      magics: this.magics,
    };
  }
}

/** A live view of an object of which some names are hidden and none can be set. */
function readOnly(target: Record<string, unknown>, isShown: (name: string) => boolean): Readonly<Record<string, unknown>> {
  const shown = (key: string | symbol): key is string => typeof key === "string" && isShown(key) && Object.hasOwn(target, key);
  return new Proxy<Record<string, unknown>>(
    {},
    {
      get: (_empty, key) => (shown(key) ? target[key] : undefined),
      has: (_empty, key) => shown(key),
      ownKeys: () => Object.keys(target).filter(isShown),
      getOwnPropertyDescriptor: (_empty, key) => (shown(key) ? { value: target[key], enumerable: true, configurable: true } : undefined),
      set: () => false,
      defineProperty: () => false,
      deleteProperty: () => false,
    },
  );
}

/** The file beside the notebook that tslab translated to `path`. */
function sourceOf(path: string): string {
  return [".ts", ".tsx"].map((extension) => path.replace(/\.js$/, extension)).find((file) => existsSync(file)) ?? path;
}

/** The notebook server, and our own runner, tell the notebook's path to the kernel by this variable. */
function notebookPath(): string | undefined {
  const name = process.env.JPY_SESSION_NAME;
  return name !== undefined && statSync(name, { throwIfNoEntry: false })?.isFile() ? name : undefined;
}
