import { createRequire } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { host } from "../host/host.js";
import { canonicalJson } from "../task/task-hash.js";
import type { PoolTask } from "./pool-task.js";
import type { ResolvedModule, TaskFunction } from "./task-function.js";
import { END_OF_OUTPUT } from "./task-output.js";
import { watchProcess } from "./task-watch.js";
import { useTypeScript } from "./use-type-script.js";

/** What the process of a task is asked, and what it answers. */
export interface TaskRequest {
  readonly module: ResolvedModule;
  readonly input: unknown;
  readonly task: PoolTask;
}
export type TaskAnswer =
  | { readonly kind: "done"; readonly result: string }
  | { readonly kind: "failed"; readonly name: string; readonly message: string; readonly stack?: string }
  | { readonly kind: "unloadable"; readonly message: string };

let loaded: TaskFunction | undefined;

async function load(module: ResolvedModule): Promise<TaskFunction> {
  const values = (await import(specifierOf(module))) as Record<string, unknown>;
  const found = values[module.export];
  if (typeof found === "function") return found as TaskFunction;
  const known = Object.keys(values).filter((name) => typeof values[name] === "function");
  const shown = known.length > 20 ? `${known.slice(0, 20).join(", ")} …` : known.join(", ") || "none";
  throw new Error(`it exports no function "${module.export}"\n  functions: ${shown}`);
}

/** A package is looked for from the working directory; our own name means this package. */
function specifierOf({ url }: ResolvedModule): string {
  if (url.startsWith("file:")) return url;
  if (url === "alphabook") return new URL("../index.js", import.meta.url).href;
  try {
    return pathToFileURL(createRequire(path.join(process.cwd(), "task.js")).resolve(url)).href;
  } catch {
    return url;
  }
}

async function answer({ module, input, task }: TaskRequest): Promise<TaskAnswer> {
  try {
    loaded ??= await load(module);
  } catch (error) {
    return { kind: "unloadable", message: error instanceof Error ? error.message : String(error) };
  }
  try {
    const result: unknown = await loaded(input as never, { task, signal: host.signal });
    return { kind: "done", result: canonicalJson(result ?? null, "result") };
  } catch (error) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    return { kind: "failed", name, message, ...(stack !== undefined && { stack }) };
  }
}

const written = (stream: NodeJS.WriteStream) => new Promise((resolve) => stream.write(END_OF_OUTPUT, resolve));

function serve(memoryMb: number | undefined): void {
  watchProcess(memoryMb);
  useTypeScript();
  // The first SIGTERM is for the task, which hears of it by its signal.
  host.holdSignals();
  process.on("disconnect", () => process.exit(0));
  process.on("message", (request: TaskRequest) => {
    void answer(request).then(async (said) => {
      await Promise.all([written(process.stdout), written(process.stderr)]);
      process.send?.(said);
    });
  });
}

if (process.send && process.argv[1]?.endsWith("task-process-main.js")) serve(Number(process.argv[2]) || undefined);
