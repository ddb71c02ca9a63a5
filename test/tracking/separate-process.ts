import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const built = (file: string) =>
  JSON.stringify(pathToFileURL(path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", file)).href);

export interface ProcessEnd {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly out: string;
  readonly err: string;
}

/**
 * Runs a module that has `R` and `sql`, with the built package, in a process of its own.
 *
 * @param onReady Called each time the process prints `ready`.
 */
export function runScript(
  store: string,
  code: string,
  { cwd = store, onReady }: { cwd?: string; onReady?: (kill: (signal: NodeJS.Signals) => void) => void } = {},
): Promise<ProcessEnd> {
  const script = `import { R } from ${built("tracking/r.js")};\nimport { sql } from ${built("tracking/sql.js")};\nR.setUri(${JSON.stringify(store)});\n${code}`;
  const child = spawn(process.execPath, ["--input-type=module", "-e", script], { cwd });
  let [out, err] = ["", ""];
  child.stdout.on("data", (data: Buffer) => {
    out += String(data);
    if (String(data).includes("ready")) onReady?.((signal) => child.kill(signal));
  });
  child.stderr.on("data", (data: Buffer) => void (err += String(data)));
  return new Promise((resolve) =>
    child.once("close", (exitCode, signal) => resolve({ code: exitCode, signal, out, err })),
  );
}
