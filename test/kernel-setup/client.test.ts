import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { expect, test } from "vitest";
import { KernelClient } from "#kernel/client.cjs";
import { freePorts } from "#kernel/ports.cjs";
import { decodeMessage, encodeRequest } from "#kernel/wire.cjs";
import { repository, resultText, startKernel } from "./started-kernel.js";

const frames = (key: string) =>
  encodeRequest("status", { execution_state: "idle" }, { key, session: "s" }).frames.map((frame) => Buffer.from(frame));

test("a message is read back as it was written, routing prefixes and buffers beside it", () => {
  const message = decodeMessage("iopub", [Buffer.from("topic"), ...frames("key"), Buffer.from([1, 2])], "key");
  expect(message).toMatchObject({ type: "status", channel: "iopub", content: { execution_state: "idle" }, parent: {} });
  expect(message.buffers).toEqual([Buffer.from([1, 2])]);
});

test("a message signed by another key, changed, or cut short is refused", () => {
  expect(() => decodeMessage("iopub", frames("other"), "key")).toThrow(/signature does not fit/);
  const changed = frames("key").map((frame, at) => (at === 5 ? Buffer.from('{"execution_state":"busy"}') : frame));
  expect(() => decodeMessage("iopub", changed, "key")).toThrow(/signature does not fit/);
  expect(() => decodeMessage("iopub", frames("key").slice(0, 4), "key")).toThrow(/expected signature, header/);
});

test("the ports handed out together differ", async () => {
  expect(new Set(await freePorts(20)).size).toBe(20);
});

test("a program that does not exist, or that ends at once, is told with its command and what it said", async () => {
  await expect(new KernelClient({ argv: ["/nowhere/node", "{connection_file}"] }).start()).rejects.toThrow(
    /spawn \/nowhere\/node ENOENT[\s\S]*command: \/nowhere\/node/,
  );
  const client = new KernelClient({
    argv: [process.execPath, "-e", "console.error('no such library'); process.exit(2)"],
  });
  await expect(client.start()).rejects.toThrow(/ended at once \(exit code 2\)\n {2}it said: no such library/);
  expect(client.alive).toBe(false);
  await expect(client.execute("1")).rejects.toThrow(/the kernel has ended/);
});

test("a program that never answers is ended when the time is over", async () => {
  const client = new KernelClient({ argv: [process.execPath, "-e", "setInterval(() => {}, 1000)"] });
  await expect(client.start({ timeoutMs: 500 })).rejects.toThrow(/no answer in time/);
  expect(await client.died).toEqual({ code: null, signal: "SIGKILL" });
});

test("the kernel answers, broadcasts in order, and its death rejects what waits, with what was sent before", async () => {
  const kernel = await startKernel();
  const seen: string[] = [];
  const answer = await kernel.execute("console.log('a'); 41 + 1", { onIopub: ({ type }) => seen.push(type) });
  expect(resultText(answer)).toBe("42");
  expect(seen).toEqual(["status", "execute_input", "stream", "execute_result", "status"]);
  expect(kernel.log.slice(-5).map(({ type }) => type)).toEqual(seen);

  const printed: unknown[] = [];
  const dying = kernel.execute("console.log('last words'); process.exit(3)", {
    onIopub: ({ type, content }) => type === "stream" && printed.push(content.text),
  });
  await expect(dying).rejects.toThrow(/The kernel died \(exit code 3\)/);
  expect(await kernel.died).toEqual({ code: 3, signal: null });
  expect(printed).toEqual(["last words\n"]);
  expect(await kernel.shutdown()).toEqual({ code: 3, signal: null });
});

test("a kernel that does not end is killed after the grace", async () => {
  const kernel = await startKernel();
  await kernel.execute('(globalThis as any)[Symbol.for("notebook.kernel")].on("shutdown", () => new Promise(() => {}));');
  const { signal } = await kernel.shutdown({ graceMs: 400 });
  expect([kernel.alive, kernel.killed, signal]).toEqual([false, true, "SIGKILL"]);
});

test.each(["SIGTERM", "SIGINT", "exit"] as const)("the kernel ends with its client's process: %s", async (end) => {
  const script = `
    const { KernelClient } = require(${JSON.stringify(`${repository}/dist/kernel/client.cjs`)});
    new KernelClient().start().then((kernel) => {
      kernel.execute("await Promise.resolve(); while (true) {}").catch(() => {});
      setTimeout(() => { console.log(kernel.pid); if ("${end}" === "exit") process.exit(0); }, 300);
    });`;
  const child = spawn(process.execPath, ["-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  const exited = once(child, "exit");
  const [line] = (await once(createInterface(child.stdout), "line")) as [string];
  if (end !== "exit") child.kill(end);
  expect(await exited).toEqual(end === "exit" ? [0, null] : [null, end]);
  await expect.poll(() => isRunning(Number(line)), { timeout: 5_000 }).toBe(false);
});

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
