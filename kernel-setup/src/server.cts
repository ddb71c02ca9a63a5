import { randomUUID } from "node:crypto";
import type { Worker } from "node:worker_threads";
import * as zmq from "zeromq";
import type { Asked, FromChannels, ToChannels } from "./channels.cjs";
import { addressOf, encodeFromKernel, SENDING } from "./messages.cjs";
import type { StopSignal } from "./stop-signal.cjs";
import type { ConnectionInfo } from "./wire.cjs";

/** How long the end of the process waits for replies to be on their way. */
const REPLIES_MS = 500;
/** How long what was sent last has to leave the process. */
const LEAVE_MS = 60;

/** A request of a client. */
export type Request = Asked;

/** Answers a request; what it returns is sent as the reply, nothing when undefined. */
export type Handler = (
  request: Request,
  server: Server,
) => Record<string, unknown> | undefined | Promise<Record<string, unknown> | undefined>;

interface Queued {
  readonly id: number;
  readonly request: Request;
}

/**
 * The kernel's side of the Jupyter protocol over ZeroMQ. Requests on shell are answered one after another, each whole: busy,
 * outputs, reply, idle. Control is answered at once. Broadcasts are sent from here; requests come from, and replies go to, the
 * thread of `channels.cts`.
 */
export class Server {
  readonly #connection: ConnectionInfo;
  readonly #channels: Worker;
  readonly #signal: StopSignal;
  #handlers: Readonly<Record<string, Handler>> | undefined;
  readonly #session = randomUUID();
  readonly #iopub = new zmq.Publisher(SENDING);
  readonly #queue: Queued[] = [];
  readonly #aborted = new WeakSet<Request>();
  #replies = 0;
  #draining = false;
  #closed = false;

  constructor(connection: ConnectionInfo, channels: Worker, signal: StopSignal) {
    this.#connection = connection;
    this.#channels = channels;
    this.#signal = signal;
    channels.on("message", (message: FromChannels) => this.#take(message));
    channels.on("error", (error) => {
      console.error(error);
      process.exit(1);
    });
  }

  /** Takes the port for broadcasts. */
  async bind(): Promise<void> {
    await this.#iopub.bind(addressOf(this.#connection, "iopub"));
  }

  /**
   * From now on requests are answered, by the handler for their type; those that waited first.
   * @param info What the other thread answers to `kernel_info_request` on control, without asking.
   */
  open(handlers: Readonly<Record<string, Handler>>, info: Record<string, unknown>): void {
    this.#handlers = handlers;
    this.publish("status", { execution_state: "starting" });
    this.#post({ kind: "open", info });
  }

  /** Broadcasts an output, under the request it belongs to. */
  publish(type: string, content: Record<string, unknown>, parent?: Request): void {
    if (!this.#handlers || this.#closed) return;
    const frames = encodeFromKernel(type, content, {
      key: this.#connection.key,
      session: this.#session,
      parent,
      to: [type],
    });
    this.#iopub.send(frames).catch((error: unknown) => this.#complain(error));
  }

  /**
   * The execute requests that came so far will be answered with `aborted`: what was sent before the error of the running one was
   * known must not run.
   */
  async abortQueued(): Promise<void> {
    // What lies in the socket still must be read before anybody can say what had been sent.
    await new Promise((resolve) => setTimeout(resolve, 10));
    for (const { request } of this.#queue) if (request.type === "execute_request") this.#aborted.add(request);
  }

  /**
   * For the end of the process: waits until the replies are on their way, and the other thread has closed its sockets, and
   * gives what was broadcast last the time to leave.
   */
  close(): void {
    if (this.#closed) return;
    this.#post({ kind: "close" });
    this.#closed = true;
    this.#signal.waitUntilSent(this.#replies + 1, REPLIES_MS);
    this.#iopub.close();
    // Node does not wait for ZeroMQ's own thread, which may not have had its turn yet.
    Atomics.wait(new Int32Array(new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)), 0, 0, LEAVE_MS);
  }

  #take(message: FromChannels): void {
    const { request } = message;
    if (message.kind === "answered") {
      this.publish("status", { execution_state: "busy" }, request);
      this.publish("status", { execution_state: "idle" }, request);
      return;
    }
    if (message.urgent) void this.#answer(message);
    else {
      this.#queue.push(message);
      void this.#drain();
    }
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    for (let next = this.#queue.shift(); next && !this.#closed; next = this.#queue.shift()) await this.#answer(next);
    this.#draining = false;
  }

  async #answer({ id, request }: Queued): Promise<void> {
    this.publish("status", { execution_state: "busy" }, request);
    const content = await this.#replyTo(request);
    if (content) {
      this.#replies++;
      this.#post({ kind: "reply", id, content });
    } else this.#post({ kind: "dropped", id });
    this.publish("status", { execution_state: "idle" }, request);
  }

  async #replyTo(request: Request): Promise<Record<string, unknown> | undefined> {
    if (this.#aborted.has(request)) return { status: "aborted" };
    try {
      return await this.#handlers?.[request.type]?.(request, this);
    } catch (error) {
      const { name, message, stack } = error as Error;
      return { status: "error", ename: name, evalue: message, traceback: (stack ?? message).split("\n") };
    }
  }

  #post(message: ToChannels): void {
    if (!this.#closed) this.#channels.postMessage(message);
  }

  #complain(error: unknown): void {
    if (!this.#closed) console.error("Kernel:", error);
  }
}
