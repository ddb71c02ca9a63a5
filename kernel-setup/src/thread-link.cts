import path from "node:path";
import { SHARE_ENV, Worker } from "node:worker_threads";
import type { ChannelsLink } from "./channels-link.cjs";
import type { ChannelsData } from "./channels-side.cjs";
import type { FromChannels, Take, ToChannels } from "./line.cjs";
import { sleepSync } from "./sleep-sync.cjs";
import type { StopSignal } from "./stop-signal.cjs";

/** How long the end of the process waits for the sockets to close. */
const CLOSE_MS = 500;
/** How long what was sent last has to leave the process: Node does not wait for ZeroMQ's own thread. */
const LEAVE_MS = 60;

/** The channels are a thread of this process. */
export class ThreadLink implements ChannelsLink {
  readonly #signal: StopSignal;
  readonly #thread: Worker;

  constructor(connection: string, signal: StopSignal) {
    this.#signal = signal;
    const workerData: ChannelsData = { connection: path.resolve(connection), memory: signal.memory };
    this.#thread = new Worker(path.join(__dirname, "channels.cjs"), { workerData, env: SHARE_ENV, execArgv: [] });
  }

  send(message: ToChannels, text = ""): void {
    this.#thread.postMessage([message, text]);
  }

  receive(take: Take<FromChannels>, onGone: () => void): void {
    this.#thread.on("message", (message: FromChannels) => take(message, ""));
    this.#thread.on("error", (error) => {
      console.error(error);
      onGone();
    });
  }

  /** A process that ends while another thread's sockets are open is ended by their library, with a fault. */
  close(): void {
    this.send({ kind: "close" });
    this.#signal.waitUntilClosed(CLOSE_MS);
    sleepSync(LEAVE_MS);
  }
}
