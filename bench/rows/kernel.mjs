import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { milliseconds, seconds } from "../timing.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const load = createRequire(import.meta.url);
const { KernelClient } = load("../../dist/kernel/client.cjs");
const { buildSnapshot, plainStartArgv, snapshotFolder } = load("../../dist/kernel/snapshot.cjs");
// The command line that `kernel install` writes into kernel.json, and what it prepares.
const cwd = path.join(root, "notebooks");
const ours = { cwd };
const plain = { argv: plainStartArgv(), cwd };
const python = path.join(root, ".venv/bin/python");
const ipykernel = { argv: [python, "-m", "ipykernel_launcher", "-f", "{connection_file}"], cwd: root };

async function started(options) {
  const client = new KernelClient(options);
  await client.start();
  return client;
}
async function buildWhereMissing() {
  const client = await started(ours);
  await client.shutdown();
  if (client.info.started_from !== "snapshot") await buildSnapshot(snapshotFolder());
}
async function firstResult(options) {
  let client;
  const value = await seconds(async () => {
    client = await started(options);
    await client.execute("1+1");
  });
  await client.shutdown();
  return value;
}

/** Times of 200 cells in a row that declare, call and show something, and the kernel's memory after them. */
async function manyCells(client) {
  const values = [];
  for (let n = 0; n < 200; n++) {
    const code = `const a${n} = ${n}; function f${n}(x: number): { twice: number } { return { twice: x * 2 }; }\nf${n}(a${n})`;
    values.push(await milliseconds(() => client.execute(code)));
  }
  return values;
}
const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];
/** Of a kernel and of the process beside it. */
const memoryMb = ({ pid }) => {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean);
  const kB = (id) => Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${id}/status`, "utf8"))[1]);
  return [pid, ...children].map(kB).reduce((a, b) => a + b) / 1024;
};

export default [
  {
    name: "kernel: spawn to first result of 1+1",
    unit: "s",
    target: 0.6,
    processes: 20,
    prepare: buildWhereMissing,
    measure: () => firstResult(ours),
    async peer() {
      if (!existsSync(python)) return undefined;
      const values = [];
      for (let i = 0; i < 20; i++) values.push(await firstResult(ipykernel));
      return values;
    },
  },
  {
    name: "kernel: the same without its snapshot",
    unit: "s",
    measure: () => firstResult(plain),
  },
  {
    name: "kernel: later trivial cell",
    unit: "ms",
    target: 6,
    warm: true,
    processes: 3,
    prepare: () => started(ours),
    measure: (client) => milliseconds(() => client.execute("1+1")),
    cleanup: (client) => client.shutdown(),
    async peer() {
      if (!existsSync(python)) return undefined;
      const client = await started(ipykernel);
      const values = [];
      for (let i = 0; i < 20; i++) values.push(await milliseconds(() => client.execute("1+1")));
      await client.shutdown();
      return values.slice(3);
    },
  },
  {
    name: "kernel: cells 181 to 200 against the first 20",
    unit: "times",
    target: 1.2,
    processes: 3,
    prepare: () => started(ours),
    async measure(client) {
      const values = await manyCells(client);
      return median(values.slice(-20)) / median(values.slice(0, 20));
    },
    cleanup: (client) => client.shutdown(),
  },
  {
    name: "kernel: its memory after 200 cells",
    unit: "MB",
    target: 500,
    processes: 3,
    skip: () => existsSync("/proc/self/status") ? undefined : "the memory of another process is read from /proc",
    prepare: () => started(ours),
    async measure(client) {
      await manyCells(client);
      return memoryMb(client);
    },
    cleanup: (client) => client.shutdown(),
  },
  {
    name: "kernel: import of the package in a cell",
    unit: "s",
    target: 0.6,
    prepare: () => started(ours),
    measure: (client) => seconds(() => client.execute('import { R } from "alphabook";')),
    cleanup: (client) => client.shutdown(),
  },
];
