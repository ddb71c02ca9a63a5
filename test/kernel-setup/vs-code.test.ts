import { randomUUID } from "node:crypto";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import path from "node:path";
import { afterAll, describe, expect, inject, it } from "vitest";
import { KernelClient } from "#kernel/client.cjs";
import { kernelArgv, plainStartArgv } from "#kernel/snapshot.cjs";
import { later, printed, resultText, startKernel } from "./started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

/** The command line as kernel.json has it. */
const argv = () => {
  const snapshot = inject("snapshot");
  return snapshot === undefined ? plainStartArgv() : kernelArgv(snapshot);
};

describe("a kernel started as VS Code starts it", () => {
  it("needs nothing but absolute paths: no PATH, another working directory, a connection file with a blank in its name", async () => {
    const folder = path.join(temporaryFolder(), "My notebooks");
    mkdirSync(folder);
    const kernel = new KernelClient({ argv: argv(), cwd: folder, env: { HOME: folder, TMPDIR: folder } });
    afterAll(() => kernel.shutdown().then(() => {}));
    await kernel.start();
    writeFileSync(path.join(folder, "beside.ts"), "export const x: number = 4;\n");
    expect(resultText(await kernel.execute('import { x } from "./beside"; x'))).toBe("4");
    expect(
      argv()
        .filter((arg) => /[\\/]/.test(arg) && !arg.includes("\n"))
        .every((arg) => path.isAbsolute(arg)),
    ).toBe(true);
  });

  it("is interrupted by a message on shell, where a cell runs without a pause too", async () => {
    const kernel = await startKernel();
    for (const code of ["while (true) {}", "await null; while (true) {}", "await new Promise(() => {});"]) {
      const running = kernel.execute(code);
      await later(150);
      const asked = await kernel.request("interrupt_request", {}, { channel: "shell", needIdle: false });
      expect([asked.reply.type, asked.reply.channel, asked.reply.content]).toEqual([
        "interrupt_reply",
        "shell",
        { status: "ok" },
      ]);
      expect((await running).reply.content).toMatchObject({ status: "error", ename: "KeyboardInterrupt" });
      expect(resultText(await kernel.execute("1 + 1"))).toBe("2");
    }
  });

  it("answers requests sent before it listens, and a second front end beside the first", async () => {
    const kernel = await startKernel();
    const [a, b] = await Promise.all([
      kernel.request("kernel_info_request", {}),
      kernel.request("kernel_info_request", {}, { channel: "control" }),
    ]);
    expect(a.reply.content).toEqual(b.reply.content);
    expect(a.reply.content).toMatchObject({ status: "ok", protocol_version: "5.3", implementation: "alphabook" });
  });

  it("prints nothing on its own stdout and stderr, which VS Code takes for a fault", async () => {
    const kernel = await startKernel();
    expect(printed(await kernel.execute('console.log("in the cell")'))).toBe("in the cell\n");
    await kernel.shutdown();
    expect(kernel.kernelOut).toBe("");
  });

  it("says that a port is taken, and ends", async () => {
    const folder = temporaryFolder();
    const other = createServer().listen(0, "127.0.0.1");
    afterAll(() => other.close());
    await once(other, "listening");
    const ports = Object.fromEntries(
      ["shell", "iopub", "stdin", "control", "hb"].map((channel) => [`${channel}_port`, 0]),
    );
    const file = path.join(folder, "connection.json");
    const taken = { ...ports, shell_port: (other.address() as AddressInfo).port };
    writeFileSync(
      file,
      JSON.stringify({
        ...taken,
        transport: "tcp",
        ip: "127.0.0.1",
        key: randomUUID(),
        signature_scheme: "hmac-sha256",
      }),
    );
    const [program, ...args] = plainStartArgv().map((arg) => arg.replace("{connection_file}", file));
    const child = spawn(program!, args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr.on("data", (data: Buffer) => (said += data.toString()));
    const [code] = (await once(child, "exit")) as [number];
    expect(code).not.toBe(0);
    expect(said).toMatch(/address already in use|EADDRINUSE/i);
  });
});
