import { existsSync } from "node:fs";
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
    name: "kernel: import of the package in a cell",
    unit: "s",
    target: 0.6,
    prepare: () => started(ours),
    measure: (client) => seconds(() => client.execute('import { R } from "alphabook";')),
    cleanup: (client) => client.shutdown(),
  },
];
