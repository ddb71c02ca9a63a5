import { beforeAll, describe, expect, it } from "vitest";
import type { Answer, ExecuteReply, IopubMessage, KernelClient } from "#kernel/client.cjs";
import { later, messages, printed, resultText, startKernel } from "./started-kernel.js";

let kernel: KernelClient;
beforeAll(async () => void (kernel = await startKernel()));
const content = { silent: false, store_history: true, user_expressions: {}, allow_stdin: false, stop_on_error: true };
const execute = (code: string, more: Record<string, unknown> = {}): Promise<Answer<ExecuteReply>> =>
  kernel.request<ExecuteReply>("execute_request", { ...content, code, ...more });

/**
 * What was broadcast while `work` ran, in order: state changes and outputs, each with its request's number among `work`'s.
 * The client's repeated first questions may be answered still; they are left out.
 */
async function broadcasts(work: () => Promise<unknown>): Promise<string[]> {
  const from = kernel.log.length;
  await work();
  const ids: string[] = [];
  const ofWork = kernel.log.slice(from).filter(({ parent }) => parent.msg_type !== "kernel_info_request");
  return ofWork.map((message: IopubMessage) => {
    const id = message.parent.msg_id ?? "";
    if (!ids.includes(id)) ids.push(id);
    return `${ids.indexOf(id)} ${message.type === "status" ? message.content.execution_state : message.type}`;
  });
}

describe("requests sent at once, as Run All does", () => {
  it("are answered one after another, each whole: busy, input, outputs, idle (K1)", async () => {
    const seen = await broadcasts(() =>
      Promise.all([
        execute('await new Promise((done) => setTimeout(done, 50)); console.log("one"); 1'),
        execute('console.log("two");'),
        kernel.complete("Math.ma"),
        execute("3"),
      ]),
    );
    expect(seen).toEqual([
      ...["0 busy", "0 execute_input", "0 stream", "0 execute_result", "0 idle"],
      ...["1 busy", "1 execute_input", "1 stream", "1 idle"],
      ...["2 busy", "2 idle"],
      ...["3 busy", "3 execute_input", "3 execute_result", "3 idle"],
    ]);
  });

  it("are aborted after one that threw, all but those that run no code", async () => {
    const answers = await Promise.all([
      execute('throw new Error("stop");'),
      execute("globalThis.ran = 1"),
      kernel.complete("Math.ma"),
      execute("2"),
    ]);
    expect(answers.map(({ reply }) => reply.content.status)).toEqual(["error", "aborted", "ok", "aborted"]);
    expect(answers[1]!.iopub.map(({ type }) => type)).toEqual(["status", "status"]);
    expect(resultText(await execute('"ran" in globalThis'))).toBe("false");
  });

  it("are aborted although the thrower let nobody read them", async () => {
    const answers = await Promise.all([
      execute('const until = Date.now() + 200; while (Date.now() < until); throw new Error("stop");'),
      execute("1"),
      execute("2"),
    ]);
    expect(answers.map(({ reply }) => reply.content.status)).toEqual(["error", "aborted", "aborted"]);
  });

  it("go on after an error that asked not to stop, and after the reply of one that did", async () => {
    const answers = await Promise.all([execute('throw new Error("go on");', { stop_on_error: false }), execute("1")]);
    expect(answers.map(({ reply }) => reply.content.status)).toEqual(["error", "ok"]);
    await execute('throw new Error("stop");');
    expect((await execute("1")).reply.content.status).toBe("ok");
  });
});

describe("execute_request", () => {
  it("is answered with the cell's number, which its input shows too (B5)", async () => {
    const first = await execute("1");
    const second = await execute("2");
    expect(second.reply.content.execution_count).toBe(first.reply.content.execution_count + 1);
    expect(messages(second, "execute_input")[0]!.content).toEqual({
      code: "2",
      execution_count: second.reply.content.execution_count,
    });
  });

  it("changes no number when it is silent or keeps no history, and shows no result when silent", async () => {
    const { reply } = await execute("1");
    const silent = await execute('console.log("heard"); 6', { silent: true });
    expect(silent.reply.content.status).toBe("ok");
    expect(printed(silent)).toBe("heard\n");
    expect(
      silent.iopub.map(({ type }) => type).filter((type) => type === "execute_input" || type === "execute_result"),
    ).toEqual([]);
    const unkept = await execute("2", { store_history: false });
    expect(resultText(unkept)).toBe("2");
    expect((await execute("3")).reply.content.execution_count).toBe(reply.content.execution_count + 1);
  });

  it("reads variables as user expressions", async () => {
    const { reply } = await execute("const asked = [1, 2];", { user_expressions: { a: "asked", b: "missing" } });
    expect((reply.content as unknown as { user_expressions: unknown }).user_expressions).toMatchObject({
      a: { status: "ok", data: { "text/plain": "[ 1, 2 ]" } },
      b: { status: "error", ename: "ReferenceError" },
    });
    expect((await execute("1")).reply.content).toMatchObject({ status: "ok", user_expressions: {}, payload: [] });
  });
});

describe("other requests (B13)", () => {
  it("kernel_info tells the language and its true version", async () => {
    const { reply } = await kernel.request("kernel_info_request", {});
    expect(reply.type).toBe("kernel_info_reply");
    expect(reply.content).toMatchObject({
      status: "ok",
      protocol_version: "5.3",
      language_info: {
        name: "typescript",
        version: "5.9.3",
        mimetype: "text/typescript",
        file_extension: ".ts",
        nbconvert_exporter: "script",
        pygments_lexer: "typescript",
      },
    });
  });

  it("comm_info, history and comm_open are answered in their own words", async () => {
    const comms = await kernel.request("comm_info_request", {});
    expect([comms.reply.type, comms.reply.content]).toEqual(["comm_info_reply", { status: "ok", comms: {} }]);
    const history = await kernel.request("history_request", {
      hist_access_type: "tail",
      n: 10,
      raw: true,
      output: false,
    });
    expect([history.reply.type, history.reply.content]).toEqual(["history_reply", { status: "ok", history: [] }]);
    const from = kernel.log.length;
    kernel.request("comm_open", { comm_id: "c1", target_name: "x", data: {} }, { needIdle: false }).catch(() => {});
    await later(150);
    const closed = kernel.log.slice(from).find((message) => (message.type as string) === "comm_close");
    expect(closed?.content).toEqual({ comm_id: "c1", data: {} });
  });

  it("an unknown request gets busy and idle, and harms nobody", async () => {
    const from = kernel.log.length;
    kernel.request("nonsense_request", {}, { needIdle: false }).catch(() => {});
    expect(resultText(await execute("1"))).toBe("1");
    const states = kernel.log.slice(from).filter(({ parent }) => parent.msg_type === "nonsense_request");
    expect(states.map(({ content }) => (content as { execution_state: string }).execution_state)).toEqual([
      "busy",
      "idle",
    ]);
  });

  it("interrupt_request is answered while a cell runs, on control and on shell", async () => {
    for (const channel of ["control", "shell"] as const) {
      const running = execute("await new Promise(() => {});");
      await later(80);
      const asked = await kernel.request("interrupt_request", {}, { channel });
      expect([asked.reply.type, asked.reply.content]).toEqual(["interrupt_reply", { status: "ok" }]);
      expect((await running).reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    }
  });

  it.each([
    ["1 + 1", "complete", undefined],
    ["const a = 1;\na", "complete", undefined],
    ["%%sql\nSELECT (", "complete", undefined],
    ["function f() {", "incomplete", "  "],
    ["[1, 2,", "incomplete", ""],
    ["if (true) {\n  [1].map((x) =>", "incomplete", "    "],
    ["if (true) {\n  const a = 1;", "incomplete", "  "],
    ["const text = `one", "incomplete", ""],
    ["/* not", "incomplete", ""],
    ["const a =", "incomplete", ""],
    ["const a = <T,>(x: T) => x;", "complete", undefined],
    ["%%time\nfor (const a of [1]) {", "incomplete", "  "],
    ["const = 5;", "invalid", undefined],
    ["f(1))", "invalid", undefined],
    ["function f() {\n\n\n", "invalid", undefined],
  ])("is_complete: %j is %s", async (code, status, indent) => {
    const { reply } = await kernel.isComplete(code);
    expect(reply.content.status).toBe(status);
    if (indent !== undefined) expect(reply.content.indent).toBe(indent);
  });
});
