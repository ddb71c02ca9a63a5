import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { KernelClient, type Answer, type ExecuteReply } from "./client.cjs";
import { outputsOf } from "./outputs.cjs";
import { textOf } from "./notebook-file.cjs";
import { snapshotFolderOf } from "./snapshot.cjs";
import {
  findKernelSpec,
  isOurs,
  kernelSpecFolder,
  makeKernelSpec,
  packageVersion,
  type KernelSpec,
  type SpecOptions,
} from "./spec.cjs";

/** One thing that was looked at. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "fail" | "skipped";
  /** What was seen. */
  readonly detail: string;
  /** What to do, when it failed. */
  readonly hint?: string;
  readonly ms?: number;
}

export interface KernelCheck {
  readonly ok: boolean;
  readonly checks: readonly Check[];
}

/** What a check found; throwing means it failed. */
type Look = () => Promise<string> | string;

const LINES = 2_000;
const EXPECTED = { tslab: "1.0.22", typescript: "5.9.3" };

/**
 * Looks whether the kernel is installed, complete and alive: files, versions, then a real kernel that runs cells, is interrupted and
 * shut down. Takes two to three seconds.
 */
export async function checkKernel(options: SpecOptions = {}): Promise<KernelCheck> {
  const checks: Check[] = [];
  const look = async (name: string, hint: string, fn: Look): Promise<boolean> => {
    const startedAt = performance.now();
    try {
      checks.push({ name, state: "ok", detail: await fn(), ms: performance.now() - startedAt });
      return true;
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      checks.push({ name, state: "fail", detail, hint, ms: performance.now() - startedAt });
      return false;
    }
  };
  const folder = kernelSpecFolder(options);
  const name = path.basename(folder);
  const jupyter = askJupyter(name, options.prefix);

  let spec: KernelSpec | undefined;
  const install = "run: npx alphabook kernel install (with the same --name and --prefix)";
  await look("kernelspec", install, () => {
    spec = findKernelSpec(folder);
    if (!spec) throw new Error(`there is none in ${folder}`);
    if (!isOurs(spec)) throw new Error(`${folder} belongs to "${spec.display_name}"`);
    const version = spec.metadata?.version;
    if (version !== packageVersion())
      throw new Error(`${folder} is of version ${version}, this is ${packageVersion()}`);
    return folder;
  });
  await look("paths", `Node or the package has moved; ${install}`, () => {
    const { argv } = spec ?? makeKernelSpec();
    const snapshot = snapshotFolderOf(argv);
    const paths = argv.filter((part) => path.isAbsolute(part) && part !== snapshot);
    const missing = paths.filter((file) => !existsSync(file));
    if (missing.length > 0) throw new Error(`missing: ${missing.join(", ")}`);
    return paths.join(", ");
  });
  for (const [pkg, version] of Object.entries(EXPECTED)) {
    await look(pkg, "run npm install in the project again; another package may have pinned another version", () => {
      const found = (require(`${pkg}/package.json`) as { version: string }).version;
      if (found !== version) throw new Error(`found ${found}, expected ${version}`);
      return found;
    });
  }
  await look("zeromq", "its native part does not fit this system: run npm rebuild zeromq", () => {
    const zmq = require("zeromq") as typeof import("zeromq");
    return `libzmq ${zmq.version}`;
  });
  checks.push(await jupyter);
  await checkLiveKernel(spec && isOurs(spec) ? spec : makeKernelSpec(), look);
  return { ok: checks.every((check) => check.state !== "fail"), checks };
}

/** The checks as lines for a terminal: `ok    1 + 1   2`. */
export function formatChecks({ ok, checks }: KernelCheck): string {
  const width = Math.max(...checks.map((check) => check.name.length));
  const word = { ok: "ok  ", fail: "FAIL", skipped: "skip" };
  const lines = checks.flatMap(({ name, state, detail, hint }) => [
    `${word[state]}  ${name.padEnd(width)}  ${detail.replaceAll("\n", "\n" + " ".repeat(width + 8))}`,
    ...(state === "fail" && hint !== undefined ? [`${" ".repeat(width + 8)}→ ${hint}`] : []),
  ]);
  const failed = checks.filter((check) => check.state === "fail").length;
  return [...lines, ok ? "The kernel is ready" : `${failed} of ${checks.length} checks failed`].join("\n");
}

async function checkLiveKernel(
  spec: KernelSpec,
  look: (name: string, hint: string, fn: Look) => Promise<boolean>,
): Promise<void> {
  const report = "this is a defect of the kernel on this system: please report it with this list";
  const kernel = new KernelClient({ argv: spec.argv, env: { ...process.env, ...spec.env } });
  const started = await look("start", "the lines above say what the kernel complained about", async () => {
    await kernel.start();
    const from = {
      snapshot: "from its snapshot",
      plain: "plainly; npx alphabook kernel install makes the next starts fast",
    };
    const { started_from: way } = kernel.info;
    return `${kernel.startMs.toFixed(0)} ms${way ? `, ${from[way]}` : ""}`;
  });
  if (!started) return;
  try {
    await look("1 + 1", report, async () => expectText(await kernel.execute("1 + 1"), "2"));
    await look("shorthand across cells", report, async () => {
      await kernel.execute("const ic = 0.25;");
      return expectText(await kernel.execute("const shorthand = { ic }; shorthand.ic"), "0.25");
    });
    await look("top-level await", report, async () => expectText(await kernel.execute("await (async () => 1)()"), "1"));
    await look(`${LINES} lines`, report, async () => {
      const { iopub } = await kernel.execute(`for (let i = 1; i <= ${LINES}; i++) console.log(i);`);
      const lines = outputsOf(iopub).flatMap((output) =>
        output.output_type === "stream" ? textOf(output.text).trimEnd().split("\n") : [],
      );
      if (lines.length !== LINES || lines.at(-1) !== String(LINES))
        throw new Error(`${lines.length} of ${LINES} lines arrived`);
      return "all arrived";
    });
    await look("rich display", report, async () => {
      const code = `({ [Symbol.for("Jupyter.display")]: () => ({ "text/plain": "plain", "text/html": "<b>rich</b>" }) })`;
      const outputs = outputsOf((await kernel.execute(code)).iopub);
      const shown = outputs.find((output) => output.output_type === "execute_result");
      if (shown?.data["text/html"] !== "<b>rich</b>")
        throw new Error(`expected text/html in the result, got ${JSON.stringify(outputs)}`);
      return Object.keys(shown.data).join(", ");
    });
    await look("type check", report, async () => {
      const { reply } = await kernel.execute(`const wrong: number = "text";`);
      const { content } = reply;
      const text = content.status === "error" ? [content.evalue, ...content.traceback].join("\n") : "";
      if (!text.includes("not assignable")) throw new Error(`expected a diagnostic, got ${JSON.stringify(content)}`);
      return "a wrong type is refused";
    });
    await look("interrupt", report, async () => {
      const endless = kernel.execute("await new Promise((resolve) => setTimeout(resolve, 60_000))");
      await new Promise((resolve) => setTimeout(resolve, 100));
      const startedAt = performance.now();
      await kernel.interrupt(spec.interrupt_mode);
      const answer = await Promise.race([
        endless,
        new Promise<undefined>((resolve) => setTimeout(resolve, 2_000, undefined).unref()),
      ]);
      if (!answer) throw new Error("a waiting cell went on for 2 s");
      if (answer.reply.content.status !== "error")
        throw new Error(`expected an error, got ${answer.reply.content.status}`);
      const ms = performance.now() - startedAt;
      expectText(await kernel.execute("ic"), "0.25");
      return `${ms.toFixed(0)} ms, variables kept`;
    });
    await look("shutdown", report, async () => {
      const startedAt = performance.now();
      await kernel.shutdown({ graceMs: 1_000 });
      if (kernel.killed) throw new Error("it had not ended after 1 s and was killed");
      return `${(performance.now() - startedAt).toFixed(0)} ms`;
    });
  } finally {
    await kernel.kill();
  }
}

function expectText({ reply, iopub }: Answer<ExecuteReply>, text: string): string {
  const shown = outputsOf(iopub).find((output) => output.output_type === "execute_result");
  const seen = shown?.data["text/plain"];
  if (seen !== text)
    throw new Error(
      `expected the result ${text}, got ${seen === undefined ? JSON.stringify(reply.content) : JSON.stringify(seen)}`,
    );
  return text;
}

/** Whether Jupyter, where it is installed, sees the kernel. Under a prefix only the prefix's own Jupyter is asked. */
async function askJupyter(name: string, prefix: string | undefined): Promise<Check> {
  const check = "Jupyter sees it";
  const command = prefix === undefined ? "jupyter" : path.join(path.resolve(prefix), "bin", "jupyter");
  const listed = await listKernels(command);
  if (!listed)
    return {
      name: check,
      state: "skipped",
      detail: `${command} was not found or does not answer; notebook run does not need it`,
    };
  if (listed.includes(name)) return { name: check, state: "ok", detail: `among ${listed.join(", ")}` };
  const hint = "it looks elsewhere (jupyter --paths tells): install with --prefix, or set JUPYTER_PATH";
  return { name: check, state: "fail", detail: `it lists ${listed.join(", ") || "no kernel"}`, hint };
}

function listKernels(command: string): Promise<string[] | undefined> {
  return new Promise((resolve) => {
    execFile(command, ["kernelspec", "list", "--json"], { timeout: 20_000 }, (error, stdout) => {
      if (error) return resolve(undefined);
      try {
        const { kernelspecs } = JSON.parse(stdout.slice(stdout.indexOf("{"))) as {
          kernelspecs: Record<string, unknown>;
        };
        resolve(Object.keys(kernelspecs).sort());
      } catch {
        resolve(undefined);
      }
    });
  });
}
