// The kernel's second thread when the channels are a process of their own: it hears of urgent requests while the main thread runs
// a cell without a pause.
import { workerData } from "node:worker_threads";
import { readPipe, type Urgent } from "./line.cjs";
import { StopSignal } from "./stop-signal.cjs";
import { press } from "./urgency.cjs";

/** What the main thread hands over. */
export interface UrgentData {
  readonly memory: SharedArrayBuffer;
  /** The pipe by which they are told. */
  readonly fd: number;
}

const { memory, fd } = workerData as UrgentData;
const signal = new StopSignal(memory);
readPipe<Urgent>(
  fd,
  (urgent) => void press(signal, urgent),
  () => {},
);
