import type { ChannelsLink } from "./channels-link.cjs";
import type { Asked, FromChannels } from "./line.cjs";

/** A request of a client. */
export type Request = Asked;

/** Answers a request; what it returns is sent as the reply, nothing when undefined. */
export type Handler = (
  request: Request,
  server: Server,
) => Record<string, unknown> | undefined | Promise<Record<string, unknown> | undefined>;

/**
 * The kernel's side of the Jupyter protocol. Requests on shell are answered one after another, each whole: busy, outputs, reply,
 * idle. Control is answered at once. The sockets are held by `channels.cts`.
 */
export class Server {
  readonly #channels: ChannelsLink;
  #handlers: Readonly<Record<string, Handler>> | undefined;
  readonly #queue: FromChannels[] = [];
  readonly #aborted = new WeakSet<Request>();
  #draining = false;
  #closed = false;

  constructor(channels: ChannelsLink) {
    this.#channels = channels;
  }

  /**
   * From now on requests are answered, by the handler for their type; those that waited first.
   * @param info What is answered to `kernel_info_request` on control, without asking.
   * @param onGone Called when no client can be heard any more.
   */
  open(handlers: Readonly<Record<string, Handler>>, info: Record<string, unknown>, onGone: () => void): void {
    this.#handlers = handlers;
    this.publish("status", { execution_state: "starting" });
    this.#channels.send({ kind: "open" }, JSON.stringify(info));
    this.#channels.receive((message) => this.#take(message), onGone);
  }

  /** Broadcasts an output, under the request it belongs to. */
  publish(type: string, content: Record<string, unknown>, parent?: Request): void {
    if (this.#handlers && !this.#closed)
      this.#channels.send({ kind: "publish", type, parent: parent?.header }, JSON.stringify(content));
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

  /** For the end of the process: waits until replies and broadcasts have left. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#channels.close();
  }

  #take(message: FromChannels): void {
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

  async #answer({ id, request }: FromChannels): Promise<void> {
    this.publish("status", { execution_state: "busy" }, request);
    const content = await this.#replyTo(request);
    if (this.#closed) return;
    if (content) this.#channels.send({ kind: "reply", id }, JSON.stringify(content));
    else this.#channels.send({ kind: "dropped", id });
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
}
