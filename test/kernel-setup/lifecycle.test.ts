import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import { KernelClient, type KernelEnd } from "#kernel/client.cjs";
import { plainStartArgv } from "#kernel/snapshot.cjs";
import { folderWithPackages, later, printed, resultText, startKernel, traceback } from "./started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

const BRIDGE = '(globalThis as any)[Symbol.for("notebook.kernel")]';

/** Starts a cell that goes on with `code` behind an await, and waits until it is there. */
const begun = (kernel: KernelClient, code: string) =>
  new Promise<void>((there) => {
    const onIopub = ({ type }: { type: string }) => void (type === "display_data" && there());
    kernel.execute(`await null; ${BRIDGE}.display({ "text/plain": "begun" }); ${code}`, { onIopub }).catch(() => {});
  });

describe("an interrupt", () => {
  let kernel: KernelClient;
  const folder = folderWithPackages();
  beforeAll(async () => {
    kernel = await startKernel({ cwd: folder });
    await kernel.execute(
      `const nb = ${BRIDGE}; const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));`,
    );
  });
  /** Runs `code`, interrupts it, and tells how it ended and how long that took. */
  const interrupted = async (code: string, mode: "signal" | "message" = "signal", afterMs = 150) => {
    let running!: ReturnType<KernelClient["execute"]>;
    await new Promise<void>(
      (begun) =>
        (running = kernel.execute(code, { onIopub: ({ type }) => void (type === "execute_input" && begun()) })),
    );
    await later(afterMs);
    const from = performance.now();
    await kernel.interrupt(mode);
    const executed = await running;
    expect(executed.reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
    expect(resultText(await kernel.execute("1 + 1"))).toBe("2");
    return { executed, ms: performance.now() - from };
  };

  it("stops an endless loop", async () => {
    expect((await interrupted("while (true) {}")).ms).toBeLessThan(1_000);
  });

  it.each(["signal", "message"] as const)("by %s leaves a cell that waits for ever", async (mode) => {
    expect((await interrupted("await new Promise(() => {});", mode)).ms).toBeLessThan(1_000);
  });

  it.each(["signal", "message"] as const)(
    "by %s stops an asynchronous loop through the cell's signal",
    async (mode) => {
      await interrupted(
        "let rounds = 0; while (!nb.signal.aborted) { rounds++; await sleep(5); } throw nb.signal.reason;",
        mode,
      );
      const before = resultText(await kernel.execute("rounds"));
      await later(60);
      expect(resultText(await kernel.execute("rounds"))).toBe(before);
      expect(Number(before)).toBeGreaterThan(3);
    },
  );

  it("lets the cell put its things away, and shows what it says then", async () => {
    const { executed } = await interrupted(
      'try { await new Promise((_, no) => nb.signal.addEventListener("abort", () => no(nb.signal.reason))); } finally { await sleep(20); console.log("put away"); }',
    );
    expect(printed(executed)).toBe("put away\n");
    expect(traceback(executed)).toBe("KeyboardInterrupt: the cell was interrupted");
  });

  it("aborts the signal of an endless loop too, and tells the hooks", async () => {
    await kernel.execute(
      "let told: any; const stopTelling = nb.on('cellEnd', (end: any) => { told ??= end.error && [end.error.name, nb.signal.aborted]; });",
    );
    await interrupted("while (true) {}");
    expect(resultText(await kernel.execute("stopTelling(); told"))).toBe("[ 'KeyboardInterrupt', true ]");
    expect(resultText(await kernel.execute("nb.signal.aborted"))).toBe("false");
  });

  it("stops a display that does not end", async () => {
    await interrupted('({ [Symbol.for("Jupyter.display")]: () => new Promise(() => {}) })');
  });

  it("is heard while the cell is still being checked", async () => {
    // As front ends send it. A bare SIGINT that comes in the instant before Node begins to run the code is lost in Node.
    for (const afterMs of [0, 5, 10, 20, 40])
      await interrupted(`import * as vega from "vega"; await new Promise(() => {}); ${afterMs};`, "message", afterMs);
  });

  it.each([
    "await null; while (true) {}",
    "await sleep(20); for (;;);",
    "await null; let rounds2 = 0; do rounds2++; while (true);",
    "await sleep(5); search: for (const a of [1, 2]) while (true) if (Math.sqrt(a) < 0) continue search;",
    "await null; const slow = async () => { await null; for (let i = 0; ; i++) Math.sqrt(i); }; await slow();",
    "await null; for (const _ of (function* () { while (true) yield 1; })()) {}",
  ])("by message stops a loop without a pause behind an await, and the kernel stays healthy (K5): %s", async (code) => {
    await kernel.execute("let kept = 1;");
    const { executed, ms } = await interrupted(code, "message");
    expect(traceback(executed)).toBe("KeyboardInterrupt: the cell was interrupted");
    expect(ms).toBeLessThan(3_000);
    expect(resultText(await kernel.execute("await sleep(10); ++kept"))).toBe("2");
  });

  it("by message stops a loop in a timer, and the cell that waits goes on or ends (K5)", async () => {
    const running = kernel.execute("setTimeout(() => { while (true) {} }, 10); await sleep(60); 5");
    await later(200);
    await kernel.interrupt("message");
    await running;
    expect(resultText(await kernel.execute("await sleep(10); 1 + 1"))).toBe("2");
  });

  it("stops a loop in a function of a file beside the notebook (K5)", async () => {
    writeFileSync(path.join(folder, "endless.ts"), "export function endless(): void {\n  while (true) {}\n}\n");
    await interrupted('import { endless } from "./endless"; await null; endless();', "message");
  });

  it("does not reach the next cell when asked twice (K5)", async () => {
    const running = kernel.execute("await null; while (true) {}");
    await later(150);
    await Promise.all([kernel.interrupt("message"), kernel.interrupt("message")]);
    expect((await running).reply.content).toMatchObject({ ename: "KeyboardInterrupt" });
    expect(resultText(await kernel.execute("await sleep(200); 7"))).toBe("7");
  });

  it("does nothing when no cell runs", async () => {
    await kernel.interrupt();
    await later(50);
    expect(resultText(await kernel.execute("await sleep(150); 3"))).toBe("3");
  });
});

describe("shutdown", () => {
  it("runs the hooks, answers and ends within a second although timers are open (B9)", async () => {
    const folder = temporaryFolder();
    const kernel = await startKernel({ cwd: folder });
    await kernel.execute(`import { writeFileSync } from "node:fs"; setInterval(() => {}, 1000);
      ${BRIDGE}.on("shutdown", async (end: object) => { await new Promise((done) => setTimeout(done, 100)); writeFileSync("closed.json", JSON.stringify(end)); });`);
    const from = performance.now();
    const asked = kernel.request("shutdown_request", { restart: true }, { channel: "control", needIdle: false });
    expect((await asked).reply.content).toEqual({ status: "ok", restart: true });
    expect(await kernel.died).toEqual({ code: 0, signal: null });
    expect(performance.now() - from).toBeLessThan(1_000);
    expect(JSON.parse(readFileSync(path.join(folder, "closed.json"), "utf8"))).toEqual({
      reason: "shutdown_request",
      failed: false,
    });
  });

  it("ends a loop without a pause within a second, and runs the hooks (K5)", async () => {
    const folder = temporaryFolder();
    const kernel = await startKernel({ cwd: folder });
    await kernel.execute(
      `import { writeFileSync } from "node:fs"; ${BRIDGE}.on("shutdown", () => writeFileSync("closed", "")); `,
    );
    await begun(kernel, "while (true) {}");
    const info = await kernel.request("kernel_info_request", {}, { channel: "control", needIdle: false });
    expect(info.reply.content).toMatchObject({ status: "ok", implementation: "alphabook" });
    const from = performance.now();
    const asked = kernel.request("shutdown_request", { restart: true }, { channel: "control", needIdle: false });
    expect((await asked).reply.content).toEqual({ status: "ok", restart: true });
    expect(await kernel.died).toEqual({ code: 0, signal: null });
    expect(performance.now() - from).toBeLessThan(2_000);
    expect(existsSync(path.join(folder, "closed"))).toBe(true);
  });

  it("kills itself where nothing stops the code, answers, and says what happened (K5)", async () => {
    const kernel = await startKernel();
    await begun(kernel, "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);");
    const asked = kernel.request("shutdown_request", { restart: true }, { channel: "control", needIdle: false });
    expect((await asked).reply.content).toEqual({ status: "ok", restart: true });
    expect(await kernel.died).toEqual({ code: null, signal: "SIGKILL" });
    expect(kernel.killed).toBe(false);
    expect(kernel.kernelOut).toContain("killed by a shutdown request: a cell ran without a pause");
  });

  it("waits for its hooks at most 3 s", async () => {
    const kernel = await startKernel();
    await kernel.execute(`${BRIDGE}.on("shutdown", () => new Promise(() => {}));`);
    const from = performance.now();
    await kernel.shutdown({ graceMs: 6_000 });
    expect(kernel.killed).toBe(false);
    expect(performance.now() - from).toBeGreaterThan(2_500);
  });

  it("stops the running cell, which gets its error first", async () => {
    const kernel = await startKernel();
    await begun(
      kernel,
      `await new Promise((_, no) => ${BRIDGE}.signal.addEventListener("abort", () => no(new Error("stopped"))));`,
    );
    expect(await kernel.shutdown()).toEqual({ code: 0, signal: null });
    expect(
      kernel.log.some((message) => message.type === "error" && message.content.ename === "KeyboardInterrupt"),
    ).toBe(true);
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const)("by %s runs the hooks too", async (signal, code) => {
    const folder = temporaryFolder();
    const kernel = await startKernel({ cwd: folder });
    await kernel.execute(
      `import { writeFileSync } from "node:fs"; setInterval(() => {}, 1000); ${BRIDGE}.on("shutdown", (end: object) => writeFileSync("closed.json", JSON.stringify(end)));`,
    );
    process.kill(kernel.pid!, signal);
    expect(await kernel.died).toEqual({ code, signal: null });
    expect(JSON.parse(readFileSync(path.join(folder, "closed.json"), "utf8"))).toEqual({
      reason: signal,
      failed: true,
    });
  });

  it("by process.exit in a cell ends with its code, and loses nothing that was printed", async () => {
    const kernel = await startKernel();
    const lines: string[] = [];
    const running = kernel.execute("for (let i = 0; i < 5000; i++) console.log(i); process.exit(3);", {
      onIopub: (message) => void (message.type === "stream" && lines.push(message.content.text)),
    });
    await expect(running).rejects.toThrow("exit code 3");
    const end: KernelEnd = { code: 3, signal: null };
    expect(await kernel.died).toEqual(end);
    expect(lines.join("").split("\n")).toHaveLength(5001);
  });
});

describe("the kernel's process", () => {
  it("ends when whoever started it is gone", async () => {
    const folder = temporaryFolder();
    const [node, ...args] = plainStartArgv();
    const connection = path.join(folder, "connection.json");
    writeFileSync(
      connection,
      JSON.stringify({
        transport: "ipc",
        ip: path.join(folder, "socket"),
        shell_port: 1,
        iopub_port: 2,
        stdin_port: 3,
        control_port: 4,
        hb_port: 5,
        key: "",
        signature_scheme: "hmac-sha256",
      }),
    );
    const argv = [node, ...args.map((arg) => arg.replace("{connection_file}", connection))];
    // The parent is killed once the kernel has bound its sockets.
    const script = `const kernel = require("node:child_process").spawn(${JSON.stringify(argv[0])}, ${JSON.stringify(argv.slice(1))}, { detached: true, stdio: "ignore" }); console.log(kernel.pid); setInterval(() => {}, 1000);`;
    const parent = spawn(process.execPath, ["-e", script], { cwd: folder, stdio: ["ignore", "pipe", "inherit"] });
    const pid = Number(await new Promise((resolve) => parent.stdout.once("data", (data) => resolve(String(data)))));
    for (let i = 0; i < 200 && !existsSync(path.join(folder, "socket-5")); i++) await later(50);
    parent.kill("SIGKILL");
    const alive = (): boolean => {
      try {
        return process.kill(pid, 0);
      } catch {
        return false;
      }
    };
    expect(alive()).toBe(true);
    for (let i = 0; i < 400 && alive(); i++) await later(50);
    const ended = !alive();
    if (!ended) process.kill(pid, "SIGKILL");
    expect(ended).toBe(true);
  });

  it("says what is missing when it gets no connection file", () => {
    const [node, ...args] = plainStartArgv();
    const { status, stderr } = spawnSync(node!, args.slice(0, -1), { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain("expected the path of a connection file");
  });

  it("refuses a Node that is too old in one clear sentence", () => {
    const [node, ...args] = plainStartArgv();
    const old = [
      "-e",
      `Object.defineProperty(process.versions, "node", { value: "20.18.1" }); require(${JSON.stringify(args.find((arg) => arg.endsWith("kernel.cjs")))});`,
    ];
    const { status, stderr } = spawnSync(node!, old, { encoding: "utf8" });
    expect(status).toBe(1);
    expect(stderr).toContain("Node 20.18.1 is too old, it needs 20.19 or newer");
  });
});
