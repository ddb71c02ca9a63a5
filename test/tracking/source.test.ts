import { readFileSync, utimesSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { InvalidArgumentError, NotebookError } from "../../src/errors.js";
import { writeRunNotebook } from "../../src/notebook/run-notebook.js";
import { VIEW } from "../../src/panel/view.js";
import { compareRuns } from "../../src/tracking/compare-runs.js";
import { R } from "../../src/tracking/r.js";
import { messages, repository, startKernel, traceback } from "../kernel-setup/started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const notebook = path.join(folder, "research.ipynb");
const store = path.join(folder, ".alphabook");
let kernel: KernelClient;

beforeAll(async () => {
  R.setUri(store);
  save({});
  kernel = await startKernel({ cwd: folder, env: { JPY_SESSION_NAME: notebook } });
});

async function cell(id: string, code: string): Promise<string[]> {
  const executed = await kernel.execute(code, { cellId: id });
  expect(traceback(executed)).toBeUndefined();
  return messages(executed, "display_data").map(({ content }) => String(content.data["text/plain"]));
}

/** As a front end saves: the file is newer than every execution. */
function save(cells: Record<string, string>): void {
  const file = { nbformat: 4, cells: Object.entries(cells).map(([id, source]) => ({ id, source: [source] })) };
  writeFileSync(notebook, JSON.stringify(file));
  const soon = new Date(Date.now() + 1000);
  utimesSync(notebook, soon, soon);
}

const IMPORT = `import { R } from ${JSON.stringify(path.join(repository, "dist", "index.js"))};`;
const START = 'const run = await R.start({ experimentName: "x", recorderName: "squares" });';

describe("the source of a run made in a notebook", () => {
  it("is the cells with the code that was run, in order, those before the run told from those during it", async () => {
    await cell("a", IMPORT);
    await cell("b", "const unrelated = 7;");
    await cell("c", "const scale = 3;");
    await cell("c", "const scale = 5;");
    await kernel.execute("throw new Error('no');", { cellId: "d" });
    await cell("e", "const points = [1, 2, 3];");
    await cell("f", "points.push(4);");
    await cell("g", "points");
    await cell("h", START);
    await cell("i", "run.logMetrics({ sum: scale * points.reduce((a, b) => a + b, 0) });");
    await cell("j", "await R.endExp();");
    await cell("k", "const after = 1;");
    const [run] = await R.listRecorders({ experimentName: "x" });
    const source = await run!.source();
    expect(run!.metrics).toEqual({ sum: 50 });
    expect(source.cells.map(({ id, during, failed, edited }) => [id, during, failed, edited])).toEqual([
      ["a", false, false, false],
      ["b", false, false, false],
      ["c", false, false, false],
      ["c", false, false, false],
      ["d", false, true, false],
      ["e", false, false, false],
      ["f", false, false, false],
      ["g", false, false, false],
      ["h", true, false, false],
      ["i", true, false, false],
      ["j", true, false, false],
    ]);
    expect([source.cells[3]!.code, source.notebook]).toEqual(["const scale = 5;", notebook]);
    expect(source.toTable().array("code")).toEqual(source.cells.map(({ code }) => code));
    expect(source[VIEW]().texts![4]).toEqual({ title: "[5] before the run, threw", text: "throw new Error('no');" });
  });

  it("a notebook of it has the cells it needs, and makes the same metrics", async () => {
    const [run] = await R.listRecorders({ experimentName: "x" });
    const again = await writeRunNotebook(run!, path.join(folder, "again.ipynb"));
    const written = JSON.parse(readFileSync(again, "utf8")) as { cells: { cell_type: string; source: string[] }[] };
    const codes = written.cells.filter((each) => each.cell_type === "code").map((each) => each.source.join(""));
    expect(codes).toEqual([
      IMPORT,
      "const scale = 5;",
      "const points = [1, 2, 3];",
      "points.push(4);",
      START,
      "run.logMetrics({ sum: scale * points.reduce((a, b) => a + b, 0) });",
      "await R.endExp();",
    ]);
    const text = written.cells[0]!.source.join("");
    expect(text).toContain("Left out: 2 cells it does not need, 1 cell that threw, 1 earlier execution");
    expect(text).toContain("| sum | 50 |");
    const { runNotebook } = await import("#kernel/run.cjs");
    const result = await runNotebook(again, undefined, { env: { ...process.env, ALPHABOOK_STORE: store } });
    expect(result.status).toBe("ok");
    const [newest, first] = await R.listRecorders({ experimentName: "x" });
    expect(newest!.id).not.toBe(first!.id);
    expect([newest!.name, newest!.status, newest!.metrics]).toEqual(["squares", "FINISHED", { sum: 50 }]);
    expect((await newest!.source()).notebook).toBe(again);
  });

  it("tells of a cell that was edited after being run and not run again, when the run ends", async () => {
    await cell("c2", "const size = 2;");
    await cell("h", START.replace("squares", "edited").replace("const run", "const other"));
    save({ c2: "const size = 200;", h: "something else", c: "const scale = 5;" });
    await cell("i2", "other.logMetrics({ size });");
    const [notice] = await cell("j", "await R.endExp();");
    expect(notice).toMatch(/^Cells \[\d+\], \[\d+\] were edited after being run and not run again: run "edited"/);
    const [run] = await R.listRecorders({ experimentName: "x" });
    const edited = (await run!.source()).cells.filter((each) => each.edited);
    expect(edited.map(({ id, code }) => [id, code.slice(0, 16)])).toEqual([
      ["c2", "const size = 2;"],
      ["h", "const other = aw"],
    ]);
  });

  it("two runs are compared by their cells and what changed in them", async () => {
    const one = (name: string, x: number) =>
      `await R.start({ experimentName: "y", recorderName: "${name}" }, (run) => {\n  run.logMetrics({ x: ${x} });\n});`;
    await cell("p", one("one", 1));
    await cell("p", one("two", 2));
    const [two, first] = await R.listRecorders({ experimentName: "y" });
    const found = await compareRuns([first!, two!]);
    expect(found.code.map(({ from, to }) => [from, to])).toEqual([[0, 1]]);
    expect(found.code[0]!.changes).toEqual([
      {
        what: expect.stringMatching(/^cell \[\d+\] → \[\d+\]$/) as string,
        diff: [
          `-${one("one", 1).split("\n")[0]}`,
          "-  run.logMetrics({ x: 1 });",
          `+${one("two", 2).split("\n")[0]}`,
          "+  run.logMetrics({ x: 2 });",
          " });",
        ].join("\n"),
      },
    ]);
    expect(found[VIEW]().texts![0]).toMatchObject({ title: expect.stringMatching(/^one → two: cell/) as string });
  });

  it("a file saved before the cell was run tells nothing", async () => {
    save({ l: "old text" });
    utimesSync(notebook, new Date(0), new Date(0));
    await cell("l", 'await R.start({ experimentName: "x", recorderName: "unsaved" });');
    expect(await cell("j", "await R.endExp();")).toEqual([]);
  });

  it("survives a kernel that is killed: what was run up to the last cell is there", async () => {
    const doomed = await startKernel({ cwd: folder });
    await doomed.execute(`${IMPORT}\nR.setUri(${JSON.stringify(store)});`, { cellId: "m" });
    await doomed.execute('const last = await R.start({ experimentName: "killed" });', { cellId: "n" });
    await doomed.execute("last.logMetrics({ x: 1 });", { cellId: "o" });
    await expect
      .poll(async () => {
        const [run] = await R.listRecorders({ experimentName: "killed" });
        return (await run!.source()).cells.map(({ id }) => id);
      })
      .toEqual(["m", "n", "o"]);
    await doomed.kill();
  });
});

describe("the source of a run of a script", () => {
  it("has no cells, but the command", async () => {
    const run = await R.start({ experimentName: "script" }, (each) => each);
    const source = await run.source();
    expect(source.cells).toEqual([]);
    expect(source.command).toContain("node");
    expect(source[VIEW]().notes).toEqual(["No cells: the run was not started in a notebook"]);
    await expect(writeRunNotebook(run, path.join(folder, "no.ipynb"))).rejects.toThrow(NotebookError);
  });

  it("a notebook is not written over another file, nor under another ending", async () => {
    const [run] = await R.listRecorders({ experimentName: "x" });
    await expect(writeRunNotebook(run!, notebook)).rejects.toThrow(InvalidArgumentError);
    await expect(writeRunNotebook(run!, "run.json")).rejects.toThrow(/ends in \.ipynb/);
  });
});
