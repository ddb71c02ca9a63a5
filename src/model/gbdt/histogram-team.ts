import { once } from "node:events";
import { Worker } from "node:worker_threads";
import type { WasmMemory } from "../wasm.js";
import { kernelModule, type Kernel } from "./kernel.js";

/** Numbers in shared memory that threads agree by; places count 32-bit words from `control`. */
export const WORD = {
  /** Rises by one a job; threads sleep on it. */
  turn: 0,
  /** Threads that are through with the job. */
  finished: 1,
  /** The next group of features to take. */
  next: 2,
  groups: 3,
  stop: 4,
  rows: 5,
  inOrder: 6,
  gradients: 7,
  gradientsEnd: 8,
  small: 9,
  large: 10,
  searchSmall: 11,
  searchLarge: 12,
  /** Groups that a thread takes at once. */
  share: 13,
} as const;
/** Words of a group: number of features, whether they are neighbours of one block, then up to 8 features. */
export const GROUP_WORDS = 10;

/** Where things lie, the same for every thread. */
export interface TeamLayout {
  readonly memory: WasmMemory;
  readonly pair: boolean;
  /** Addresses in bytes. */
  readonly control: number;
  readonly groups: number;
  readonly binCounts: number;
  /** Bins, feature after feature, `rows` bytes apart, and once more row after row, `stride` bytes apart. */
  readonly columnBins: number;
  readonly rows: number;
  readonly rowBins: number;
  readonly stride: number;
  readonly smallNode: number;
  readonly largeNode: number;
  readonly rules: number;
  readonly smallFound: number;
  readonly largeFound: number;
  readonly foundBytes: number;
  readonly histogramBytes: number;
  readonly word: typeof WORD;
  readonly groupWords: number;
}

/**
 * Takes groups of features until none is left: histogram of the smaller child, that of the larger by subtraction, best split of each
 * feature in both. Whoever takes a group writes the same numbers to the same place.
 *
 * Sent to other threads as text: uses nothing from outside.
 */
export function takeGroups(kernel: Kernel, layout: TeamLayout): void {
  const { memory, pair, word: W, columnBins, rowBins, stride, histogramBytes, foundBytes, rules } = layout;
  const words = new Int32Array(memory.buffer);
  const at = layout.control / 4;
  const cells = new Float64Array(memory.buffer);
  const sumAll = pair ? kernel.sumAllPair : kernel.sumAll;
  const sum8Of = pair ? kernel.sum8OfPair : kernel.sum8Of;
  const sum4Of = pair ? kernel.sum4OfPair : kernel.sum4Of;
  const sumOf = pair ? kernel.sumOfPair : kernel.sumOf;
  const findSplit = pair ? kernel.findSplitPair : kernel.findSplit;
  const address = (word: number) => words[at + word]! >>> 0;
  const [rows, from, end] = [address(W.rows), address(W.gradients), address(W.gradientsEnd)];
  const [small, large] = [address(W.small), address(W.large)];
  const [inOrder, groups, share] = [words[at + W.inOrder], words[at + W.groups]!, words[at + W.share]!];
  const [searchSmall, searchLarge] = [words[at + W.searchSmall], words[at + W.searchLarge]];
  const cellBytes = pair ? 16 : 8;
  // The rows of a chunk stay in the cache while all features of the share pass over them.
  const chunk = inOrder ? 4096 : 512;
  // Single features: from their columns when at least every 16th row is wanted, else from the rows.
  const dense = ((end - from) / cellBytes) * 16 >= layout.rows;
  const singleStride = dense ? 1 : stride;
  const binsOf = (f: number) => (dense ? columnBins + f * layout.rows : rowBins + f);
  for (;;) {
    const first = Atomics.add(words, at + W.next, share);
    if (first >= groups) return;
    const last = Math.min(groups, first + share);
    for (let group = first; group < last; group++) clear(layout.groups / 4 + group * layout.groupWords);
    for (let start = from, skipped = 0; start < end; start += chunk * cellBytes, skipped += chunk) {
      const stop = Math.min(end, start + chunk * cellBytes);
      for (let group = first; group < last; group++)
        sum(layout.groups / 4 + group * layout.groupWords, start, stop, skipped);
    }
    for (let group = first; group < last; group++) search(layout.groups / 4 + group * layout.groupWords);
  }

  function clear(g: number): void {
    for (let i = 0; i < words[g]!; i++) {
      const start = (small + words[g + 2 + i]! * histogramBytes) / 8;
      cells.fill(0, start, start + histogramBytes / 8);
    }
  }

  function sum(g: number, start: number, stop: number, skipped: number): void {
    const list = rows + skipped * 4;
    const end = g + 2 + words[g]!;
    let i = g + 2;
    if (inOrder) {
      for (; i < end; i++)
        sumAll(start, stop, columnBins + words[i]! * layout.rows + skipped, small + words[i]! * histogramBytes);
      return;
    }
    if (words[g + 1]) {
      const block = words[i]! & ~7;
      return sum8Of(start, stop, list, rowBins + block, stride, small + block * histogramBytes);
    }
    for (; i + 4 <= end; i += 4) {
      const [a, b, c, d] = [words[i]!, words[i + 1]!, words[i + 2]!, words[i + 3]!];
      const [ha, hb] = [small + a * histogramBytes, small + b * histogramBytes];
      const [hc, hd] = [small + c * histogramBytes, small + d * histogramBytes];
      sum4Of(start, stop, list, singleStride, binsOf(a), binsOf(b), binsOf(c), binsOf(d), ha, hb, hc, hd);
    }
    for (; i < end; i++)
      sumOf(start, stop, list, singleStride, binsOf(words[i]!), small + words[i]! * histogramBytes);
  }

  function search(g: number): void {
    for (let i = 0; i < words[g]!; i++) {
      const f = words[g + 2 + i]!;
      const numBins = words[layout.binCounts / 4 + f]!;
      const child = small + f * histogramBytes;
      if (searchSmall) findSplit(child, numBins, layout.smallNode, rules, layout.smallFound + f * foundBytes);
      if (!searchLarge) continue;
      const sibling = large + f * histogramBytes;
      kernel.subtract(sibling, child, sibling + ((numBins * cellBytes + 15) & ~15));
      findSplit(sibling, numBins, layout.largeNode, rules, layout.largeFound + f * foundBytes);
    }
  }
}

/** A thread's life: sleeps until the turn changes, works, says so. Sent as text. */
function serveTeam(
  { layout, module }: { layout: TeamLayout; module: object },
  ready: () => void,
  work: typeof takeGroups,
): void {
  const { WebAssembly } = globalThis as unknown as {
    WebAssembly: { Instance: new (module: object, imports: object) => { exports: object } };
  };
  const kernel = new WebAssembly.Instance(module, { kernel: { memory: layout.memory } }).exports as Kernel;
  const words = new Int32Array(layout.memory.buffer);
  const at = layout.control / 4;
  const W = layout.word;
  let seen = Atomics.load(words, at + W.turn);
  ready();
  for (;;) {
    for (let i = 0; i < 3000 && Atomics.load(words, at + W.turn) === seen; i++);
    // The call that wakes may come after its job is done: then nothing has changed, and the job is not to be done twice.
    while (Atomics.load(words, at + W.turn) === seen) Atomics.wait(words, at + W.turn, seen);
    seen = Atomics.load(words, at + W.turn);
    if (Atomics.load(words, at + W.stop)) return;
    work(kernel, layout);
    Atomics.add(words, at + W.finished, 1);
    Atomics.notify(words, at + W.finished);
  }
}

/** As text, so that it runs the same from source, from the built package and inside a notebook's kernel. */
const program = () => `
const { parentPort, workerData } = require("node:worker_threads");
(${serveTeam.toString()})(workerData, () => parentPort.postMessage("ready"), ${takeGroups.toString()});
`;

/** The threads that work on histograms: this one and others that it wakes. */
export class HistogramTeam {
  readonly #kernel: Kernel;
  readonly #layout: TeamLayout;
  readonly #words: Int32Array;
  #workers: Worker[] = [];
  #ready: Promise<unknown> = Promise.resolve();

  /** Starts `threads` − 1 threads; they keep neither the process nor a kernel alive. */
  constructor(kernel: Kernel, layout: TeamLayout, threads: number) {
    this.#kernel = kernel;
    this.#layout = layout;
    this.#words = new Int32Array(layout.memory.buffer, layout.control, 16);
    this.#workers = Array.from(
      { length: threads - 1 },
      () => new Worker(program(), { eval: true, workerData: { layout, module: kernelModule() }, execArgv: [] }),
    );
    this.#ready = Promise.all(this.#workers.map((worker) => once(worker, "message"))).then(() => {
      for (const worker of this.#workers) worker.unref();
    });
  }

  /** To be awaited before the first {@link run}. */
  ready(): Promise<unknown> {
    return this.#ready;
  }

  /** Works through the groups that the control words describe; small jobs are not worth waking anybody. */
  run(alone: boolean): void {
    const words = this.#words;
    Atomics.store(words, WORD.next, 0);
    const others = this.#workers.length;
    const groups = words[WORD.groups]!;
    words[WORD.share] = alone ? groups : Math.max(1, Math.ceil(groups / (2 * others + 2)));
    if (alone || others === 0) return takeGroups(this.#kernel, this.#layout);
    Atomics.store(words, WORD.finished, 0);
    Atomics.add(words, WORD.turn, 1);
    Atomics.notify(words, WORD.turn);
    takeGroups(this.#kernel, this.#layout);
    for (let spins = 0; ; spins++) {
      const finished = Atomics.load(words, WORD.finished);
      if (finished === others) return;
      if (spins > 3000) Atomics.wait(words, WORD.finished, finished);
    }
  }

  /** Ends the threads. */
  async close(): Promise<void> {
    Atomics.store(this.#words, WORD.stop, 1);
    Atomics.add(this.#words, WORD.turn, 1);
    Atomics.notify(this.#words, WORD.turn);
    await Promise.all(this.#workers.map((worker) => worker.terminate()));
    this.#workers = [];
  }
}
