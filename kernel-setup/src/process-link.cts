import { readSync, writeSync } from "node:fs";
import path from "node:path";
import { SHARE_ENV, Worker } from "node:worker_threads";
import type { ChannelsLink } from "./channels-link.cjs";
import { readPipe, writePipe, type FromChannels, type Take, type ToChannels } from "./line.cjs";
import { sleepSync } from "./sleep-sync.cjs";
import type { StopSignal } from "./stop-signal.cjs";
import type { UrgentData } from "./urgent-thread.cjs";

/** The pipes, as the shell has opened them. */
const FROM_CHANNELS = 3;
const TO_CHANNELS = 4;
const URGENT = 5;
/** How long the end of the process waits for what was sent to leave. */
const LEAVE_MS = 500;
const LOOK_AGAIN_MS = 1;

/** The channels are a process that was started beside this one. */
export class ProcessLink implements ChannelsLink {
  readonly #signal: StopSignal;
  #gone = false;

  constructor(signal: StopSignal) {
    this.#signal = signal;
  }

  send(message: ToChannels, text?: string): void {
    if (this.#gone) return;
    try {
      writePipe(TO_CHANNELS, message, text);
    } catch (error) {
      // Whoever reads the other pipe is told so too.
      if ((error as NodeJS.ErrnoException).code !== "EPIPE") throw error;
      this.#gone = true;
    }
  }

  receive(take: Take<FromChannels>, onGone: () => void): void {
    readPipe(FROM_CHANNELS, take, () => {
      this.#gone = true;
      // Past the streams, whose text would go to clients.
      writeSync(2, "Kernel: the process that holds the sockets has ended, so this one ends too\n");
      onGone();
    });
    // Not before the first request is answered: nothing can be urgent before.
    setImmediate(() => this.#startUrgentThread());
  }

  close(): void {
    this.send({ kind: "close" });
    for (const until = performance.now() + LEAVE_MS; !hasEnded() && performance.now() < until;)
      sleepSync(LOOK_AGAIN_MS);
  }

  #startUrgentThread(): void {
    const workerData: UrgentData = { memory: this.#signal.memory, fd: URGENT };
    const thread = new Worker(path.join(__dirname, "urgent-thread.cjs"), { workerData, env: SHARE_ENV, execArgv: [] });
    thread.on("error", (error) => console.error(error)).unref();
  }
}

/** Whether the channels' process is gone; what they still ask is not heard. */
function hasEnded(): boolean {
  try {
    return readSync(FROM_CHANNELS, Buffer.alloc(65_536)) === 0;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== "EAGAIN";
  }
}
