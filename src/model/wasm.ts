/** What is used of WebAssembly, which Node's types leave out. */
export interface WasmMemory {
  readonly buffer: ArrayBuffer | SharedArrayBuffer;
}
interface WebAssemblyParts {
  readonly Memory: new (size: { initial: number; maximum?: number; shared?: boolean }) => WasmMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: object };
}

export const wasm = (globalThis as unknown as { WebAssembly: WebAssemblyParts }).WebAssembly;

/** Bytes of a page, the unit of a memory's size. */
export const PAGE_BYTES = 65_536;
