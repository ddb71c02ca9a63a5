/** Places in the shared memory. The first is not 0 while loops have to stop. */
export const STOP_PLACE = 0;
const STOP = STOP_PLACE;
const ASKED = 1;
const SEEN = 2;
const CLOSED = 3;
const RAISED = 4;
const WORKING = 5;
const PLACES = 6;

/**
 * What the kernel's two threads know of each other without a message: the main thread reads no messages while a cell runs without
 * a pause. Nothing here needs the event loop.
 */
export class StopSignal {
  readonly memory: SharedArrayBuffer;
  readonly #cells: Int32Array;
  /** Interrupts up to this one have stopped something already. */
  #done = 0;

  /** @param memory Of the other thread's signal; a new one by default. */
  constructor(memory = new SharedArrayBuffer(PLACES * Int32Array.BYTES_PER_ELEMENT)) {
    this.memory = memory;
    this.#cells = new Int32Array(memory);
  }

  /** The shared memory as code reads it that cannot pay for a call. */
  get cells(): Int32Array {
    return this.#cells;
  }

  /** Counts an urgent request that was handed to the main thread; its number. */
  ask(): number {
    return Atomics.add(this.#cells, ASKED, 1) + 1;
  }

  /** The main thread has come to the next urgent request. @returns Whether it still has to be followed. */
  see(): boolean {
    const number = Atomics.add(this.#cells, SEEN, 1) + 1;
    Atomics.store(this.#cells, STOP, 0);
    return number > this.#done;
  }

  /** Whether the main thread has come to the urgent request of that number. */
  isSeen(number: number): boolean {
    return Atomics.load(this.#cells, SEEN) >= number;
  }

  /** Notes that the SIGINT which comes now stands for an urgent request. */
  raise(): void {
    Atomics.store(this.#cells, RAISED, 1);
  }

  /** Whether a SIGINT stands for an urgent request, which comes by itself; asked once for each. */
  takeRaised(): boolean {
    return Atomics.exchange(this.#cells, RAISED, 0) === 1;
  }

  /** Does the kernel's own work, the translation of a cell say, which ends by itself however slow the machine is. */
  work<Result>(task: () => Result): Result {
    Atomics.store(this.#cells, WORKING, 1);
    try {
      return task();
    } finally {
      Atomics.store(this.#cells, WORKING, 0);
    }
  }

  /** Whether the main thread is about the kernel's own work, not in a cell. */
  isWorking(): boolean {
    return Atomics.load(this.#cells, WORKING) !== 0;
  }

  /** From now on the next turn of a loop in a cell is its last. */
  stopLoops(): void {
    Atomics.store(this.#cells, STOP, 1);
  }

  /** Whether a loop has to stop. */
  isStopping(): boolean {
    return Atomics.load(this.#cells, STOP) !== 0;
  }

  /** What was asked so far has stopped the running code; the messages that said so come later, and must not stop other code. */
  stopped(): void {
    this.#done = Atomics.load(this.#cells, ASKED);
    Atomics.store(this.#cells, STOP, 0);
  }

  /** The sockets of another thread are closed. */
  closed(): void {
    Atomics.store(this.#cells, CLOSED, 1);
    Atomics.notify(this.#cells, CLOSED);
  }

  /** Blocks until they are, at most `limitMs`. */
  waitUntilClosed(limitMs: number): void {
    Atomics.wait(this.#cells, CLOSED, 0, limitMs);
  }
}
