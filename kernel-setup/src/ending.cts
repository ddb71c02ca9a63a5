import type { Shutdown } from "./bridge.cjs";
import type { Server } from "./server.cjs";
import type { StopSignal } from "./stop-signal.cjs";

/** How long an interrupted cell may take to end; by then it has been left, unless its own listeners hold it. */
const CELL_MS = 400;
const ORPHAN_CHECK_MS = 2_000;
/** Read at once: whoever started us may be gone before we are ready. */
const startedBy = process.ppid;
const SIGNALS = { SIGTERM: 143, SIGHUP: 129 } as const;

/** What of a session is needed to end it. */
interface Ending {
  readonly hooks: { run(name: "shutdown", event: Shutdown): Promise<void> };
  readonly ended: Promise<void>;
  interrupt(): void;
  flush(): void;
}

/** The ways in which a kernel's process ends, and what must not end it. */
export class ProcessEnd {
  readonly #session: Ending;
  readonly #server: Server;
  readonly #signal: StopSignal;
  #leaving: Promise<void> | undefined;

  constructor(session: Ending, server: Server, signal: StopSignal) {
    this.#session = session;
    this.#signal = signal;
    this.#server = server;
  }

  /** Stops the running cell, lets libraries put their things away, and ends the process once a reply is on its way. */
  leave(shutdown: Shutdown, code: number): Promise<void> {
    return (this.#leaving ??= this.#leave(shutdown, code));
  }

  async #leave(shutdown: Shutdown, code: number): Promise<void> {
    this.#session.interrupt();
    await Promise.race([this.#session.ended, new Promise((resolve) => setTimeout(resolve, CELL_MS))]);
    await this.#session.hooks.run("shutdown", shutdown);
    this.#session.flush();
    setImmediate(() => process.exit(code));
  }

  watch(): void {
    process.on("SIGINT", () => {
      if (!this.#signal.takeRaised()) this.#session.interrupt();
    });
    for (const [signal, code] of Object.entries(SIGNALS)) {
      process.on(signal, () => void this.leave({ reason: signal, failed: true }, code));
    }
    process.on("exit", () => {
      this.#session.flush();
      this.#server.close();
    });
    process.on("uncaughtException", (error) => console.error("Uncaught, outside the flow of a cell:", error));
    process.on("unhandledRejection", (reason) => console.error("Unhandled rejection:", reason));
    this.#watchParent();
  }

  /** A kernel whose client is gone has nobody to end it. */
  #watchParent(): void {
    // Process 1 adopts orphans; a kernel that it started itself is none.
    if (startedBy <= 1) return;
    const check = () => {
      if (process.ppid !== startedBy) void this.leave({ reason: "parent gone", failed: true }, 1);
    };
    setInterval(check, ORPHAN_CHECK_MS).unref();
  }
}
