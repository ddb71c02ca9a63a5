import { spawn, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import * as zmq from "zeromq";
import { killGroup, killWithUs } from "./children.cjs";
import { freePorts } from "./ports.cjs";
import { kernelArgv, snapshotFolder } from "./snapshot.cjs";
import {
  decodeMessage,
  encodeRequest,
  type ConnectionInfo,
  type IopubMessage,
  type Message,
  type ReplyStatus,
} from "./wire.cjs";

export type { CellError, ConnectionInfo, Header, IopubMessage, Message, MimeBundle, ReplyStatus } from "./wire.cjs";

/** The first question waits in its socket until the kernel is there; the second may be answered before we hear broadcasts, so it is repeated. */
const LOOK_MS = 300;
const ASK_AGAIN_MS = 20;
/** How long a socket waits before it tries again to reach a kernel that is still starting. */
const RECONNECT_MS = 10;
const CLIENT_SOCKET = { linger: 0, receiveHighWaterMark: 0, reconnectInterval: RECONNECT_MS } as const;
const START_ATTEMPTS = 3;
const DRAIN_MS = 100;

/** How a kernel process ended. */
export interface KernelEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** A kernel that would not start, died, or spoke nonsense. `end` tells how the process ended, if it did. */
export class KernelError extends Error {
  readonly end: KernelEnd | undefined;
  constructor(message: string, end?: KernelEnd) {
    super(message);
    this.name = "KernelError";
    this.end = end;
  }
}

export interface KernelClientOptions {
  /** Command line of the kernel; `{connection_file}` is replaced by the path of the connection file. Default: our own kernel. */
  readonly argv?: readonly string[];
  /** The kernel's working directory, as a notebook server sets it to the notebook's folder. Default: ours. */
  readonly cwd?: string;
  /** The kernel's whole environment. Default: ours. */
  readonly env?: NodeJS.ProcessEnv;
  /** `signal` sends SIGINT (not on Windows), `message` an interrupt_request on control. Default: `message`. */
  readonly interruptMode?: "signal" | "message";
}

export interface RequestOptions {
  /** Called for each broadcast message of this request as it arrives, late ones included. */
  readonly onIopub?: (message: IopubMessage) => void;
}
export interface ExecuteOptions extends RequestOptions {
  /** Id of the cell, sent as JupyterLab sends it. */
  readonly cellId?: string;
  readonly silent?: boolean;
  readonly storeHistory?: boolean;
  /** Whether an error aborts the requests queued behind this one. Default true. */
  readonly stopOnError?: boolean;
}

/** A request that is done: its reply came and the kernel said `idle` for it. */
export interface Answer<Content = Record<string, unknown>> {
  readonly reply: Message<string, Content>;
  /** Its broadcast messages in the order of arrival, `status` included. */
  readonly iopub: readonly IopubMessage[];
  /** From sending to the later of reply and idle, in ms. */
  readonly ms: number;
}
export type ExecuteReply = ReplyStatus & { readonly execution_count: number };
export type CompleteReply = ReplyStatus & {
  readonly matches: readonly string[];
  readonly cursor_start: number;
  readonly cursor_end: number;
  readonly metadata: Readonly<Record<string, unknown>>;
};
export type InspectReply = ReplyStatus & { readonly found: boolean; readonly data: Readonly<Record<string, unknown>> };
export interface IsCompleteReply {
  readonly status: "complete" | "incomplete" | "invalid" | "unknown";
  readonly indent?: string;
}
/** What a kernel says of itself; `language_info` goes into the notebook's metadata. */
export interface KernelInfo {
  readonly protocol_version: string;
  readonly implementation: string;
  readonly implementation_version: string;
  readonly language_info: Readonly<Record<string, unknown>>;
  readonly banner: string;
  /** Of our own kernel: whether it started from a snapshot. */
  readonly started_from?: "snapshot" | "plain";
}

interface Pending {
  readonly needIdle: boolean;
  readonly sentAt: number;
  readonly iopub: IopubMessage[];
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: Error) => void;
  reply?: Message;
  idle?: boolean;
}
interface Sockets {
  readonly shell: zmq.Dealer;
  readonly control: zmq.Dealer;
  readonly iopub: zmq.Subscriber;
}

/** The command line of the kernel of this package: from its snapshot where there can be one. */
export function ownKernelArgv(): string[] {
  return kernelArgv(snapshotFolder());
}

/**
 * A Jupyter client with its own kernel process, over ZeroMQ, without Python: what `notebook run`, `kernel check` and the
 * kernel's tests speak through. Every message is signed and checked. The kernel never outlives this process.
 *
 * @example
 * const kernel = await new KernelClient().start();
 * const { reply } = await kernel.execute("const a: number = 41; a + 1");
 * reply.content.status // -> "ok"
 * await kernel.shutdown();
 */
export class KernelClient {
  /** All broadcast messages since the start in the order of arrival, whatever request they belong to. */
  readonly log: IopubMessage[] = [];
  /** What the kernel process wrote to its own stdout and stderr (not what cells print), the last 1 MB. */
  kernelOut = "";
  /** Spawn to ready, in ms. */
  startMs = NaN;
  /** True when `shutdown` had to kill. */
  killed = false;

  readonly #options: KernelClientOptions;
  readonly #session = randomUUID();
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Map<string, (message: IopubMessage) => void>();
  readonly #died: Promise<KernelEnd>;
  #tellDied!: (end: KernelEnd) => void;
  #sending: Promise<unknown> = Promise.resolve();
  #process?: ChildProcess;
  #spawnError?: Error;
  #sockets?: Sockets;
  #connection?: ConnectionInfo;
  #folder?: string;
  #info?: KernelInfo;
  #end?: KernelEnd;
  #closed = false;

  constructor(options: KernelClientOptions = {}) {
    this.#options = options;
    this.#died = new Promise((resolve) => (this.#tellDied = resolve));
  }

  /** Process id of the kernel; undefined before `start`. */
  get pid(): number | undefined {
    return this.#process?.pid;
  }
  /** Whether the kernel process runs. */
  get alive(): boolean {
    return this.#process !== undefined && this.#end === undefined;
  }
  /** Resolves, once, when the kernel process has ended. */
  get died(): Promise<KernelEnd> {
    return this.#died;
  }
  /** The kernel's answer to `kernel_info_request`. */
  get info(): KernelInfo {
    if (!this.#info) throw new KernelError("Cannot tell the kernel's info: it has not been started");
    return this.#info;
  }

  /**
   * Starts the kernel and waits until it answers and its broadcasts arrive.
   * @param options.timeoutMs How long to wait for the first answer. Default 30,000.
   * @throws KernelError with the kernel's own output when it dies or stays silent.
   */
  async start({ timeoutMs = 30_000 }: { timeoutMs?: number } = {}): Promise<this> {
    if (this.#process) throw new KernelError("Cannot start the kernel: this client has started one already");
    const startedAt = performance.now();
    const deadline = startedAt + timeoutMs;
    for (let attempt = 1; ; attempt++) {
      const kernel = await this.#spawn();
      const failure = await this.#firstAnswer(kernel, deadline);
      if (failure === undefined) break;
      this.#close();
      // Somebody took one of the ports between our looking and the kernel's binding.
      if (attempt < START_ATTEMPTS && /EADDRINUSE|address already in use/i.test(this.kernelOut)) continue;
      killGroup(kernel);
      this.#end = await exitOf(kernel);
      this.#tellDied(this.#end);
      throw failure;
    }
    this.startMs = performance.now() - startedAt;
    return this;
  }

  /** Runs code as a cell. A cell that throws is no rejection: `reply.content.status` is `error`. */
  execute(code: string, options: ExecuteOptions = {}): Promise<Answer<ExecuteReply>> {
    const { silent = false, storeHistory = !silent, stopOnError = true, cellId, onIopub } = options;
    const content = {
      code,
      silent,
      store_history: storeHistory,
      user_expressions: {},
      allow_stdin: false,
      stop_on_error: stopOnError,
    };
    const metadata = cellId === undefined ? {} : { cellId };
    return this.request<ExecuteReply>("execute_request", content, { onIopub, metadata });
  }

  /** @param cursor Position in `code` counted in characters (code points), as the protocol has it. Default: its end. */
  complete(code: string, cursor = [...code].length): Promise<Answer<CompleteReply>> {
    return this.request<CompleteReply>("complete_request", { code, cursor_pos: cursor });
  }

  inspect(code: string, cursor = [...code].length, detailLevel: 0 | 1 = 0): Promise<Answer<InspectReply>> {
    return this.request<InspectReply>("inspect_request", { code, cursor_pos: cursor, detail_level: detailLevel });
  }

  isComplete(code: string): Promise<Answer<IsCompleteReply>> {
    return this.request<IsCompleteReply>("is_complete_request", { code });
  }

  /**
   * Sends any request.
   * @param options.needIdle Whether the answer waits for `idle` too. Default true.
   * @throws KernelError when the kernel dies before it has answered.
   */
  request<Content = Record<string, unknown>>(
    type: string,
    content: unknown,
    options: RequestOptions & {
      channel?: "shell" | "control";
      needIdle?: boolean;
      metadata?: Record<string, unknown>;
    } = {},
  ): Promise<Answer<Content>> {
    const { channel = "shell", needIdle = true, metadata, onIopub } = options;
    const sockets = this.#sockets;
    if (!sockets || !this.#connection || this.#closed) {
      return Promise.reject(
        new KernelError(
          `Cannot send ${type}: ${this.#process ? "the kernel has ended" : "call start() first"}`,
          this.#end,
        ),
      );
    }
    const { id, frames } = encodeRequest(type, content, {
      key: this.#connection.key,
      session: this.#session,
      metadata,
    });
    return new Promise<Answer<Content>>((resolve, reject) => {
      const pending: Pending = {
        needIdle,
        sentAt: performance.now(),
        iopub: [],
        resolve: resolve as Pending["resolve"],
        reject,
      };
      this.#pending.set(id, pending);
      if (onIopub) this.#listeners.set(id, onIopub);
      // One send at a time: zeromq refuses a second one while the first waits.
      this.#sending = this.#sending
        .then(() => sockets[channel].send(frames))
        .catch((error: unknown) => {
          if (this.#pending.delete(id)) reject(new KernelError(`Cannot send ${type}: ${String(error)}`, this.#end));
        });
    });
  }

  /** Interrupts the running cell. By message it resolves when the kernel has answered, by signal at once. */
  async interrupt(
    mode = this.#options.interruptMode ?? "message",
  ): Promise<void> {
    if (!this.alive) return;
    if (mode === "signal") this.#process!.kill("SIGINT");
    else await this.request("interrupt_request", {}, { channel: "control", needIdle: false });
  }

  /**
   * Asks the kernel to end, so that its shutdown hooks run; kills it when it has not ended after `graceMs` (`killed` tells).
   * Does nothing when it has ended already.
   */
  async shutdown({ graceMs = 3_000, restart = false } = {}): Promise<KernelEnd> {
    if (this.alive && !this.#closed) {
      this.request("shutdown_request", { restart }, { channel: "control", needIdle: false }).catch(() => {});
      if (!(await settlesWithin(this.#died, graceMs))) {
        this.killed = true;
        killGroup(this.#process!);
      }
    }
    return this.#ended();
  }

  /** Ends the kernel at once, as a crash would: no hook runs. */
  async kill(): Promise<KernelEnd> {
    if (this.#process) killGroup(this.#process);
    return this.#ended();
  }

  async #ended(): Promise<KernelEnd> {
    if (!this.#process) return { code: null, signal: null };
    const end = await this.#died;
    this.#close();
    return end;
  }

  async #spawn(): Promise<ChildProcess> {
    const [shell, iopub, stdin, control, heartbeat] = (await freePorts(5)) as [number, number, number, number, number];
    const connection: ConnectionInfo = {
      transport: "tcp",
      ip: "127.0.0.1",
      shell_port: shell,
      iopub_port: iopub,
      stdin_port: stdin,
      control_port: control,
      hb_port: heartbeat,
      key: randomUUID(),
      signature_scheme: "hmac-sha256",
      kernel_name: "alphabook",
    };
    this.#folder = mkdtempSync(path.join(tmpdir(), "alphabook-kernel-"));
    const file = path.join(this.#folder, "kernel.json");
    writeFileSync(file, JSON.stringify(connection), { mode: 0o600 });
    const [command, ...args] = (this.#options.argv ?? ownKernelArgv()).map((part) =>
      part.replaceAll("{connection_file}", file),
    );
    if (command === undefined) throw new KernelError("Cannot start the kernel: its command line (argv) is empty");
    this.#spawnError = undefined;
    const kernel = spawn(command, args, {
      cwd: this.#options.cwd ?? process.cwd(),
      env: this.#options.env ?? process.env,
      stdio: ["ignore", "pipe", "pipe"],
      // A group of its own: Ctrl-C in a terminal reaches us alone, and we decide.
      detached: process.platform !== "win32",
    });
    kernel.once("error", (error) => (this.#spawnError = error));
    if (kernel.pid === undefined) await once(kernel, "error").catch(() => {});
    else killWithUs(kernel);
    for (const stream of [kernel.stdout, kernel.stderr]) {
      stream
        .setEncoding("utf8")
        .on("data", (text: string) => (this.kernelOut = (this.kernelOut + text).slice(-1_000_000)));
    }
    this.#process = kernel;
    this.#connection = connection;
    this.#closed = false;
    this.#sockets = this.#connect(connection);
    return kernel;
  }

  #connect(connection: ConnectionInfo): Sockets {
    const at = (port: number) => `tcp://${connection.ip}:${port}`;
    const shell = new zmq.Dealer(CLIENT_SOCKET);
    const control = new zmq.Dealer(CLIENT_SOCKET);
    const iopub = new zmq.Subscriber(CLIENT_SOCKET);
    shell.connect(at(connection.shell_port));
    control.connect(at(connection.control_port));
    iopub.connect(at(connection.iopub_port));
    iopub.subscribe();
    for (const [channel, socket] of Object.entries({ shell, control, iopub }))
      void this.#read(socket, channel as Message["channel"], connection.key);
    return { shell, control, iopub };
  }

  /** undefined when the kernel is ready; otherwise why it is not. */
  async #firstAnswer(kernel: ChildProcess, deadline: number): Promise<KernelError | undefined> {
    const exit = exitOf(kernel);
    let [answered, ready] = [false, false];
    const ask = (needIdle: boolean, then: () => void) =>
      this.request<KernelInfo>("kernel_info_request", {}, { needIdle }).then(
        ({ reply }) => {
          this.#info = reply.content;
          then();
        },
        () => {},
      );
    const first = ask(false, () => (answered = true));
    for (;;) {
      if (!answered) await settlesWithin(Promise.race([first, exit]), LOOK_MS);
      if (answered) await settlesWithin(Promise.race([ask(true, () => (ready = true)), exit]), ASK_AGAIN_MS);
      if (ready) break;
      const says = this.kernelOut.trim() === "" ? "" : `\n  it said: ${this.kernelOut.trim().slice(-2_000)}`;
      if (this.#spawnError)
        return new KernelError(
          `Cannot start the kernel: ${this.#spawnError.message}\n  command: ${kernel.spawnargs.join(" ")}`,
        );
      if (hasEnded(kernel)) {
        const end = await exit;
        return new KernelError(
          `Cannot start the kernel: it ended at once (${describeEnd(end)})${says}\n  command: ${kernel.spawnargs.join(" ")}`,
          end,
        );
      }
      if (performance.now() > deadline)
        return new KernelError(
          `Cannot start the kernel: no answer in time${says}\n  command: ${kernel.spawnargs.join(" ")}`,
        );
    }
    // Earlier askings were lost or are answered still; nobody waits for them.
    for (const pending of this.#pending.values()) pending.reject(new KernelError("asked again"));
    this.#pending.clear();
    void exit.then((end) => this.#onEnd(end));
    return undefined;
  }

  async #read(socket: zmq.Dealer | zmq.Subscriber, channel: Message["channel"], key: string): Promise<void> {
    try {
      for await (const frames of socket) this.#receive(decodeMessage(channel, frames, key));
    } catch (error) {
      if (!this.#closed) this.#failAll(new KernelError(error instanceof Error ? error.message : String(error)));
    }
  }

  #receive(message: Message): void {
    const id = message.parent.msg_id;
    const pending = id === undefined ? undefined : this.#pending.get(id);
    if (message.channel === "iopub") {
      const broadcast = message as IopubMessage;
      this.log.push(broadcast);
      pending?.iopub.push(broadcast);
      if (id !== undefined) this.#listeners.get(id)?.(broadcast);
      if (pending && broadcast.type === "status" && broadcast.content.execution_state === "idle") pending.idle = true;
    } else if (pending) pending.reply = message;
    if (id === undefined || !pending?.reply || (pending.needIdle && !pending.idle)) return;
    this.#pending.delete(id);
    pending.resolve({ reply: pending.reply, iopub: pending.iopub, ms: performance.now() - pending.sentAt });
  }

  async #onEnd(end: KernelEnd): Promise<void> {
    this.#end = end;
    // What the kernel sent before it ended may still be on its way to us: until nothing has come for a while.
    for (let seen = -1; seen < this.log.length; ) {
      seen = this.log.length;
      await new Promise((resolve) => setTimeout(resolve, DRAIN_MS));
    }
    this.#failAll(new KernelError(`The kernel died (${describeEnd(end)})`, end));
    this.#close();
    this.#tellDied(end);
  }

  #failAll(error: KernelError): void {
    for (const pending of this.#pending.values()) pending.reject(error);
    this.#pending.clear();
  }

  #close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#failAll(new KernelError("The client was closed", this.#end));
    for (const socket of Object.values(this.#sockets ?? {})) (socket as zmq.Socket).close();
    if (this.#folder !== undefined) rmSync(this.#folder, { recursive: true, force: true });
  }
}

/** `exit code 3`, `signal SIGKILL`. */
export function describeEnd({ code, signal }: KernelEnd): string {
  return signal !== null ? `signal ${signal}` : `exit code ${code}`;
}

function hasEnded(child: ChildProcess): boolean {
  return child.pid === undefined || child.exitCode !== null || child.signalCode !== null;
}

function exitOf(child: ChildProcess): Promise<KernelEnd> {
  if (hasEnded(child)) return Promise.resolve({ code: child.exitCode, signal: child.signalCode });
  return new Promise((resolve) => child.once("exit", (code, signal) => resolve({ code, signal })));
}

async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const settled = await Promise.race([
    promise.then(
      () => true,
      () => true,
    ),
    late,
  ]);
  clearTimeout(timer);
  return settled;
}
