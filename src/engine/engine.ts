import type { Engine } from "./instance.js";

export type { Engine, QueryOptions, ReadParquetOptions, WriteParquetOptions } from "./instance.js";
export type { SqlValue } from "./sql-value.js";

let engine: Promise<Engine> | undefined;

/** The process's DuckDB, in memory; made at the first call. What it reads and writes are files named in the statements. */
export function getEngine(): Promise<Engine> {
  return (engine ??= openEngine().catch((error: unknown) => {
    engine = undefined;
    throw error;
  }));
}

/** Another DuckDB beside it, for what must be shut off from the statements of others. */
export async function openEngine(options?: { memoryShare?: number }): Promise<Engine> {
  // DuckDB's library takes 0.1 s to load, so it is loaded when it is first needed.
  const { Engine } = await import("./instance.js");
  return Engine.open(options);
}
