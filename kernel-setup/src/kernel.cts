#!/usr/bin/env node
// The kernel's process: `node kernel.cjs <connection file>`, started by Jupyter or by our own client.
import "./node-version.cjs";
import "./compile-cache.cjs";
import { channels, stopSignal as signal } from "./channels-link.cjs";
import { ProcessEnd } from "./ending.cjs";
import { answers, kernelInfo } from "./requests.cjs";
import { Server, type Request } from "./server.cjs";
import { Session } from "./session.cjs";
import { buildSnapshotAside, takeSnapshotToBuild } from "./snapshot.cjs";

/** When a kernel that had to start plainly sees to it that the next one need not: not while its user waits. */
const BUILD_AFTER_MS = 10_000;

if (!channels) {
  console.error(
    "Cannot start the kernel: expected the path of a connection file\n  usage: node kernel.cjs <connection file>",
  );
  process.exit(1);
}

const outdated = takeSnapshotToBuild();
const server = new Server(channels);
const session = new Session<Request>(
  process.cwd(),
  (type, content, parent) => server.publish(type, content, parent),
  signal,
);
const end = new ProcessEnd(session, server, signal);
end.watch();
session.captureStreams();
server.open(
  answers(session, end, signal),
  kernelInfo(),
  () => void end.leave({ reason: "sockets gone", failed: true }, 1),
);
// Before the first request is heard: its cell would have to wait for it.
session.warm();
if (outdated !== undefined) setTimeout(() => buildSnapshotAside(outdated), BUILD_AFTER_MS).unref();
