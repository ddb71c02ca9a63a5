// The channels as a thread of the kernel's process.
import { parentPort, workerData } from "node:worker_threads";
import type { ChannelsData, ChannelsSide } from "./channels-side.cjs";
import type { ToChannels } from "./line.cjs";
import { StopSignal } from "./stop-signal.cjs";
import { press } from "./urgency.cjs";

/** How long the last reply may take to leave before the kill. */
const LEAVE_MS = 50;

const { connection, memory } = workerData as ChannelsData;
const main = parentPort!;
const signal = new StopSignal(memory);

const side: ChannelsSide = {
  connectionFile: connection,
  tell: (message) => main.postMessage(message),
  press: (urgent, beforeKill) =>
    void press(signal, urgent, async () => {
      beforeKill();
      await new Promise((resolve) => setTimeout(resolve, LEAVE_MS));
    }),
  receive: (take) => main.on("message", ([message, text]: [ToChannels, string]) => take(message, text)),
  endKernel: () => process.kill(process.pid, "SIGTERM"),
  closed() {
    main.close();
    signal.closed();
  },
};
export = side;
