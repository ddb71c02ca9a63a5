const never = new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT));

/** Blocks this thread, for the end of the process: nothing asynchronous happens then. */
export function sleepSync(ms: number): void {
  Atomics.wait(never, 0, 0, ms);
}
