import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { exchange } from "./exchange.js";
import { findTeam } from "./team-address.js";

/** After the process that logged has ended, the server is tried for so long; later the store's next process does it. */
const LAST_TRY_MS = 60_000;

const [, program, root] = process.argv;
if (!isMainThread && parentPort) {
  const port = parentPort;
  const { root: store, address } = workerData as { root: string; address: string };
  const end = new AbortController();
  port.once("message", () => end.abort());
  void exchange({ root: store, address, tell: (news) => port.postMessage(news), signal: end.signal }).finally(() =>
    port.close(),
  );
} else if (program?.endsWith("team-main.js") && root) {
  const address = findTeam(root);
  const { signal } = new AbortController();
  if (address !== undefined) void exchange({ root, address, tell: () => {}, signal, untilShippedMs: LAST_TRY_MS });
}
