import { AsyncLocalStorage } from "node:async_hooks";
import vm from "node:vm";
import { BRIDGE, type KernelBridge, type Magic, type MimeBundle } from "./bridge.cjs";
import {
  asComment,
  declareCaptured,
  isCodeMagic,
  nameToCapture,
  Stopwatch,
  typeScriptOf,
  type Captured,
  type CodeMagic,
} from "./cell-magics.cjs";
import { CellRun, type CellRequest } from "./cell-run.cjs";
import { Compiler } from "./compiler.cjs";
import { completeAt, type Offers } from "./completion.cjs";
import { completenessOf, type Completeness } from "./completeness.cjs";
import { Display, wireBundle, type Shown } from "./display.cjs";
import { describeError, KeyboardInterrupt } from "./errors.cjs";
import { findMagic, type MagicCell } from "./find-magic.cjs";
import { Hooks } from "./hooks.cjs";
import { NativeImports } from "./imports.cjs";
import { describeName } from "./inspection.cjs";
import { LocalImports } from "./local-imports.cjs";
import { LiveVariables } from "./live-variables.cjs";
import { stopLoopsBy } from "./loops.cjs";
import { getMagic } from "./magics.cjs";
import { checkStrictly } from "./program.cjs";
import { readOnly } from "./read-only.cjs";
import { showCellLinesInStacks } from "./stack.cjs";
import type { StopSignal } from "./stop-signal.cjs";
import { Streams } from "./streams.cjs";
import { tslabPart, type Executor } from "./tslab.cjs";
import { standInForFork } from "./typescript.cjs";
import type { CellError } from "./wire.cjs";

/** How long an interrupted cell may take to end by itself, by its signal, before it is left. */
const INTERRUPT_GRACE_MS = 100;
/** How tslab wraps a cell before it runs it. */
const CELL_CODE = /^\((?:async )?function\(exports, require\) \{ /;
/** tslab's variable for the value of a cell. */
const LAST_EXPRESSION = /^tsLastExpr\d*$/;

/** Sends an output under the cell that `parent` asked for. */
export type Emit<Parent> = (type: string, content: Record<string, unknown>, parent: Parent) => void;

/** One notebook's life: cells share variables, outputs go under their cell, libraries find the bridge. */
export class Session<Parent> {
  readonly hooks = new Hooks();
  readonly #emit: Emit<Parent>;
  readonly #signal: StopSignal;
  readonly #display = new Display();
  readonly #magics = new Map<string, Magic>();
  readonly #bridge: KernelBridge;
  readonly #streams: Streams<CellRun<Parent>>;
  readonly #imports: NativeImports;
  readonly #localImports: LocalImports;
  readonly #compiler: Compiler;
  readonly #executor: Executor;
  readonly #context = new AsyncLocalStorage<CellRun<Parent>>();
  readonly #beforeAnyCell = new AbortController();
  #last: CellRun<Parent> | undefined;
  #running: CellRun<Parent> | undefined;
  #ended: Promise<void> = Promise.resolve();
  #thrown: { readonly value: unknown } | undefined;
  #displays: Promise<void>[] = [];

  /**
   * @param folder The notebook's folder, which must be the working directory.
   * @param signal Stops loops when no message is heard.
   */
  constructor(folder: string, emit: Emit<Parent>, signal: StopSignal) {
    this.#emit = emit;
    this.#signal = signal;
    standInForFork();
    showCellLinesInStacks(folder);
    this.#streams = new Streams(
      () => this.#owner(),
      (name, text, run) => {
        if (run.captured) run.captured[name] += text;
        else emit("stream", { name, text }, run.parent);
      },
    );
    this.#imports = new NativeImports(folder);
    this.#localImports = new LocalImports(folder);
    const live = new LiveVariables();
    this.#compiler = new Compiler(live);
    this.#executor = this.#makeExecutor(folder);
    live.serveCells();
    this.#imports.serveCells();
    stopLoopsBy(signal, () => this.interrupt());
    this.#nameCells();
    tslabPart("jupyter.js").lastWriteDisplayData = (content, update) =>
      this.#output(update ? "update_display_data" : "display_data", { ...content });
    this.#bridge = this.#makeBridge();
    (globalThis as Record<symbol, unknown>)[BRIDGE] = this.#bridge;
  }

  /** Does what the first cell would have to wait for, unless it has been. */
  warm(): void {
    if (!this.#last) this.#signal.work(() => this.#compiler.warm());
  }

  /** From now on what the process prints goes under cells. */
  captureStreams(): void {
    this.#streams.capture();
  }

  flush(): void {
    this.#streams.flush();
  }

  get variables(): Readonly<Record<string, unknown>> {
    return this.#bridge.variables;
  }

  /**
   * Runs a cell and sends its outputs, an error's too.
   * @returns What it threw, as described to the user; undefined when it went well.
   */
  execute(request: CellRequest<Parent>): Promise<CellError | undefined> {
    const done = this.#execute(request);
    this.#ended = done.then(
      () => {},
      () => {},
    );
    return done;
  }

  /** Resolves when the running cell has ended and its outputs are sent; at once when none runs. */
  get ended(): Promise<void> {
    return this.#ended;
  }

  async #execute(request: CellRequest<Parent>): Promise<CellError | undefined> {
    const run = new CellRun(request);
    this.#running = this.#last = run;
    return this.#context.run(run, async () => {
      let failure: { readonly value: unknown } | undefined;
      try {
        await this.hooks.run("cellStart", run.info);
        await this.#runCell(run, run.info.code);
      } catch (value) {
        if (isStoppedByNode(value)) this.#stopped();
        failure = { value: asInterrupt(run, value) };
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

  /** Node has stopped the cell for a SIGINT, which then stood for the urgent request that was asked, if one was. */
  #stopped(): void {
    this.#signal.takeRaised();
    this.#signal.stopped();
  }

  complete(cell: string, position: number): Offers {
    const code = typeScriptOf(cell);
    if (code === undefined) return { start: position, end: position, offers: [] };
    const completion = this.#signal.work(() => this.#executor.complete(code, position));
    return completeAt(code, position, completion, this.variables);
  }

  /** Signature and documentation of what stands at a position, or ends there; undefined when nothing is known of it. */
  inspect(cell: string, position: number): MimeBundle | undefined {
    const code = typeScriptOf(cell);
    if (code === undefined) return undefined;
    const info =
      this.#executor.inspect(code, position) ?? (position > 0 ? this.#executor.inspect(code, position - 1) : undefined);
    return info && describeName(info);
  }

  isComplete(cell: string): Completeness {
    const code = typeScriptOf(cell);
    return code === undefined ? { status: "complete" } : completenessOf(code);
  }

  show(value: unknown): Promise<Shown> {
    return this.#display.show(value);
  }

  /** The cell whose code, or what it left behind, is running now. */
  #owner(): CellRun<Parent> | undefined {
    return this.#context.getStore() ?? this.#last;
  }

  /** @param above The magics above `code` in the cell, as comments: so errors tell the user's lines. */
  async #runCell(run: CellRun<Parent>, code: string, above = ""): Promise<void> {
    const magic = findMagic(code);
    if (!magic) return this.#runCode(run, above + code);
    if (!isCodeMagic(magic.name)) return this.#runMagic(run, magic);
    const line = code.slice(0, code.length - magic.body.length);
    const rest = () => this.#runCell(run, magic.body, above + asComment(line));
    return this.#runCodeMagic(run, magic.name, magic.line, rest);
  }

  async #runMagic(run: CellRun<Parent>, { name, body, line }: MagicCell): Promise<void> {
    const magic = await run.orLeft(getMagic(name, this.#magics, this.#imports.import));
    const value = await run.orLeft(Promise.resolve(magic(body, line)));
    if (value !== undefined && value !== null) await run.orLeft(this.#showResult(value));
  }

  async #runCodeMagic(run: CellRun<Parent>, name: CodeMagic, line: string, rest: () => Promise<void>): Promise<void> {
    if (name === "capture") return this.#capture(run, nameToCapture(line), rest);
    if (line !== "") throw new Error(`Cannot run %%${name} ${line}: the code stands on the lines below %%${name}`);
    if (name === "time") {
      const watch = new Stopwatch();
      return rest().finally(() => process.stdout.write(watch.read()));
    }
    checkStrictly(true);
    return rest().finally(() => checkStrictly(false));
  }

  async #capture(run: CellRun<Parent>, name: string | undefined, rest: () => Promise<void>): Promise<void> {
    const captured: Captured = { stdout: "", stderr: "", outputs: [] };
    this.flush();
    run.captured = captured;
    try {
      await rest();
    } finally {
      this.flush();
      run.captured = undefined;
      if (name !== undefined) await this.#runCode(run, declareCaptured(name, captured), `%%capture ${name}`);
    }
  }

  async #runCode(run: CellRun<Parent>, code: string, file = run.file): Promise<void> {
    for (const note of this.#localImports.stale(code)) process.stderr.write(note);
    await run.orLeft(this.#imports.load(code));
    this.#signal.work(() => this.#compiler.begin(file, code));
    await eventsSeen();
    run.abort.signal.throwIfAborted();
    this.#thrown = undefined;
    this.#displays = [];
    const succeeded = await this.#executor.execute(code);
    this.#compiler.end(succeeded, this.#executor.locals);
    this.#localImports.note(code, run.info.executionCount);
    await run.orLeft(Promise.all(this.#displays));
    if (this.#thrown) throw (this.#thrown as { value: unknown }).value;
  }

  async #showResult(value: unknown): Promise<void> {
    const run = this.#owner();
    if (run?.silent) return;
    const shown = await this.show(value);
    this.#output("execute_result", { ...shown, execution_count: run?.info.executionCount ?? 0 });
  }

  #output(type: string, content: Record<string, unknown>): void {
    const run = this.#owner();
    if (!run) return;
    this.flush();
    if (!run.captured) this.#emit(type, content, run.parent);
    else if (content.data !== undefined) run.captured.outputs.push({ data: content.data, metadata: content.metadata });
  }

  #makeExecutor(folder: string): Executor {
    const compiler = this.#compiler;
    const converters = {
      node: compiler.converter,
      get browser() {
        return compiler.browser;
      },
      close() {},
    };
    return tslabPart("executor.js").createExecutor(folder, converters, {
      log: (value) => void this.#displays.push(this.#showResult(value)),
      error: (...args) => {
        // Diagnostics come with a format before them; the compiler has them already.
        if (args.length === 1) this.#thrown = { value: args[0] };
      },
    });
  }

  /** Gives cell code its name in stacks, and `import()` that starts from the notebook's folder. */
  #nameCells(): void {
    const original = vm.runInThisContext;
    vm.runInThisContext = (code, options) => {
      const run = this.#running;
      if (!run || typeof options !== "object" || !CELL_CODE.test(code)) return original(code, options) as unknown;
      const named = {
        filename: run.file,
        displayErrors: false,
        importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
      };
      return original(code, { ...options, ...named }) as unknown;
    };
  }

  #makeBridge(): KernelBridge {
    const owner = () => this.#owner();
    const { signal: noCell } = this.#beforeAnyCell;
    return {
      version: 1,
      get cell() {
        return owner()?.info ?? null;
      },
      get signal() {
        return owner()?.abort.signal ?? noCell;
      },
      display: (bundle, { metadata = {}, id, update = false } = {}) => {
        const transient = id === undefined ? {} : { display_id: id };
        this.#output(update ? "update_display_data" : "display_data", {
          data: wireBundle(bundle),
          metadata,
          transient,
        });
      },
      show: async (value) => this.#output("display_data", { ...(await this.show(value)), transient: {} }),
      clearOutput: (wait = false) => this.#output("clear_output", { wait }),
      addFormatter: (test, format) => this.#display.addFormatter(test, format),
      on: this.hooks.on.bind(this.hooks) as KernelBridge["on"],
      variables: readOnly(this.#executor.locals, (name) => !LAST_EXPRESSION.test(name)),
      magics: this.#magics,
    };
  }
}

/** Lets the event loop tell what has happened, a signal among it; while code runs without a pause, Node forgets it. */
const eventsSeen = () => new Promise<void>((resolve) => setImmediate(() => setImmediate(resolve)));

/** What a cell threw; when an interrupt made Node or tslab throw it, the interrupt. */
function asInterrupt<Parent>(run: CellRun<Parent>, value: unknown): unknown {
  const { message } = (value ?? {}) as { message?: unknown };
  const byNode = isStoppedByNode(value);
  if (byNode && !run.abort.signal.aborted) run.abort.abort(new KeyboardInterrupt());
  return byNode || message === "Interrupted asynchronously" ? run.abort.signal.reason : value;
}

/** A cell that runs without a pause is stopped by Node itself, before we hear of it. */
const isStoppedByNode = (value: unknown) =>
  (value as { code?: unknown } | null | undefined)?.code === "ERR_SCRIPT_EXECUTION_INTERRUPTED";
