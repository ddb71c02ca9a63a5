/** What the tests' workers do. */
const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export const square = ({ x }) => ({ square: x * x, pid: process.pid });

/** Prints and fails, as often as `times` says. */
export function poison({ x, poison }, { task }) {
  console.log(`attempt ${task.attempts} of x = ${x}`);
  console.error("and a word of warning");
  if (poison) throw new TypeError(`x is ${x}, which nobody can do`);
  return x;
}

/** Says when it has begun, and takes its time. */
export async function slow({ file, ms }, { signal }) {
  const { appendFileSync } = await import("node:fs");
  appendFileSync(file, `begin ${process.pid}\n`);
  for (const end = Date.now() + ms; Date.now() < end; await pause(10))
    if (signal.aborted) {
      appendFileSync(file, `told ${process.pid}\n`);
      throw new Error("stopped by its signal");
    }
  appendFileSync(file, `end ${process.pid}\n`);
  return process.pid;
}

/** Hears of nothing while it computes. */
export async function busy({ file, ms }) {
  const { appendFileSync } = await import("node:fs");
  appendFileSync(file, `begin ${process.pid}\n`);
  for (const end = Date.now() + ms; Date.now() < end;);
  return process.pid;
}

export function die() {
  console.log("last words");
  process.kill(process.pid, "SIGKILL");
}

/** Memory that V8 does not count. */
export async function buffers({ megabytes }) {
  const kept = [];
  for (let i = 0; i < megabytes; i++) {
    kept.push(Buffer.alloc(1 << 20, 1));
    await pause(1);
  }
  return kept.length;
}

export const notData = () => ({ when: new Map() });
