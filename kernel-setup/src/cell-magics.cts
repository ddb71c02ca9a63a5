import { findMagic } from "./find-magic.cjs";

/** Cell magics whose rest is TypeScript; the kernel itself knows them, before any package is imported. */
export const CODE_MAGICS = ["capture", "time", "ts-strict"] as const;
export type CodeMagic = (typeof CODE_MAGICS)[number];

export const isCodeMagic = (name: string): name is CodeMagic => (CODE_MAGICS as readonly string[]).includes(name);

/** What a `%%capture name` cell printed and showed. */
export interface Captured {
  stdout: string;
  stderr: string;
  /** Displays and results, as bundles by MIME type. */
  readonly outputs: { readonly data: unknown; readonly metadata: unknown }[];
}

/** The type of the variable, as cells know it. */
const CAPTURED = "{ stdout: string; stderr: string; outputs: { data: Record<string, unknown>; metadata: Record<string, unknown> }[] }";
/** Where the cell that declares the variable finds its value. */
const VALUE = Symbol.for("alphabook.captured");

/**
 * The code that gives `captured` to later cells by its name.
 * @throws Error when the name cannot be a variable's.
 */
export function declareCaptured(name: string, captured: Captured): string {
  (globalThis as Record<symbol, unknown>)[VALUE] = captured;
  return `let ${name} = (globalThis as any)[Symbol.for("${VALUE.description}")] as ${CAPTURED};`;
}

/** @throws Error when what follows `%%capture` is no name. */
export function nameToCapture(line: string): string | undefined {
  if (line === "" || /^[\p{L}_$][\p{L}\p{N}_$]*$/u.test(line)) return line || undefined;
  throw new Error(`Cannot capture into "${line}": expected the name of a variable, as in %%capture out`);
}

/** A cell's TypeScript, at the places where it stands in the cell, with magics as comments; undefined when it is SQL, say. */
export function typeScriptOf(cell: string): string | undefined {
  const magic = findMagic(cell);
  if (!magic) return cell;
  if (!isCodeMagic(magic.name)) return undefined;
  const first = cell.length - magic.body.length;
  const rest = typeScriptOf(magic.body);
  return rest === undefined ? undefined : asComment(cell.slice(0, first)) + rest;
}

/** A line with a magic, as a comment of the same length. */
export const asComment = (line: string) => line.replace(/^%%/, "//");

/** What `%%time` says: how long a cell took by the clock, and of the processor. */
export class Stopwatch {
  readonly #wall = performance.now();
  readonly #cpu = process.cpuUsage();

  read(): string {
    const wall = performance.now() - this.#wall;
    const { user, system } = process.cpuUsage(this.#cpu);
    return `Wall time: ${duration(wall)}, CPU time: ${duration((user + system) / 1_000)}\n`;
  }
}

/** `83 ms`, `1.25 s`, `2 min 5 s`. */
export function duration(ms: number): string {
  if (ms < 999.5) return `${ms < 9.95 ? ms.toFixed(1) : ms.toFixed(0)} ms`;
  if (ms < 59_995) return `${(ms / 1_000).toFixed(2)} s`;
  const seconds = Math.round(ms / 1_000);
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
