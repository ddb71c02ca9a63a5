import { wasm, type WasmMemory } from "../wasm.js";
import { kernelBytes } from "./kernel-code.js";

type Address = number;
type SumAll = (gradients: Address, end: Address, bins: Address, histogram: Address) => void;
type Sum8Of = (
  gradients: Address,
  end: Address,
  rows: Address,
  bins: Address,
  stride: number,
  histogram: Address,
) => void;
type SumOf = (gradients: Address, end: Address, rows: Address, stride: number, ...binsThenHistograms: Address[]) => void;
type FindSplit = (histogram: Address, bins: number, node: Address, rules: Address, found: Address) => void;
type Gather = (gradients: Address, rows: Address, end: Address, to: Address) => void;

/** What `kernel-code.ts` exports; every argument an address in bytes, except numbers of bins, of rows and of bytes between rows. */
export interface Kernel {
  readonly sumAll: SumAll;
  readonly sum8Of: Sum8Of;
  readonly sum4Of: SumOf;
  readonly sumOf: SumOf;
  readonly findSplit: FindSplit;
  readonly gather: Gather;
  readonly sumAllPair: SumAll;
  readonly sum8OfPair: Sum8Of;
  readonly sum4OfPair: SumOf;
  readonly sumOfPair: SumOf;
  readonly findSplitPair: FindSplit;
  readonly gatherPair: Gather;
  subtract(from: Address, other: Address, end: Address): void;
  part(
    bins: Address,
    rows: Address,
    end: Address,
    spare: Address,
    bin: number,
    missingLeft: number,
  ): Address;
  binColumn(values: Address, end: Address, bounds: Address, to: Address): void;
  interleave(columns: Address, end: Address, rows: number, to: Address, stride: number): void;
}

/** Compiled once a process; a module can be sent to other threads. */
let compiled: object | undefined;
export const kernelModule = (): object => (compiled ??= new wasm.Module(kernelBytes()));

export function createKernel(memory: WasmMemory): Kernel {
  return new wasm.Instance(kernelModule(), { kernel: { memory } }).exports as Kernel;
}
