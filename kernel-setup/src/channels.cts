// Owns the kernel's sockets, so that somebody hears clients while the kernel runs a cell without a pause. Requests go to the
// kernel; replies and broadcasts come from it. Runs in one of two ways: as a process that comes up while the kernel reads its
// snapshot (`node channels.cjs <connection file> <names of the pipes>`), or as a thread of a kernel that started plainly.
import { randomUUID } from "node:crypto";
import { readFileSync, writeSync } from "node:fs";
import { format } from "node:util";
import { isMainThread } from "node:worker_threads";
import * as zmq from "zeromq";
import type { ChannelsSide } from "./channels-side.cjs";
import type { ToChannels } from "./line.cjs";
import { addressOf, decodeRequest, encodeFromKernel, SENDING, type Request } from "./messages.cjs";
import type { ConnectionInfo, Header } from "./wire.cjs";

/** Requests that cannot wait for the running cell, whatever channel they come by. */
const URGENT = new Set(["interrupt_request", "shutdown_request"]);
/** A kernel that was killed may leave its ports to the next one a moment late. */
const PORTS_FREE_MS = 1_500;
const LOOK_AGAIN_MS = 20;

const side = (isMainThread ? require("./process-side.cjs") : require("./thread-side.cjs")) as ChannelsSide;
const connection = JSON.parse(readFileSync(side.connectionFile, "utf8")) as ConnectionInfo;
const session = randomUUID();
const shell = new zmq.Router(SENDING);
const control = new zmq.Router(SENDING);
const stdin = new zmq.Router(SENDING);
const iopub = new zmq.Publisher(SENDING);
const heartbeat = new zmq.Reply({ linger: 0 });
const open = new Map<number, Request>();
let info: string | undefined;
let requests = 0;

/** Past the streams, which a thread shares with a main thread that may be stuck. */
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
  const { channel, type, header } = asked;
  if (channel === "control" && type === "kernel_info_request" && info !== undefined) {
    publish("status", `{"execution_state":"busy"}`, header);
    reply(request, info);
    publish("status", `{"execution_state":"idle"}`, header);
    return;
  }
  const id = ++requests;
  open.set(id, request);
  const urgent = URGENT.has(type);
  if (urgent) side.press({ mayKill: type === "shutdown_request" }, answerShutdowns);
  side.tell({ kind: "request", id, request: asked, urgent: urgent || channel === "control" });
}

function publish(type: string, content: string, parent: Header | undefined): void {
  send(iopub, encodeFromKernel(type, content, { key: connection.key, session, parent, to: [type] }));
}

function reply(request: Request, content: string): void {
  const { channel, header: parent, identities: to } = request;
  const type = request.type.replace(/_request$/, "_reply");
  send(
    channel === "control" ? control : shell,
    encodeFromKernel(type, content, { key: connection.key, session, parent, to }),
  );
}

function send(socket: zmq.Router | zmq.Publisher, frames: (Buffer | string)[]): void {
  socket.send(frames).catch(complain);
}

/** For a kernel that has been killed, or is about to be. */
function answerShutdowns(): void {
  for (const request of open.values())
    if (request.type === "shutdown_request")
      reply(request, JSON.stringify({ status: "ok", restart: request.content.restart === true }));
}

async function echo(): Promise<void> {
  for await (const frames of heartbeat) await heartbeat.send(frames);
}

function answer(message: ToChannels, text: string): void {
  if (message.kind === "publish") publish(message.type, text, message.parent);
  else if (message.kind === "open") {
    info = text;
    for (const reading of [read(shell, "shell"), read(control, "control"), echo()]) reading.catch(complain);
  } else if (message.kind === "close") close();
  else {
    const request = open.get(message.id);
    open.delete(message.id);
    if (request && message.kind === "reply") reply(request, text);
  }
}

function close(): void {
  for (const socket of [shell, control, stdin, iopub, heartbeat]) socket.close();
  side.closed();
}

async function bind(): Promise<void> {
  const sockets = { shell, control, stdin, iopub, hb: heartbeat };
  const until = performance.now() + PORTS_FREE_MS;
  const bindOne = async (socket: zmq.Router | zmq.Publisher | zmq.Reply, address: string): Promise<void> => {
    try {
      await socket.bind(address);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE" || performance.now() > until) throw error;
      await later(LOOK_AGAIN_MS);
      await bindOne(socket, address);
    }
  };
  await Promise.all(
    Object.entries(sockets).map(([name, socket]) =>
      bindOne(socket, addressOf(connection, name as keyof typeof sockets)),
    ),
  );
}

// A socket cannot be read, nor sent to, while it binds.
const bound = bind().catch((error: unknown) => {
  complain(error);
  side.endKernel();
});
side.receive(
  (message, text) => void bound.then(() => answer(message, text)),
  () => {
    answerShutdowns();
    close();
  },
);
