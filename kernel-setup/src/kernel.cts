#!/usr/bin/env node
// The kernel's process: `node kernel.cjs <connection file>`, started by Jupyter or by our own client.
import "./node-version.cjs";
import "./compile-cache.cjs";
import { readFileSync } from "node:fs";
import ts from "typescript";
import { positionOf, pointOf } from "./code-points.cjs";
import type { Request } from "./messages.cjs";
import { Server, type Handler } from "./server.cjs";
import { Session } from "./session.cjs";
import type { ConnectionInfo } from "./wire.cjs";

const ORPHAN_CHECK_MS = 2_000;
const SIGNALS = { SIGTERM: 143, SIGHUP: 129 } as const;
const tslabVersion = (require("tslab/package.json") as { version: string }).version;

let session: Session<Request>;
let executionCount = 0;
let leaving = false;

interface ExecuteContent {
  readonly code: string;
  readonly silent?: boolean;
  readonly store_history?: boolean;
  readonly stop_on_error?: boolean;
  readonly user_expressions?: Readonly<Record<string, string>>;
}

const execute: Handler = async (request, server) => {
  const { code, silent = false, store_history = true, stop_on_error = true, user_expressions = {} } = request.content as unknown as ExecuteContent;
  if (store_history && !silent) executionCount++;
  const cellId = request.metadata.cellId as string | undefined;
  if (!silent) server.publish("execute_input", { code, execution_count: executionCount }, request);
  const error = await session.execute({ code, executionCount, silent, parent: request, ...(cellId !== undefined && { cellId }) });
  if (error && stop_on_error) await server.abortQueued();
  const expressions = Object.entries(user_expressions).map(async ([key, name]) => [key, await readVariable(name)] as const);
  const shared = { execution_count: executionCount, user_expressions: error ? {} : Object.fromEntries(await Promise.all(expressions)), payload: [] };
  return error ? { status: "error", ...error, ...shared } : { status: "ok", ...shared };
};

/** A user expression may be the name of a variable. */
async function readVariable(name: string): Promise<Record<string, unknown>> {
  if (name in session.variables) return { status: "ok", ...(await session.show(session.variables[name])) };
  return { status: "error", ename: "ReferenceError", evalue: `${name} is no variable of this notebook`, traceback: [] };
}

const complete: Handler = ({ content }) => {
  const { code, cursor_pos } = content as { code: string; cursor_pos: number };
  const { start, end, candidates } = session.complete(code, positionOf(code, cursor_pos));
  return { status: "ok", matches: candidates, cursor_start: pointOf(code, start), cursor_end: pointOf(code, end), metadata: {} };
};

const inspect: Handler = ({ content }) => {
  const { code, cursor_pos } = content as { code: string; cursor_pos: number };
  const text = session.inspect(code, positionOf(code, cursor_pos));
  return { status: "ok", found: text !== undefined, data: text === undefined ? {} : { "text/plain": text }, metadata: {} };
};

const isComplete: Handler = ({ content }) => {
  const { completed, indent } = session.isComplete(content.code as string);
  return completed ? { status: "complete" } : { status: "incomplete", indent: indent ?? "" };
};

const kernelInfo: Handler = () => ({
  status: "ok",
  protocol_version: "5.3",
  implementation: "alphabook",
  implementation_version: tslabVersion,
  language_info: {
    name: "typescript",
    version: ts.version,
    mimetype: "text/typescript",
    file_extension: ".ts",
    pygments_lexer: "typescript",
    // JupyterLab reads `mode`, the classic notebook `name` and `typescript`.
    codemirror_mode: { mode: "typescript", name: "javascript", typescript: true },
    nbconvert_exporter: "script",
  },
  banner: `alphabook: tslab ${tslabVersion}, TypeScript ${ts.version}, Node ${process.version}`,
  help_links: [],
});

const interrupt: Handler = () => {
  session.interrupt();
  return { status: "ok" };
};

const shutdown: Handler = async ({ content }, server) => {
  await leave(server, { reason: "shutdown_request", failed: false, code: 0 });
  return { status: "ok", restart: content.restart === true };
};

const handlers: Readonly<Record<string, Handler>> = {
  execute_request: execute,
  complete_request: complete,
  inspect_request: inspect,
  is_complete_request: isComplete,
  kernel_info_request: kernelInfo,
  interrupt_request: interrupt,
  shutdown_request: shutdown,
  history_request: () => ({ status: "ok", history: [] }),
  comm_info_request: () => ({ status: "ok", comms: {} }),
  comm_open: (request, server) => void server.publish("comm_close", { comm_id: request.content.comm_id, data: {} }, request),
};

/** Stops the running cell, lets libraries put their things away, and ends the process once the reply is on its way. */
async function leave(server: Server, { reason, failed, code }: { reason: string; failed: boolean; code: number }): Promise<void> {
  if (leaving) return;
  leaving = true;
  session.interrupt();
  await session.hooks.run("shutdown", { reason, failed });
  session.flush();
  setImmediate(() => {
    server.close();
    process.exit(code);
  });
}

function watchProcess(server: Server): void {
  process.on("SIGINT", () => session.interrupt());
  for (const [signal, code] of Object.entries(SIGNALS)) {
    process.on(signal, () => void leave(server, { reason: signal, failed: true, code }));
  }
  process.on("exit", () => {
    session.flush();
    server.close();
  });
  process.on("uncaughtException", (error) => console.error("Uncaught, outside the flow of a cell:", error));
  process.on("unhandledRejection", (reason) => console.error("Unhandled rejection:", reason));
  const parent = process.ppid;
  // Process 1 adopts orphans; a kernel that it started itself is none.
  if (parent > 1) {
    const check = () => {
      if (process.ppid !== parent) void leave(server, { reason: "parent gone", failed: true, code: 1 });
    };
    setInterval(check, ORPHAN_CHECK_MS).unref();
  }
}

async function main(): Promise<void> {
  const file = process.argv[2];
  if (file === undefined) throw new Error("Cannot start the kernel: expected the path of a connection file\n  usage: node kernel.cjs <connection file>");
  const server = new Server(JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo, handlers);
  await server.bind();
  session = new Session(process.cwd(), (type, content, parent) => server.publish(type, content, parent));
  watchProcess(server);
  session.captureStreams();
  server.open();
}

main().catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
