// Starts the kernel's second thread as soon as this is loaded: it takes as long to come up as all the rest, on another core.
import path from "node:path";
import { SHARE_ENV, Worker } from "node:worker_threads";
import type { ChannelsData } from "./channels.cjs";
import { StopSignal } from "./stop-signal.cjs";

export const stopSignal = new StopSignal();

/** The thread of `channels.cts`; undefined when the process was given no connection file. */
export const channels = start(process.argv[2]);

function start(connection: string | undefined): Worker | undefined {
  if (connection === undefined) return undefined;
  const workerData: ChannelsData = { connection: path.resolve(connection), memory: stopSignal.memory };
  return new Worker(path.join(__dirname, "channels.cjs"), { workerData, env: SHARE_ENV, execArgv: [] });
}
