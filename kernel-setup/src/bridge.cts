/** A bundle of one output in several MIME types; `Uint8Array` values are sent as base64. */
export type MimeBundle = Record<string, unknown>;

/** The running cell, as the front end told it. */
export interface CellInfo {
  /** Stable id of the cell in its notebook; undefined when the front end sends none. */
  readonly id?: string;
  /** The number in `[n]`. */
  readonly executionCount: number;
  readonly code: string;
  /** Absolute path of the notebook file, when the front end tells it. */
  readonly notebook?: string;
}

export interface CellEnd extends CellInfo {
  /** What the cell threw, if it did. */
  readonly error?: unknown;
}

export interface Shutdown {
  /** `shutdown_request`, `SIGTERM`, `parent gone` … */
  readonly reason: string;
  /** True when the process ends by a fault: a signal, a vanished parent. */
  readonly failed: boolean;
}

export interface KernelEvents {
  readonly cellStart: CellInfo;
  readonly cellEnd: CellEnd;
  readonly shutdown: Shutdown;
}

/** Turns the rest of a `%%name` cell into the cell's value; `line` is what follows the name on the first line. */
export type Magic = (body: string, line: string) => unknown;

/**
 * What a library finds at `globalThis[Symbol.for("notebook.kernel")]` when its code runs in a notebook; absent elsewhere.
 * Work that a cell left behind (timers, promises) sees its own cell and signal, and its outputs go under its own cell.
 */
export interface KernelBridge {
  /** Grows when something is added; nothing is taken away. */
  readonly version: number;
  /** The cell this code belongs to; null before the first. */
  readonly cell: CellInfo | null;
  /** Aborted when that cell is interrupted; a new one for each cell. */
  readonly signal: AbortSignal;
  /** Sends a bundle as it is. With `id`, later calls with `update` replace it wherever it is shown. */
  display(bundle: MimeBundle, options?: { metadata?: Record<string, unknown>; id?: string; update?: boolean }): void;
  /** Shows a value as a cell's last expression would be shown. */
  show(value: unknown): Promise<void>;
  /** Clears the cell's outputs, with `wait` only when the next output comes. */
  clearOutput(wait?: boolean): void;
  /** How values that pass `test` are shown; the latest formatter is asked first, `Symbol.for("Jupyter.display")` before all. */
  addFormatter(test: (value: unknown) => boolean, format: (value: unknown) => MimeBundle | Promise<MimeBundle>): void;
  /** Returns a function that unsubscribes. All listeners of `shutdown` together have 3 s. */
  on(event: "cellStart", fn: (cell: CellInfo) => void | Promise<void>): () => void;
  on(event: "cellEnd", fn: (cell: CellEnd) => void | Promise<void>): () => void;
  on(event: "shutdown", fn: (shutdown: Shutdown) => void | Promise<void>): () => void;
  /** Live values of the notebook's variables by name, as cells see them; read-only. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Cell magics by name, without the `%%`. */
  readonly magics: Map<string, Magic>;
}

/** Where the bridge stands on `globalThis`. */
export const BRIDGE = Symbol.for("notebook.kernel");
