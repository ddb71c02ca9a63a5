import ts from "typescript";
import { pointOf, positionOf } from "./code-points.cjs";
import type { ProcessEnd } from "./ending.cjs";
import type { Handler, Request } from "./server.cjs";
import type { Session } from "./session.cjs";
import { howStarted } from "./snapshot.cjs";
import type { StopSignal } from "./stop-signal.cjs";
import { PROTOCOL_VERSION } from "./wire.cjs";

const tslabVersion = (require("tslab/package.json") as { version: string }).version;

interface ExecuteContent {
  readonly code: string;
  readonly silent?: boolean;
  readonly store_history?: boolean;
  readonly stop_on_error?: boolean;
  readonly user_expressions?: Readonly<Record<string, string>>;
}

/** What the kernel answers, by the type of the request. */
export function answers(
  session: Session<Request>,
  end: ProcessEnd,
  signal: StopSignal,
): Readonly<Record<string, Handler>> {
  return {
    kernel_info_request: kernelInfo,
    execute_request: executor(session),
    complete_request({ content }) {
      const { code, cursor_pos } = content as { code: string; cursor_pos: number };
      const found = session.complete(code, positionOf(code, cursor_pos));
      const [start, end] = [pointOf(code, found.start), pointOf(code, found.end)];
      return {
        status: "ok",
        matches: found.offers.map(({ text }) => text),
        cursor_start: start,
        cursor_end: end,
        // As ipykernel names it; JupyterLab draws icons by it.
        metadata: {
          _jupyter_types_experimental: found.offers.map(({ text, kind }) => ({ start, end, text, type: kind })),
        },
      };
    },
    inspect_request({ content }) {
      const { code, cursor_pos } = content as { code: string; cursor_pos: number };
      const data = session.inspect(code, positionOf(code, cursor_pos));
      return { status: "ok", found: data !== undefined, data: data ?? {}, metadata: {} };
    },
    is_complete_request({ content }) {
      return { ...session.isComplete(content.code as string) };
    },
    interrupt_request() {
      if (signal.see()) session.interrupt();
      return { status: "ok" };
    },
    async shutdown_request({ content }) {
      signal.see();
      await end.leave({ reason: "shutdown_request", failed: false }, 0);
      return { status: "ok", restart: content.restart === true };
    },
    history_request: () => ({ status: "ok", history: [] }),
    comm_info_request: () => ({ status: "ok", comms: {} }),
    comm_open: (request, server) =>
      void server.publish("comm_close", { comm_id: request.content.comm_id, data: {} }, request),
  };
}

function executor(session: Session<Request>): Handler {
  let executionCount = 0;
  return async (request, server) => {
    const {
      code,
      silent = false,
      store_history = true,
      stop_on_error = true,
      user_expressions = {},
    } = request.content as unknown as ExecuteContent;
    if (store_history && !silent) executionCount++;
    const count = executionCount;
    const cellId = request.metadata.cellId as string | undefined;
    if (!silent) server.publish("execute_input", { code, execution_count: count }, request);
    const error = await session.execute({
      code,
      executionCount: count,
      silent,
      parent: request,
      ...(cellId !== undefined && { cellId }),
    });
    if (error && stop_on_error) await server.abortQueued();
    const shared = {
      execution_count: count,
      payload: [],
      user_expressions: error ? {} : await readVariables(session, user_expressions),
    };
    return error ? { status: "error", ...error, ...shared } : { status: "ok", ...shared };
  };
}

/** A user expression may be the name of a variable. */
async function readVariables(
  session: Session<Request>,
  expressions: Readonly<Record<string, string>>,
): Promise<Record<string, unknown>> {
  const read = async (name: string) =>
    name in session.variables
      ? { status: "ok", ...(await session.show(session.variables[name])) }
      : { status: "error", ename: "ReferenceError", evalue: `${name} is no variable of this notebook`, traceback: [] };
  return Object.fromEntries(
    await Promise.all(Object.entries(expressions).map(async ([key, name]) => [key, await read(name)] as const)),
  );
}

/** What the kernel says of itself. */
export const kernelInfo = (): Record<string, unknown> => ({
  status: "ok",
  protocol_version: PROTOCOL_VERSION,
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
  // Not of the protocol: for `kernel check`.
  started_from: howStarted(),
  help_links: [],
});
