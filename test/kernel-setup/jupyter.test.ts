import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect } from "vitest";
import { installKernel } from "#kernel/spec.cjs";
import { itWith, sharedPath } from "../shared.js";
import { repository } from "./started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

// The kernel under the real Jupyter: what the other tests say through our own client, Python's clients see too.
const venv = process.env.ALPHABOOK_VENV ?? path.join(repository, ".venv");
const program = (name: string) => path.join(venv, "bin", name);
const howTo =
  "python3 -m venv .venv && .venv/bin/pip install jupyterlab nbconvert jupyter_kernel_test pytest, or set ALPHABOOK_VENV";
const itJupyter = itWith("jupyter", existsSync(program("jupyter")), howTo);
const conformance = sharedPath("harness", "kernel-conformance", "test_kernel.py");
const itConformance = itWith(
  "jupyter",
  existsSync(program("pytest")) && existsSync(conformance),
  `${howTo}; set ALPHABOOK_SHARED to a folder with harness/`,
);
const labCheck = sharedPath("harness", "jupyterlab-check", "check.mjs");
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].some((file) =>
  existsSync(file),
);
const itLab = itWith(
  "chromium",
  chromium && existsSync(program("jupyter-lab")) && existsSync(labCheck),
  `apt-get install chromium; ${howTo}`,
);

const folder = temporaryFolder();
const prefix = temporaryFolder();
const env = { ...process.env, JUPYTER_PATH: path.join(prefix, "share", "jupyter") };
beforeAll(() => void installKernel({ prefix }));
const run = (file: string, ...args: string[]) => promisify(execFile)(file, args, { cwd: folder, env });

interface Output {
  readonly output_type: string;
  readonly name?: string;
  readonly text?: string | string[];
  readonly data?: Record<string, unknown>;
  readonly ename?: string;
  readonly traceback?: string[];
}
interface NotebookCell {
  readonly execution_count: number | null;
  readonly outputs: Output[];
}

function writeNotebook(name: string, cells: readonly { source: string; tags?: string[] }[]): string {
  const file = path.join(folder, name);
  const code = cells.map(({ source, tags = [] }, i) => ({
    cell_type: "code",
    id: `cell-${i}`,
    metadata: { tags },
    execution_count: null,
    outputs: [],
    source,
  }));
  const kernelspec = { name: "alphabook", display_name: "TypeScript (alphabook)", language: "typescript" };
  writeFileSync(file, JSON.stringify({ cells: code, metadata: { kernelspec }, nbformat: 4, nbformat_minor: 5 }));
  return file;
}
const chart = `({ [Symbol.for("Jupyter.display")]: () => ({
  "application/vnd.vegalite.v5+json": { $schema: "https://vega.github.io/schema/vega-lite/v5.json", data: { values: "x,y\\n1,2\\n2,3", format: { type: "csv" } }, mark: "bar", encoding: { x: { field: "x", type: "ordinal" }, y: { field: "y", type: "quantitative" } } },
  "image/png": new Uint8Array([137, 80, 78, 71]), "text/plain": "a chart" }) })`;
const text = (output: Output | undefined) => [output?.text ?? []].flat().join("");

itConformance("passes the public conformance suite of kernels", async () => {
  const { stdout } = await promisify(execFile)(program("pytest"), [conformance, "-q", "-p", "no:cacheprovider"], {
    cwd: folder,
    env: { ...env, KERNEL_NAME: "alphabook" },
  });
  expect(stdout).toMatch(/\d+ passed/);
  expect(stdout).not.toMatch(/failed/);
});

itJupyter("is run by nbconvert: numbers, whole output, results, errors that may be", async () => {
  writeNotebook("all.ipynb", [
    { source: "const ic: number = 20;" },
    { source: "for (let i = 0; i < 5000; i++) console.log(i);" },
    { source: "({ ic })" },
    { source: 'throw new Error("expected");', tags: ["raises-exception"] },
    { source: chart },
  ]);
  await run(program("jupyter"), "nbconvert", "--to", "notebook", "--execute", "all.ipynb", "--output", "ran.ipynb");
  const { cells } = JSON.parse(readFileSync(path.join(folder, "ran.ipynb"), "utf8")) as { cells: NotebookCell[] };
  expect(cells.map((cell) => cell.execution_count)).toEqual([1, 2, 3, 4, 5]);
  expect(cells[1]!.outputs.map(text).join("").split("\n")).toHaveLength(5001);
  expect(cells[2]!.outputs[0]!.data).toEqual({ "text/plain": ["{ ic: 20 }"] });
  expect(cells[3]!.outputs[0]).toMatchObject({
    output_type: "error",
    ename: "Error",
    traceback: ["Error: expected", "    at cell [4]:1:7", '        throw new Error("expected");', "              ^"],
  });
  expect(Object.keys(cells[4]!.outputs[0]!.data!).sort()).toEqual([
    "application/vnd.vegalite.v5+json",
    "image/png",
    "text/plain",
  ]);
});

itJupyter("tells nbconvert what went wrong in a cell that must not fail (B4)", async () => {
  writeNotebook("fails.ipynb", [{ source: 'const n: number = "text";' }]);
  const failed = await run(program("jupyter"), "nbconvert", "--to", "notebook", "--execute", "fails.ipynb").catch(
    (error: { stderr: string }) => error.stderr,
  );
  expect(failed).toContain("cell [1]:1:7 - Type 'string' is not assignable to type 'number'.");
});

itLab("works in JupyterLab: all cells run, the chart is drawn", { timeout: 120_000 }, async () => {
  const notebook = writeNotebook("lab.ipynb", [
    { source: "1 + 1" },
    { source: chart },
    { source: 'await new Promise((done) => setTimeout(done, 200)); console.log("end");' },
  ]);
  const { runInJupyterLab, complaints } = (await import(pathToFileURL(labCheck).href)) as {
    runInJupyterLab(notebook: string, options: object): Promise<{ skipped?: string }>;
    complaints(seen: object, options: object): string[];
  };
  process.env.JUPYTER_PATH = env.JUPYTER_PATH;
  const seen = await runInJupyterLab(notebook, { kernel: "alphabook", root: folder, venv });
  expect(seen.skipped).toBeUndefined();
  expect(complaints(seen, { charts: 1 })).toEqual([]);
});
