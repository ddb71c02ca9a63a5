// The kernel's second thread: it owns the sockets by which clients ask, so that somebody hears them while the main thread runs a
// cell without a pause. Requests go to the main thread; replies come back from it.
import { randomUUID } from "node:crypto";
import { readFileSync, writeSync } from "node:fs";
import { format } from "node:util";
import { parentPort, workerData } from "node:worker_threads";
import * as zmq from "zeromq";
import { addressOf, decodeRequest, encodeFromKernel, SENDING, type Request } from "./messages.cjs";
import { StopSignal } from "./stop-signal.cjs";
import type { ConnectionInfo } from "./wire.cjs";

/** What the main thread hands over. */
export interface ChannelsData {
  /** Path of the connection file. */
  readonly connection: string;
  readonly memory: SharedArrayBuffer;
}
/** To the main thread. */
export type FromChannels =
  | { readonly kind: "request"; readonly id: number; readonly request: Asked; readonly urgent: boolean }
  | { readonly kind: "answered"; readonly request: Asked };
/** From the main thread. */
export type ToChannels =
  | { readonly kind: "open"; readonly info: Record<string, unknown> }
  | { readonly kind: "reply"; readonly id: number; readonly content: Record<string, unknown> }
  | { readonly kind: "dropped"; readonly id: number }
  | { readonly kind: "close" };
/** A request without the way back to its client, which stays here. */
export type Asked = Omit<Request, "identities" | "buffers">;

/** Requests that cannot wait for the running cell, whatever channel they come by. */
const URGENT = new Set(["interrupt_request", "shutdown_request"]);
/** A main thread that has not come to an urgent request by then is stuck in a cell: first Node may stop it, then the cell's own loops. */
const SIGNAL_AFTER_MS = 100;
const STOP_LOOPS_AFTER_MS = 300;
/** A kernel that shall end, and is stuck where nothing stops it, is killed. */
const KILL_AFTER_MS = 700;
const LOOK_AGAIN_MS = 20;
/** How long the last reply may take to leave before the kill. */
const LEAVE_MS = 50;

const { connection: file, memory } = workerData as ChannelsData;
const connection = JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo;
const main = parentPort!;
const signal = new StopSignal(memory);
const session = randomUUID();
const shell = new zmq.Router(SENDING);
const control = new zmq.Router(SENDING);
const stdin = new zmq.Router(SENDING);
const heartbeat = new zmq.Reply({ linger: 0 });
const open = new Map<number, Request>();
let info: Record<string, unknown> | undefined;
let requests = 0;

const tell = (message: FromChannels) => main.postMessage(message);
/** Past the streams of the main thread, which may be stuck. */
const complain = (...what: unknown[]) => void writeSync(2, `${format("Kernel:", ...what)}\n`);
const later = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function read(socket: zmq.Router, channel: "shell" | "control"): Promise<void> {
  for await (const frames of socket) {
    try {
      take(decodeRequest(channel, frames as Buffer[], connection.key));
    } catch (error) {
      complain(error);
    }
  }
}

function take(request: Request): void {
  const { identities: _identities, buffers: _buffers, ...asked } = request;
  if (request.channel === "control" && request.type === "kernel_info_request" && info) {
    void reply(request, info);
    tell({ kind: "answered", request: asked });
    return;
  }
  const id = ++requests;
  open.set(id, request);
  const urgent = URGENT.has(request.type);
  const number = urgent ? signal.ask() : 0;
  tell({ kind: "request", id, request: asked, urgent: urgent || request.channel === "control" });
  if (urgent) void press(request, number);
}

/** Sees to it that the main thread comes to an urgent request. */
async function press(request: Request, number: number): Promise<void> {
  await later(SIGNAL_AFTER_MS);
  while (signal.isWorking()) await later(LOOK_AGAIN_MS);
  // The main thread may just have come out of it.
  await later(LOOK_AGAIN_MS);
  if (signal.isSeen(number)) return;
  // On Windows that would end the process.
  if (process.platform !== "win32") {
    signal.raise();
    process.kill(process.pid, "SIGINT");
  }
  await later(STOP_LOOPS_AFTER_MS - SIGNAL_AFTER_MS);
  if (signal.isSeen(number)) return;
  signal.stopLoops();
  if (request.type !== "shutdown_request") return;
  await later(KILL_AFTER_MS - STOP_LOOPS_AFTER_MS);
  while (signal.isWorking()) await later(LOOK_AGAIN_MS);
  if (signal.isSeen(number)) return;
  complain(
    "killed by a shutdown request: a cell ran without a pause, in code of a library that nothing can stop\n" +
      "  what it had not written to disk is lost, and no shutdown hook ran",
  );
  await reply(request, { status: "ok", restart: request.content.restart === true });
  await later(LEAVE_MS);
  process.kill(process.pid, "SIGKILL");
}

async function reply(request: Request, content: Record<string, unknown>): Promise<void> {
  const socket = request.channel === "control" ? control : shell;
  const type = request.type.replace(/_request$/, "_reply");
  const { key } = connection;
  try {
    await socket.send(encodeFromKernel(type, content, { key, session, parent: request, to: request.identities }));
  } catch (error) {
    complain(error);
  }
}

async function echo(): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

async function answer(message: ToChannels): Promise<void> {
  if (message.kind === "open") {
    info = message.info;
    for (const reading of [read(shell, "shell"), read(control, "control"), echo()]) reading.catch(complain);
    return;
  }
  if (message.kind === "close") {
    // A process that ends while another thread's sockets are open is ended by their library, with a fault.
    for (const socket of [shell, control, stdin, heartbeat]) socket.close();
    main.close();
    signal.sent();
    return;
  }
  const request = open.get(message.id);
  open.delete(message.id);
  if (!request || message.kind === "dropped") return;
  await reply(request, message.content);
  signal.sent();
}

async function bind(): Promise<void> {
  await Promise.all([
    shell.bind(addressOf(connection, "shell")),
    control.bind(addressOf(connection, "control")),
    stdin.bind(addressOf(connection, "stdin")),
    heartbeat.bind(addressOf(connection, "hb")),
  ]);
}

// A socket cannot be read while it binds.
let answering = bind().catch((error: unknown) => {
  complain(error);
  process.kill(process.pid, "SIGTERM");
});
main.on("message", (message: ToChannels) => void (answering = answering.then(() => answer(message))));
