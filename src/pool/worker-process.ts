import type { ChildProcess } from "node:child_process";
import type { WorkerNews, WorkerOrder } from "./worker-main.js";

/** A worker as it was when it was asked about. */
export interface WorkerInfo {
  readonly pid: number | undefined;
  /** `ended`: told to, or nothing was left. `died`: nobody had told it to. */
  readonly status: "starting" | "idle" | "busy" | "ended" | "died";
  /** Id of the task it is at. */
  readonly task: string | undefined;
  /** Seconds since it has had that task. */
  readonly seconds: number | undefined;
  readonly done: number;
  /** Attempts that failed. */
  readonly failed: number;
  /** Why it died, or what its last failed attempt said. */
  readonly error: string | undefined;
}

const KEPT_CHARS = 2_000;

/** The near end of a worker: what it is at, by what it tells. */
export class WorkerProcess {
  readonly #child: ChildProcess;
  #status: WorkerInfo["status"] = "starting";
  #task: { readonly id: string; readonly since: number } | undefined;
  #done = 0;
  #failed = 0;
  #error: string | undefined;
  #printed = "";
  /** When it is gone. */
  readonly ended: Promise<void>;

  constructor(child: ChildProcess, order: WorkerOrder) {
    this.#child = child;
    child.on("message", (news: WorkerNews) => this.#hear(news));
    child.stderr?.setEncoding("utf8").on("data", (part: string) => {
      this.#printed = (this.#printed + part).slice(-KEPT_CHARS);
    });
    this.ended = new Promise((resolve) => {
      child.on("error", (error) => resolve(this.#end(error.message)));
      child.on("exit", (code, signal) => resolve(this.#end(code === 0 ? undefined : (signal ?? `exit code ${code}`))));
    });
    // A process that dies before it is told is heard of by its end.
    child.send(order, () => {});
  }

  get info(): WorkerInfo {
    const task = this.#task;
    return {
      pid: this.#child.pid,
      status: this.#status,
      task: task?.id,
      seconds: task && (Date.now() - task.since) / 1000,
      done: this.#done,
      failed: this.#failed,
      error: this.#error,
    };
  }

  /** Tells it to end in order: its task is told, and given back. */
  stop(): void {
    if (this.#child.connected) this.#child.send("stop", () => {});
  }

  #hear(news: WorkerNews): void {
    if (news.kind === "failed") this.#error = news.message;
    if (news.kind === "ready") this.#status = "idle";
    if (news.kind === "begin") {
      this.#status = "busy";
      this.#task = { id: news.id, since: Date.now() };
    }
    if (news.kind !== "end") return;
    const { status } = news.end;
    [this.#status, this.#task] = ["idle", undefined];
    if (status === "done" || status === "part_done") this.#done++;
    if (status === "failed" || status === "again") this.#failed++;
    if (news.error !== undefined) this.#error = news.error;
  }

  #end(why: string | undefined): void {
    if (this.#status === "ended" || this.#status === "died") return;
    this.#status = why === undefined ? "ended" : "died";
    this.#task = undefined;
    if (why !== undefined && why.startsWith("SIG")) this.#error = `killed: ${why}`;
    else if (why !== undefined) this.#error ??= [why, this.#printed.trim()].filter(Boolean).join("\n");
  }
}
