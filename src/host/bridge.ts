/** A bundle of one output in several MIME types; `Uint8Array` values are sent as base64. */
export type MimeBundle = Record<string, unknown>;

/** The running cell, as the kernel tells it. */
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
  /** `shutdown_request`, `SIGTERM`, `exit` … */
  readonly reason: string;
  /** True when the process ends by a fault: uncaught error, signal, non-zero exit code. */
  readonly failed: boolean;
  /** The uncaught error that ends the process, if one does. */
  readonly error?: unknown;
}

/**
 * What our kernel puts on `globalThis[Symbol.for("notebook.kernel")]`; absent in a plain process.
 * `kernel-setup/` makes it, only `host/` reads it.
 */
export interface KernelBridge {
  readonly version: number;
  readonly cell: CellInfo | null;
  /** Aborted when the running cell is interrupted; a new one for each cell. */
  readonly signal: AbortSignal;
  display(bundle: MimeBundle, options?: { metadata?: Record<string, unknown>; id?: string; update?: boolean }): void;
  show(value: unknown): Promise<void>;
  clearOutput(wait?: boolean): void;
  addFormatter(test: (value: unknown) => boolean, format: (value: unknown) => MimeBundle | Promise<MimeBundle>): void;
  on(event: "cellStart", fn: (cell: CellInfo) => void | Promise<void>): () => void;
  on(event: "cellEnd", fn: (cell: CellEnd) => void | Promise<void>): () => void;
  on(event: "shutdown", fn: (shutdown: Shutdown) => void | Promise<void>): () => void;
  /** Live values of the notebook's variables by name, as cells see them. */
  readonly variables: Readonly<Record<string, unknown>>;
  /** Cell magics (`%%sql`): the first line's name → what the rest of the cell becomes; the result is the cell's value. */
  readonly magics: Map<string, (body: string, line: string) => unknown>;
}

export function findBridge(): KernelBridge | undefined {
  return (globalThis as Record<symbol, unknown>)[Symbol.for("notebook.kernel")] as KernelBridge | undefined;
}
