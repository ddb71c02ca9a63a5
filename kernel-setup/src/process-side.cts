// The channels as a process of their own. The kernel is heard and told by pipes; its end is theirs.
import { unlinkSync } from "node:fs";
import net from "node:net";
import type { ChannelsSide } from "./channels-side.cjs";
import { lines, readPipe } from "./line.cjs";

const [, , connectionFile, pipes] = process.argv as [string, string, string, string];
const FROM_KERNEL = 3;
const TO_KERNEL = 4;
const TO_URGENT_THREAD = 5;

// Whoever is there has opened them by now.
for (const name of ["in", "out", "urgent"]) unlinkSync(`${pipes}.${name}`);
// What is sent to the whole group is the kernel's affair.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {});

// Never waits for a kernel that does not read: others ask too.
const writable = (fd: number) => new net.Socket({ fd, readable: false, writable: true }).on("error", () => {});
const toKernel = writable(TO_KERNEL);
const toUrgentThread = writable(TO_URGENT_THREAD);

const side: ChannelsSide = {
  connectionFile,
  tell: (message) => void toKernel.write(lines(message)),
  press: (urgent) => void toUrgentThread.write(lines(urgent)),
  receive: (take, onGone) => readPipe(FROM_KERNEL, take, onGone),
  endKernel: () => process.exit(1),
  // ZeroMQ sends what it has before the process ends, and then the kernel's pipe ends too.
  closed: () => process.exit(0),
};
export = side;
