#!/usr/bin/env node
// The kernel's process: `node kernel.cjs <connection file>`, started by Jupyter or by our own client.
import "./node-version.cjs";
import "./compile-cache.cjs";
import { channels, stopSignal as signal } from "./second-thread.cjs";
import { readFileSync } from "node:fs";
import { ProcessEnd } from "./ending.cjs";
import { answers, kernelInfo } from "./requests.cjs";
import { Server, type Request } from "./server.cjs";
import { Session } from "./session.cjs";
import { buildSnapshotAside, takeSnapshotToBuild } from "./snapshot.cjs";
import type { ConnectionInfo } from "./wire.cjs";

/** When a kernel that had to start plainly sees to it that the next one need not: not while its user waits. */
const BUILD_AFTER_MS = 10_000;

async function main(file: string | undefined): Promise<void> {
  if (!file || !channels)
    throw new Error(
      "Cannot start the kernel: expected the path of a connection file\n  usage: node kernel.cjs <connection file>",
    );
  const outdated = takeSnapshotToBuild();
  const connection = JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo;
  const server = new Server(connection, channels, signal);
  await server.bind();
  const session = new Session<Request>(process.cwd(), (type, content, parent) => server.publish(type, content, parent), signal);
  const end = new ProcessEnd(session, server, signal);
  end.watch();
  session.captureStreams();
  server.open(answers(session, end, signal), kernelInfo());
  // While the other thread comes up there is nothing to do but what the first cell would wait for.
  session.warm();
  if (outdated !== undefined) setTimeout(() => buildSnapshotAside(outdated), BUILD_AFTER_MS).unref();
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
