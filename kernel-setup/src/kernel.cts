#!/usr/bin/env node
// The kernel's process: `node kernel.cjs <connection file>`, started by Jupyter or by our own client.
import "./node-version.cjs";
import "./compile-cache.cjs";
import { readFileSync } from "node:fs";
import { ProcessEnd } from "./ending.cjs";
import type { Request } from "./messages.cjs";
import { answers } from "./requests.cjs";
import { Server } from "./server.cjs";
import { Session } from "./session.cjs";
import type { ConnectionInfo } from "./wire.cjs";

async function main(file: string | undefined): Promise<void> {
  if (file === undefined)
    throw new Error(
      "Cannot start the kernel: expected the path of a connection file\n  usage: node kernel.cjs <connection file>",
    );
  const server = new Server(JSON.parse(readFileSync(file, "utf8")) as ConnectionInfo);
  await server.bind();
  const session = new Session<Request>(process.cwd(), (type, content, parent) => server.publish(type, content, parent));
  const end = new ProcessEnd(session, server);
  end.watch();
  session.captureStreams();
  server.open(answers(session, end));
}

main(process.argv[2]).catch((error: unknown) => {
  console.error(error);
  process.exit(1);
});
