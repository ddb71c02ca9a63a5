import { mkdirSync } from "node:fs";
import path from "node:path";
import { KernelClient, KernelError, describeEnd, type ExecuteReply } from "./client.cjs";
import { hasTag, readNotebook, textOf, writeNotebook, type CodeCell, type Notebook } from "./notebook-file.cjs";
import { OutputCollector } from "./outputs.cjs";
import { injectParameters, type Parameters } from "./parameters.cjs";
import type { CellError } from "./wire.cjs";

export {
  formatNotebook,
  hasTag,
  linesOf,
  NotebookFileError,
  parseNotebook,
  readNotebook,
  textOf,
  writeNotebook,
} from "./notebook-file.cjs";
export type { Cell, CellMetadata, CodeCell, MultilineText, Notebook, Output, TextCell } from "./notebook-file.cjs";
export { outputsOf, OutputCollector } from "./outputs.cjs";
export { injectParameters, parseParameterValue } from "./parameters.cjs";
export type { Parameters, ParameterValue } from "./parameters.cjs";
export type { CellError, MimeBundle } from "./wire.cjs";

const STOP_GRACE_MS = 3_000;
const SAVE_EVERY_MS = 2_000;

/** How a run ended: `failed` = a cell threw, `died` = the kernel process ended, `timeout` and `interrupted` = it was stopped. */
export type RunStatus = "ok" | "failed" | "timeout" | "died" | "interrupted";

/** A cell that did not do what it should. */
export interface CellFailure extends CellError {
  /** Position among all cells of the executed notebook, from 0. */
  readonly cellIndex: number;
  readonly cellId?: string;
  readonly executionCount: number | null;
}

export interface CellProgress {
  readonly state: "start" | "end";
  /** Position among the code cells that run, from 1. */
  readonly number: number;
  readonly total: number;
  readonly cell: CodeCell;
  /** At the end: how long it took. */
  readonly ms?: number;
  readonly error?: CellError;
}

export interface RunOptions {
  /** Values for variables of the cell tagged `parameters`. */
  readonly parameters?: Parameters;
  /** How long one cell may run, in ms. Default: no limit. */
  readonly timeoutMs?: number;
  /** Go on after a cell that throws. Default false. A cell tagged `raises-exception` may always throw. */
  readonly allowErrors?: boolean;
  /** The kernel's working directory. Default: the folder of the input. */
  readonly cwd?: string;
  /** Called before and after each code cell. */
  readonly onCell?: (progress: CellProgress) => void;
  /** Command line of the kernel. Default: our own. */
  readonly argv?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Stops the run: the cell is interrupted, what there is gets written. */
  readonly signal?: AbortSignal;
}

export interface RunResult {
  /** The executed notebook, as it was written. */
  readonly notebook: Notebook;
  readonly status: RunStatus;
  /** The cell that ended the run, when it did not end well. */
  readonly failure?: CellFailure;
  /** Every cell that threw, the allowed ones included. */
  readonly errors: readonly CellFailure[];
  readonly cellsRun: number;
  readonly cellsTotal: number;
  /** Absolute path of what was written, when an output was asked for. */
  readonly output?: string;
  readonly ms: number;
}

/**
 * Runs a notebook on a real kernel, without Python and without a notebook server, and writes it with its outputs.
 *
 * Old outputs are cleared first, so that none of them can pass for new. Whatever happens (a cell throws, takes too long, ends the
 * kernel), the notebook is written as far as it got, and the result tells which cell it was. Cell ids, tags and the form of the
 * sources stay.
 *
 * @param output Where to write; undefined writes nothing. May be the input.
 * @throws NotebookFileError for an unreadable notebook or a wrong parameter; KernelError when the kernel does not start.
 * @example
 * const run = await runNotebook("a.ipynb", "out/a.ipynb", { parameters: { alpha: 0.1 } });
 * run.status // -> "ok"
 */
export async function runNotebook(input: string, output?: string, options: RunOptions = {}): Promise<RunResult> {
  const startedAt = performance.now();
  const notebook = prepare(injectParameters(readNotebook(input), options.parameters ?? {}));
  const target = output === undefined ? undefined : path.resolve(output);
  if (target !== undefined) mkdirSync(path.dirname(target), { recursive: true });

  const kernel = new KernelClient({
    argv: options.argv,
    cwd: path.resolve(options.cwd ?? path.dirname(input)),
    // How a notebook server tells the kernel which notebook it serves.
    env: { ...(options.env ?? process.env), JPY_SESSION_NAME: path.resolve(input) },
  });
  const run = new NotebookRun(notebook, kernel, options, target);
  try {
    await kernel.start();
    notebook.metadata.language_info = kernel.info.language_info;
    await run.cells();
  } finally {
    await kernel.shutdown();
  }
  run.save();
  return { notebook, ...run.facts, output: target, ms: performance.now() - startedAt };
}

/** One pass through the cells of a notebook. */
class NotebookRun {
  readonly #notebook: Notebook;
  readonly #kernel: KernelClient;
  readonly #options: RunOptions;
  readonly #target: string | undefined;
  readonly #collector = new OutputCollector();
  readonly #errors: CellFailure[] = [];
  readonly #cells: CodeCell[];
  #cellsRun = 0;
  #status: RunStatus = "ok";
  #failure?: CellFailure;
  #savedAt = performance.now();

  constructor(notebook: Notebook, kernel: KernelClient, options: RunOptions, target: string | undefined) {
    this.#notebook = notebook;
    this.#kernel = kernel;
    this.#options = options;
    this.#target = target;
    this.#cells = notebook.cells.filter(
      (cell): cell is CodeCell => cell.cell_type === "code" && textOf(cell.source).trim() !== "",
    );
  }

  get facts(): Pick<RunResult, "status" | "failure" | "errors" | "cellsRun" | "cellsTotal"> {
    return {
      status: this.#status,
      failure: this.#failure,
      errors: this.#errors,
      cellsRun: this.#cellsRun,
      cellsTotal: this.#cells.length,
    };
  }

  async cells(): Promise<void> {
    for (const cell of this.#cells) {
      await this.#cell(cell);
      if (this.#status !== "ok") return;
      if (performance.now() - this.#savedAt > SAVE_EVERY_MS) this.save();
    }
  }

  save(): void {
    if (this.#target !== undefined) writeNotebook(this.#target, this.#notebook);
    this.#savedAt = performance.now();
  }

  async #cell(cell: CodeCell): Promise<void> {
    const at = { number: this.#cellsRun + 1, total: this.#cells.length, cell };
    const startedAt = performance.now();
    this.#options.onCell?.({ state: "start", ...at });
    const { status, error } = await this.#execute(cell);
    this.#cellsRun++;
    if (error) {
      if (!cell.outputs.some((output) => output.output_type === "error")) {
        cell.outputs.push({ output_type: "error", ...error, traceback: [...error.traceback] });
      }
      const failure: CellFailure = {
        ...error,
        cellIndex: this.#notebook.cells.indexOf(cell),
        cellId: cell.id,
        executionCount: cell.execution_count,
      };
      this.#errors.push(failure);
      const allowed = status === "failed" && (this.#options.allowErrors === true || hasTag(cell, "raises-exception"));
      if (!allowed) [this.#status, this.#failure] = [status, failure];
    }
    this.#options.onCell?.({ state: "end", ...at, ms: performance.now() - startedAt, error });
  }

  /** Runs one cell to its end: its own, or the one we make when it takes too long or somebody stops us. */
  async #execute(cell: CodeCell): Promise<{ status: RunStatus; error?: CellError }> {
    const { timeoutMs, signal } = this.#options;
    const stop = new Stop(timeoutMs, signal);
    const running = this.#kernel
      .execute(textOf(cell.source), {
        cellId: cell.id,
        stopOnError: false,
        onIopub: (message) => this.#collector.apply(cell, message),
      })
      .then(({ reply }): { status: RunStatus; error?: CellError } => {
        const { content } = reply;
        cell.execution_count ??= content.execution_count ?? null;
        return content.status === "ok" ? { status: "ok" } : { status: "failed", error: errorOf(content) };
      })
      .catch((error: unknown) => ({ status: "died" as const, error: deathOf(error) }));

    const outcome = await Promise.race([running, stop.asked]);
    stop.forget();
    if (typeof outcome !== "string") return outcome;

    this.#kernel.interrupt().catch(() => {}); // a kernel that does not answer is killed below
    const grace = new Stop(STOP_GRACE_MS, undefined);
    const ended = await Promise.race([running, grace.asked]);
    grace.forget();
    if (ended === "timeout") {
      await this.#kernel.kill();
      await running;
    }
    const error =
      outcome === "timeout"
        ? {
            ename: "TimeoutError",
            evalue: `The cell ran for more than ${(timeoutMs ?? 0) / 1000} s and was stopped`,
            traceback: [],
          }
        : { ename: "InterruptedError", evalue: "The run was interrupted", traceback: [] };
    // The interrupt's own error says less than why it was made.
    cell.outputs = cell.outputs.filter((output) => output.output_type !== "error");
    return { status: outcome, error: { ...error, traceback: [`${error.ename}: ${error.evalue}`] } };
  }
}

/** A limit in time and a signal from outside, whichever comes first. */
class Stop {
  readonly asked: Promise<"timeout" | "interrupted">;
  readonly #timer?: NodeJS.Timeout;
  readonly #signal?: AbortSignal;
  #abort!: () => void;

  constructor(timeoutMs: number | undefined, signal: AbortSignal | undefined) {
    let ask!: (why: "timeout" | "interrupted") => void;
    this.asked = new Promise((resolve) => (ask = resolve));
    this.#abort = () => ask("interrupted");
    this.#signal = signal;
    if (signal?.aborted) ask("interrupted");
    signal?.addEventListener("abort", this.#abort);
    if (timeoutMs !== undefined) this.#timer = setTimeout(ask, timeoutMs, "timeout");
  }

  forget(): void {
    clearTimeout(this.#timer);
    this.#signal?.removeEventListener("abort", this.#abort);
  }
}

/** The notebook without old outputs, and with a kernelspec when it names none. */
function prepare(notebook: Notebook): Notebook {
  const kernelspec = { display_name: "TypeScript (alphabook)", language: "typescript", name: "alphabook" };
  const cells = notebook.cells.map((cell) =>
    cell.cell_type === "code" ? { ...cell, outputs: [], execution_count: null } : cell,
  );
  return { ...notebook, metadata: { kernelspec, ...notebook.metadata }, cells };
}

function errorOf(reply: ExecuteReply): CellError {
  if (reply.status === "error" && typeof reply.ename === "string")
    return { ename: reply.ename, evalue: reply.evalue, traceback: reply.traceback };
  return { ename: "Error", evalue: `The kernel answered "${reply.status}"`, traceback: [] };
}

function deathOf(error: unknown): CellError {
  const end = error instanceof KernelError ? error.end : undefined;
  const evalue = end
    ? `The cell ended the kernel process (${describeEnd(end)})`
    : error instanceof Error
      ? error.message
      : String(error);
  return { ename: "DeadKernelError", evalue, traceback: [`DeadKernelError: ${evalue}`] };
}
