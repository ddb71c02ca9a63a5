import { AsyncLocalStorage } from "node:async_hooks";
import vm from "node:vm";
import { BRIDGE, type KernelBridge, type Magic, type MimeBundle } from "./bridge.cjs";
import { CellRun, type CellRequest } from "./cell-run.cjs";
import { Compiler } from "./compiler.cjs";
import { completeAt, type Offers } from "./completion.cjs";
import { completenessOf, type Completeness } from "./completeness.cjs";
import { Display, wireBundle, type Shown } from "./display.cjs";
import { describeError, KeyboardInterrupt } from "./errors.cjs";
import { Hooks } from "./hooks.cjs";
import { NativeImports } from "./imports.cjs";
import { describeName } from "./inspection.cjs";
import { LiveVariables } from "./live-variables.cjs";
import { stopLoopsBy } from "./loops.cjs";
import { findMagic, getMagic, type MagicCell } from "./magics.cjs";
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
  readonly #compiler: Compiler;
  readonly #executor: Executor;
  readonly #context = new AsyncLocalStorage<CellRun<Parent>>();
  readonly #beforeAnyCell = new AbortController();
  #last: CellRun<Parent> | undefined;
  #running: CellRun<Parent> | undefined;
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
    showCellLinesInStacks();
    this.#streams = new Streams(
      () => this.#owner(),
      (name, text, run) => emit("stream", { name, text }, run.parent),
    );
    this.#imports = new NativeImports(folder);
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
    if (!this.#last) this.#compiler.warm();
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
  async execute(request: CellRequest<Parent>): Promise<CellError | undefined> {
    const run = new CellRun(request);
    this.#running = this.#last = run;
    return this.#context.run(run, async () => {
      let failure: { readonly value: unknown } | undefined;
      try {
        await this.hooks.run("cellStart", run.info);
        const magic = findMagic(run.info.code);
        await (magic ? this.#runMagic(run, magic) : this.#runCode(run));
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

  complete(code: string, position: number): Offers {
    if (findMagic(code)) return { start: position, end: position, offers: [] };
    return completeAt(code, position, this.#executor.complete(code, position), this.variables);
  }

  /** Signature and documentation of what stands at a position, or ends there; undefined when nothing is known of it. */
  inspect(code: string, position: number): MimeBundle | undefined {
    if (findMagic(code)) return undefined;
    const info =
      this.#executor.inspect(code, position) ?? (position > 0 ? this.#executor.inspect(code, position - 1) : undefined);
    return info && describeName(info);
  }

  isComplete(code: string): Completeness {
    return findMagic(code) ? { status: "complete" } : completenessOf(code);
  }

  show(value: unknown): Promise<Shown> {
    return this.#display.show(value);
  }

  /** The cell whose code, or what it left behind, is running now. */
  #owner(): CellRun<Parent> | undefined {
    return this.#context.getStore() ?? this.#last;
  }

  async #runMagic(run: CellRun<Parent>, { name, body, line }: MagicCell): Promise<void> {
    const magic = await run.orLeft(getMagic(name, this.#magics, this.#imports.import));
    const value = await run.orLeft(Promise.resolve(magic(body, line)));
    if (value !== undefined && value !== null) await run.orLeft(this.#showResult(value));
  }

  async #runCode(run: CellRun<Parent>): Promise<void> {
    await run.orLeft(this.#imports.load(run.info.code));
    this.#compiler.begin(run.file, run.info.code);
    await eventsSeen();
    run.abort.signal.throwIfAborted();
    this.#thrown = undefined;
    this.#displays = [];
    const succeeded = await this.#executor.execute(run.info.code);
    this.#compiler.end(succeeded, this.#executor.locals);
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
    this.#emit(type, content, run.parent);
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
