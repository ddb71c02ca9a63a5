#!/usr/bin/env node
// The kernel's process: `node kernel.cjs <connection file>`, started by Jupyter or by our own client.
import "./node-version.cjs";
import "./compile-cache.cjs";
import { readFileSync } from "node:fs";
import path from "node:path";
import { ProcessEnd } from "./ending.cjs";
import { answers, kernelInfo } from "./requests.cjs";
import { Server, startChannels, type Request } from "./server.cjs";
import { Session } from "./session.cjs";
import { buildSnapshotAside, howStarted, takeSnapshotToBuild } from "./snapshot.cjs";
import { StopSignal } from "./stop-signal.cjs";
import type { ConnectionInfo } from "./wire.cjs";

/** When a kernel that had to start plainly sees to it that the next one need not: not while its user waits. */
const BUILD_AFTER_MS = 10_000;

const WARM_AFTER_MS = 200;

async function main(file: string | undefined): Promise<void> {
  if (!file)
    throw new Error(
      "Cannot start the kernel: expected the path of a connection file\n  usage: node kernel.cjs <connection file>",
    );
  const outdated = takeSnapshotToBuild();
  const connection = JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo;
  const signal = new StopSignal();
  const server = new Server(connection, startChannels(path.resolve(file), signal), signal);
  await server.bind();
  const session = new Session<Request>(process.cwd(), (type, content, parent) => server.publish(type, content, parent), signal);
  const end = new ProcessEnd(session, server, signal);
  end.watch();
  session.captureStreams();
  // From a snapshot the first cell is soon checked; whoever thinks before they run it shall not wait even that long.
  if (howStarted() === "plain") session.warm();
  else setTimeout(() => session.warm(), WARM_AFTER_MS).unref();
  server.open(answers(session, end, signal), kernelInfo());
  if (outdated !== undefined) setTimeout(() => buildSnapshotAside(outdated), BUILD_AFTER_MS).unref();
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
