import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  cpSync,
  existsSync,
  readdirSync,
  readFileSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import * as zmq from "zeromq";
import { KernelClient } from "#kernel/client.cjs";
import { freePorts } from "#kernel/ports.cjs";
import { buildSnapshot, kernelArgv, snapshotFolder, snapshotFolderOf, type Snapshot } from "#kernel/snapshot.cjs";
import { decodeMessage, encodeRequest } from "#kernel/wire.cjs";
import { printed, repository, resultText, traceback } from "./started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
let snapshot: Snapshot | undefined;
beforeAll(async () => void (snapshot = await buildSnapshot(folder)));

/** How a kernel with this command line starts, and what its first cells answer. */
async function startsBy(argv: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<unknown> {
  const kernel = new KernelClient({ argv, cwd: repository, env: { ...process.env, ...env } });
  await kernel.start();
  try {
    const wrong = traceback(await kernel.execute(`const wrong: number = "text";`));
    expect(wrong).toContain("Type 'string' is not assignable to type 'number'");
    expect(resultText(await kernel.execute("1 + 1"))).toBe("2");
    return kernel.info.started_from;
  } finally {
    await kernel.shutdown();
  }
}

/** A copy of the folder, whose snapshot may then be spoilt. */
function copyOf(source: string): string {
  const copy = temporaryFolder();
  for (const name of readdirSync(source)) copyFileSync(path.join(source, name), path.join(copy, name));
  return copy;
}

/** Marks what lies in `folder` as the snapshot that belongs there. */
function stampAnew(target: string): void {
  const [shell, flag, script] = kernelArgv(target) as [string, string, string];
  const [stamp] = script.split("\n") as [string];
  const blob = path.join(target, "kernel.blob");
  const code = `${stamp}\necho "$(stamp "$1" "$2") $NODE_OPTIONS"`;
  writeFileSync(
    path.join(target, "kernel.stamp"),
    spawnSync(shell, [flag, code, "stamp", process.execPath, blob], { encoding: "utf8" }).stdout,
  );
}

describe("a kernel starts from the snapshot", () => {
  it("that was built for it, and knows types, doc comments and the working directory", async () => {
    expect(snapshot?.bytes).toBeGreaterThan(10_000_000);
    expect(await startsBy(kernelArgv(folder))).toBe("snapshot");
    const cwd = temporaryFolder();
    const kernel = await new KernelClient({ argv: kernelArgv(folder), cwd }).start();
    const { reply } = await kernel.inspect("[1].map");
    expect(JSON.stringify(reply.content)).toContain("Calls a defined callback function on each element");
    expect(resultText(await kernel.execute("process.cwd()"))).toContain(path.basename(cwd));
    const imported = await kernel.execute(`import { sep } from "node:path"; await import("node:os"); sep`);
    expect([resultText(imported), printed(imported, "stderr"), kernel.kernelOut]).toEqual(["'/'", "", ""]);
    await kernel.shutdown();
  });

  it("and what its start sets in the environment is seen by no cell; what the user sets is", async () => {
    const shown = async (env: NodeJS.ProcessEnv): Promise<unknown> => {
      const kernel = new KernelClient({ argv: kernelArgv(folder), cwd: repository, env: { ...process.env, ...env } });
      await kernel.start();
      expect(kernel.info.started_from).toBe("snapshot");
      const executed = await kernel.execute(
        "process.env.GLIBC_TUNABLES ?? Object.keys(process.env).filter((name) => /^ALPHABOOK_SNAP/.test(name))",
      );
      await kernel.shutdown();
      return resultText(executed);
    };
    expect(await shown({})).toBe("[]");
    expect(await shown({ GLIBC_TUNABLES: "glibc.malloc.arena_max=3" })).toBe("'glibc.malloc.arena_max=3'");
  });

  it("from any folder, also when it cannot be written", async () => {
    chmodSync(folder, 0o555);
    try {
      expect(await startsBy(kernelArgv(folder))).toBe("snapshot");
    } finally {
      chmodSync(folder, 0o755);
    }
  });
});

/** The process that holds the sockets of a kernel. */
const socketsOf = (pid: number): number[] =>
  spawnSync("pgrep", ["-P", String(pid)], { encoding: "utf8" })
    .stdout.split("\n")
    .filter(Boolean)
    .map(Number);

/** A process that has ended may still be listed, until its parent looks. */
const isAlive = (pid: number): boolean =>
  /^[^Z\s]/.test(spawnSync("ps", ["-o", "stat=", "-p", String(pid)], { encoding: "utf8" }).stdout);

describe("the process that holds the sockets", () => {
  it("goes with the kernel, and leaves no pipes behind", async () => {
    const pipes = temporaryFolder();
    const kernel = new KernelClient({
      argv: kernelArgv(folder),
      cwd: repository,
      env: { ...process.env, TMPDIR: pipes },
    });
    await kernel.start();
    const [sockets, ...others] = socketsOf(kernel.pid!) as [number, ...number[]];
    expect(others).toEqual([]);
    expect(readdirSync(pipes)).toEqual([]);
    await kernel.shutdown();
    await vi.waitFor(() => expect(isAlive(sockets)).toBe(false), 5_000);
  });

  it("leaves the ports of a killed kernel to the next one, which Jupyter starts on the same", async () => {
    const [shell, iopub, stdin, control, hb] = await freePorts(5);
    const key = randomUUID();
    const file = path.join(temporaryFolder(), "connection.json");
    const ports = { shell_port: shell, iopub_port: iopub, stdin_port: stdin, control_port: control, hb_port: hb };
    writeFileSync(
      file,
      JSON.stringify({ ...ports, transport: "tcp", ip: "127.0.0.1", key, signature_scheme: "hmac-sha256" }),
    );
    const answers = async (): Promise<unknown> => {
      const socket = new zmq.Dealer({ linger: 0 });
      socket.connect(`tcp://127.0.0.1:${shell}`);
      await socket.send(encodeRequest("kernel_info_request", {}, { key, session: "test" }).frames);
      const { content } = decodeMessage("shell", await socket.receive(), key);
      socket.close();
      return content.implementation;
    };
    const started: ChildProcess[] = [];
    afterAll(() => started.forEach((kernel) => kernel.kill("SIGKILL")));
    for (let i = 0; i < 3; i++) {
      const [command, ...args] = kernelArgv(folder).map((part) => part.replace("{connection_file}", file));
      const kernel = spawn(command!, args, { stdio: ["ignore", "ignore", "inherit"] });
      started.push(kernel);
      expect(await answers()).toBe("alphabook");
      const [sockets] = socketsOf(kernel.pid!) as [number];
      kernel.kill("SIGKILL");
      await once(kernel, "exit");
      await vi.waitFor(() => expect(isAlive(sockets)).toBe(false), 5_000);
    }
  });

  it("takes the kernel with it when it is killed; the hooks run", async () => {
    const cwd = temporaryFolder();
    const kernel = await new KernelClient({ argv: kernelArgv(folder), cwd }).start();
    await kernel.execute(
      `import { writeFileSync } from "node:fs"; (globalThis as any)[Symbol.for("notebook.kernel")].on("shutdown", (end: object) => writeFileSync("closed.json", JSON.stringify(end)));`,
    );
    process.kill(socketsOf(kernel.pid!)[0]!, "SIGKILL");
    expect(await kernel.died).toEqual({ code: 1, signal: null });
    expect(JSON.parse(readFileSync(path.join(cwd, "closed.json"), "utf8"))).toEqual({
      reason: "sockets gone",
      failed: true,
    });
    expect(kernel.kernelOut).toContain("the process that holds the sockets has ended");
  });

  it("is no process where there is no place for pipes", async () => {
    const kernel = new KernelClient({
      argv: kernelArgv(folder),
      cwd: repository,
      env: { ...process.env, TMPDIR: "/nowhere at all" },
    });
    await kernel.start();
    expect(kernel.info.started_from).toBe("snapshot");
    expect(resultText(await kernel.execute("1 + 1"))).toBe("2");
    expect(socketsOf(kernel.pid!)).toEqual([]);
    await kernel.shutdown();
  });
});

describe("a kernel starts plainly", () => {
  it("when there is no snapshot, or no such folder", async () => {
    expect(await startsBy(kernelArgv(temporaryFolder()))).toBe("plain");
    expect(await startsBy(kernelArgv("/nowhere/at all"))).toBe("plain");
  });

  it("when the snapshot is damaged, cut or of somebody else", async () => {
    const damaged = copyOf(folder);
    stampAnew(damaged);
    expect(await startsBy(kernelArgv(damaged))).toBe("snapshot");
    appendFileSync(path.join(damaged, "kernel.blob"), "x");
    expect(await startsBy(kernelArgv(damaged))).toBe("plain");
    writeFileSync(path.join(damaged, "kernel.blob"), "alien");
    expect(await startsBy(kernelArgv(damaged))).toBe("plain");
  });

  it("when another Node is to run it, or the same after an upgrade", async () => {
    const [shell, flag, script, name, node, ...rest] = kernelArgv(folder) as [string, string, string, string, string];
    const other = path.join(temporaryFolder(), "node");
    copyFileSync(node, other);
    utimesSync(other, 1, 1);
    expect(await startsBy([shell, flag, script, name, other, ...rest])).toBe("plain");
  });

  it("when NODE_OPTIONS would make Node refuse the snapshot", async () => {
    expect(await startsBy(kernelArgv(folder), { NODE_OPTIONS: "--max-old-space-size=900" })).toBe("plain");
  });

  it("when the package has changed since, in the same process", async () => {
    const copy = path.join(temporaryFolder(), "alphabook");
    cpSync(path.join(repository, "dist", "kernel"), path.join(copy, "dist", "kernel"), { recursive: true });
    copyFileSync(path.join(repository, "package.json"), path.join(copy, "package.json"));
    symlinkSync(path.join(repository, "node_modules"), path.join(copy, "node_modules"), "dir");
    const own = createRequire(import.meta.url)(path.join(copy, "dist/kernel/snapshot.cjs")) as {
      buildSnapshot: typeof buildSnapshot;
      kernelArgv: typeof kernelArgv;
    };
    const built = path.join(copy, "snapshot");
    await own.buildSnapshot(built);
    expect(await startsBy(own.kernelArgv(built))).toBe("snapshot");
    appendFileSync(path.join(copy, "dist/kernel/session.cjs"), "\n// newer\n");
    expect(await startsBy(own.kernelArgv(built))).toBe("plain");
  });
});

describe("building", () => {
  it("is done by one process at a time, and leaves nothing half", async () => {
    const target = temporaryFolder();
    const built = await Promise.all([buildSnapshot(target), buildSnapshot(target)]);
    expect(built.filter(Boolean)).toHaveLength(1);
    expect(readdirSync(target).sort()).toEqual(["kernel.blob", "kernel.stamp"]);
  });

  it("of a kernel that had to start plainly goes on behind it", async () => {
    const target = temporaryFolder();
    const kernel = await new KernelClient({ argv: kernelArgv(target), cwd: repository }).start();
    const stamp = path.join(target, "kernel.stamp");
    for (let i = 0; i < 300 && !existsSync(stamp); i++) await new Promise((resolve) => setTimeout(resolve, 100));
    await kernel.shutdown();
    expect(readFileSync(stamp, "utf8")).toContain("\n");
    expect(await startsBy(kernelArgv(target))).toBe("snapshot");
  });

  it("has a place of its own beside the packages", () => {
    expect(snapshotFolder()).toBe(path.join(repository, "node_modules", ".cache", "alphabook"));
    expect(snapshotFolderOf(kernelArgv("/a folder"))).toBe("/a folder");
    expect(snapshotFolderOf([process.execPath, "kernel.cjs", "{connection_file}"])).toBeUndefined();
  });
});
