import { randomUUID } from "node:crypto";
import * as zmq from "zeromq";
import { decodeRequest, encodeFromKernel, type Request } from "./messages.cjs";
import type { ConnectionInfo } from "./wire.cjs";

/** How long what was sent last may take to leave when the process ends. */
const LINGER_MS = 1_000;
/**
 * zeromq.js sends at most 512 messages of one tick at once, and after that refuses a second one as busy; then messages are
 * lost. Without a limit and without waiting there is no such state.
 */
const SENDING = { linger: LINGER_MS, sendHighWaterMark: 0, sendTimeout: 0 } as const;
/** Messages that cannot wait for the running cell, whatever channel they come by. */
const AT_ONCE = new Set(["interrupt_request", "shutdown_request"]);

/** Answers a request; what it returns is sent as the reply, nothing when undefined. */
export type Handler = (
  request: Request,
  server: Server,
) => Record<string, unknown> | undefined | Promise<Record<string, unknown> | undefined>;

/**
 * The kernel's side of the Jupyter protocol over ZeroMQ. Requests on shell are answered one after another, each whole: busy,
 * outputs, reply, idle. Control is answered at once.
 */
export class Server {
  readonly #connection: ConnectionInfo;
  #handlers: Readonly<Record<string, Handler>> | undefined;
  readonly #session = randomUUID();
  readonly #shell = new zmq.Router(SENDING);
  readonly #control = new zmq.Router(SENDING);
  readonly #stdin = new zmq.Router(SENDING);
  readonly #iopub = new zmq.Publisher(SENDING);
  readonly #heartbeat = new zmq.Reply({ linger: 0 });
  readonly #queue: Request[] = [];
  readonly #aborted = new WeakSet<Request>();
  #draining = false;
  #closed = false;

  constructor(connection: ConnectionInfo) {
    this.#connection = connection;
  }

  /** Takes the ports, before the slow part of the start lets anybody else take them. Nothing is answered before `open`. */
  async bind(): Promise<void> {
    const { transport, ip, ...ports } = this.#connection;
    const at = (port: number) => `${transport}://${ip}${transport === "tcp" ? ":" : "-"}${port}`;
    await Promise.all([
      this.#shell.bind(at(ports.shell_port)),
      this.#control.bind(at(ports.control_port)),
      this.#stdin.bind(at(ports.stdin_port)),
      this.#iopub.bind(at(ports.iopub_port)),
      this.#heartbeat.bind(at(ports.hb_port)),
    ]);
  }

  /** From now on requests are answered, by the handler for their type; those that waited first. */
  open(handlers: Readonly<Record<string, Handler>>): void {
    this.#handlers = handlers;
    this.publish("status", { execution_state: "starting" });
    void this.#read(this.#shell, "shell");
    void this.#read(this.#control, "control");
    void this.#echo();
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
    for (const request of this.#queue) if (request.type === "execute_request") this.#aborted.add(request);
  }
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const socket of [this.#shell, this.#control, this.#stdin, this.#iopub, this.#heartbeat]) socket.close();
  }

  async #read(socket: zmq.Router, channel: "shell" | "control"): Promise<void> {
    for await (const frames of socket) {
      try {
        const request = decodeRequest(channel, frames as Buffer[], this.#connection.key);
        if (channel === "control" || AT_ONCE.has(request.type)) void this.#answer(request);
        else {
          this.#queue.push(request);
          void this.#drain();
        }
      } catch (error) {
        this.#complain(error);
      }
    }
  }

  async #drain(): Promise<void> {
    if (this.#draining) return;
    this.#draining = true;
    for (let request = this.#queue.shift(); request && !this.#closed; request = this.#queue.shift())
      await this.#answer(request);
    this.#draining = false;
  }

  async #answer(request: Request): Promise<void> {
    this.publish("status", { execution_state: "busy" }, request);
    const content = await this.#replyTo(request);
    if (content) this.#reply(request, content);
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

  #reply(request: Request, content: Record<string, unknown>): void {
    if (this.#closed) return;
    const socket = request.channel === "control" ? this.#control : this.#shell;
    const type = request.type.replace(/_request$/, "_reply");
    const frames = encodeFromKernel(type, content, {
      key: this.#connection.key,
      session: this.#session,
      parent: request,
      to: request.identities,
    });
    socket.send(frames).catch((error: unknown) => this.#complain(error));
  }

  async #echo(): Promise<void> {
    for await (const frames of this.#heartbeat) await this.#heartbeat.send(frames);
  }

  #complain(error: unknown): void {
    if (!this.#closed) console.error("Kernel:", error);
  }
}
