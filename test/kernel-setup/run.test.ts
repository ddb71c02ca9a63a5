import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  formatNotebook,
  injectParameters,
  OutputCollector,
  outputsOf,
  parseNotebook,
  parseParameterValue,
  runNotebook,
  textOf,
  type CodeCell,
  type Notebook,
} from "#kernel/run.cjs";
import type { IopubMessage } from "#kernel/client.cjs";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
let count = 0;

const code = (source: string | string[], tags: string[] = [], id = `cell-${++count}`): CodeCell => ({
  cell_type: "code",
  id,
  metadata: { tags },
  source,
  execution_count: 99,
  outputs: [{ output_type: "stream", name: "stdout", text: "old" }],
});
const notebook = (...cells: CodeCell[]): Notebook => ({ nbformat: 4, nbformat_minor: 5, metadata: {}, cells });
function fileOf(...cells: CodeCell[]): string {
  const file = path.join(folder, `${++count}.ipynb`);
  writeFileSync(file, JSON.stringify(notebook(...cells)));
  return file;
}
/** What was printed by each code cell of a written notebook. */
const printedIn = (file: string) =>
  parseNotebook(readFileSync(file, "utf8")).cells.map((cell) =>
    cell.cell_type === "code"
      ? cell.outputs
          .map((output) => (output.output_type === "stream" ? textOf(output.text) : output.output_type))
          .join("|")
      : "",
  );

const message = (type: string, content: unknown) => ({ type, content }) as unknown as IopubMessage;
const print = (text: string, name = "stdout") => message("stream", { name, text });
const show = (text: string, id?: string, type = "display_data") =>
  message(type, { data: { "text/plain": text }, metadata: {}, transient: id === undefined ? {} : { display_id: id } });

describe("outputs", () => {
  test("neighbouring pieces of a stream are one output, another stream or a display starts anew", () => {
    expect(outputsOf([print("a"), print("b"), print("e", "stderr"), print("c")])).toEqual([
      { output_type: "stream", name: "stdout", text: "ab" },
      { output_type: "stream", name: "stderr", text: "e" },
      { output_type: "stream", name: "stdout", text: "c" },
    ]);
  });

  test("a display with an id is updated wherever it stands, in earlier cells too, and its id is not kept", () => {
    const [first, second] = [
      { ...code(""), outputs: [] },
      { ...code(""), outputs: [] },
    ] as [CodeCell, CodeCell];
    const collector = new OutputCollector();
    collector.apply(first, show("old", "bar"));
    collector.apply(second, show("new", "bar", "update_display_data"));
    expect(first.outputs).toEqual([{ output_type: "display_data", data: { "text/plain": "new" }, metadata: {} }]);
    expect(second.outputs).toEqual([]);
  });

  test("clear_output clears now, with wait only when the next output comes", () => {
    const clear = (wait: boolean) => message("clear_output", { wait });
    expect(outputsOf([print("a"), clear(false)])).toEqual([]);
    expect(outputsOf([print("a"), clear(true)])).toHaveLength(1);
    expect(outputsOf([print("a"), clear(true), print("b")])).toEqual([
      { output_type: "stream", name: "stdout", text: "b" },
    ]);
  });
});

describe("the notebook file", () => {
  test("keys are sorted, the indent is one, text is lines, a newline ends it; a source keeps its form", () => {
    const cell = {
      ...code("a\nb", [], "x"),
      outputs: [{ output_type: "stream" as const, name: "stdout" as const, text: "1\n2" }],
    };
    expect(formatNotebook(notebook(cell, { ...code(["c\n", "d"], [], "y"), outputs: [] }))).toBe(
      `{
 "cells": [
  {
   "cell_type": "code",
   "execution_count": 99,
   "id": "x",
   "metadata": {
    "tags": []
   },
   "outputs": [
    {
     "name": "stdout",
     "output_type": "stream",
     "text": [
      "1\\n",
      "2"
     ]
    }
   ],
   "source": "a\\nb"
  },
  {
   "cell_type": "code",
   "execution_count": 99,
   "id": "y",
   "metadata": {
    "tags": []
   },
   "outputs": [],
   "source": [
    "c\\n",
    "d"
   ]
  }
 ],
 "metadata": {},
 "nbformat": 4,
 "nbformat_minor": 5
}
`,
    );
  });

  test("written, read and written again it is the same", () => {
    const text = fc.string({ unit: "binary" });
    const cells = fc.array(fc.record({ source: fc.oneof(text, fc.array(text)), said: text }));
    fc.assert(
      fc.property(cells, (list) => {
        const once = formatNotebook(
          notebook(
            ...list.map(({ source, said }) => ({
              ...code(source),
              outputs: [{ output_type: "stream" as const, name: "stdout" as const, text: said }],
            })),
          ),
        );
        expect(formatNotebook(parseNotebook(once))).toBe(once);
      }),
      { numRuns: 50 },
    );
  });

  test.each([
    ["{", /it is no JSON/],
    ["null", /expected nbformat 4/],
    ['{"nbformat":3,"worksheets":[]}', /got nbformat 3/],
    ['{"nbformat":4,"cells":[{"cell_type":"code"}]}', /cell 1 has no source/],
    ['{"nbformat":4,"cells":[{"cell_type":"kode","source":""}]}', /cell_type "kode"/],
  ])("%s is no notebook", (text, problem) => {
    expect(() => parseNotebook(text, "a.ipynb")).toThrow(problem);
  });
});

describe("parameters", () => {
  test.each([
    ["0.05", 0.05],
    ["-3", -3],
    ["1e-3", 0.001],
    ["true", true],
    ["null", null],
    ["[1, 5]", [1, 5]],
    ['{"a":1}', { a: 1 }],
    ['"5"', "5"],
    ["sp500", "sp500"],
    ["007", "007"],
    ["2020-01-02", "2020-01-02"],
    ["", ""],
    ["12345678901234567890", "12345678901234567890"],
  ])("%s on the command line means %j", (text, value) => {
    expect(parseParameterValue(text)).toEqual(value);
  });

  test("they are declared again after the parameters cell, by the same keyword and type; an earlier injection is replaced", () => {
    const source = 'let region: "us" | "cn" = "us";\nconst alpha = 0.05, days = 5;';
    const once = injectParameters(notebook(code(source, ["parameters"]), code("alpha")), { alpha: 1 });
    const twice = injectParameters(once, { region: "cn", days: 9 });
    expect(once.cells.map((cell) => cell.id).slice(1, 2)).toEqual(["injected-parameters"]);
    expect(twice.cells).toHaveLength(3);
    expect(twice.cells[1]).toMatchObject({
      id: "injected-parameters",
      metadata: { tags: ["injected-parameters"] },
      source: '// Parameters of this run\nlet region: "us" | "cn" = "cn";\nconst days = 9;',
    });
  });

  test("a name that the parameters cell does not declare, or no such cell, is an error", () => {
    expect(() => injectParameters(notebook(code("const alpha = 1", ["parameters"])), { alhpa: 2 })).toThrow(
      /Cannot set alhpa: [\s\S]*known: alpha/,
    );
    expect(() => injectParameters(notebook(code("const alpha = 1")), { alpha: 2 })).toThrow(
      /no code cell of the notebook has the tag "parameters"/,
    );
  });
});

describe("a run on the real kernel", () => {
  test("gives outputs, numbers, ids and new values of const and let to the cells below; old outputs are gone", async () => {
    const file = fileOf(
      code(["const alpha = 0.05, name: string | null = null;\n", "let list: number[] = [];"], ["parameters"]),
      code("console.log(alpha * 2, name, list.length, process.env.JPY_SESSION_NAME);", [], "kept"),
      code("   "),
      code("await Promise.resolve(6 * 7)"),
    );
    const output = path.join(folder, "deep", "out.ipynb");
    const cells: string[] = [];
    const run = await runNotebook(file, output, {
      parameters: { alpha: 2.5, name: "it's", list: [1, 2] },
      onCell: ({ state, number, total }) => cells.push(`${state} ${number}/${total}`),
    });
    expect(run).toMatchObject({ status: "ok", cellsRun: 4, cellsTotal: 4, errors: [], output });
    expect(cells).toEqual([1, 2, 3, 4].flatMap((number) => [`start ${number}/4`, `end ${number}/4`]));
    const written = parseNotebook(readFileSync(output, "utf8"));
    expect(written.cells.map((cell) => cell.cell_type === "code" && cell.execution_count)).toEqual([1, 2, 3, null, 4]);
    expect(written.cells[2]!.id).toBe("kept");
    expect(written.cells[0]!.source).toHaveLength(2);
    expect(printedIn(output)).toEqual(["", "", `5 it's 2 ${file}\n`, "", "execute_result"]);
    expect(written.metadata).toMatchObject({
      kernelspec: { name: "alphabook" },
      language_info: { name: "typescript" },
    });
  });

  test("ends at a cell that throws, and writes what there is; an expected error does not end it", async () => {
    const file = fileOf(
      code("throw new TypeError('expected')", ["raises-exception"]),
      code("console.log('here'); throw new RangeError('not this')"),
      code("console.log('never')"),
    );
    const output = path.join(folder, "failed.ipynb");
    const run = await runNotebook(file, output);
    expect(run).toMatchObject({
      status: "failed",
      cellsRun: 2,
      cellsTotal: 3,
      failure: { cellIndex: 1, executionCount: 2, ename: "RangeError", evalue: "not this" },
    });
    expect(run.errors.map(({ ename }) => ename)).toEqual(["TypeError", "RangeError"]);
    expect(printedIn(output)).toEqual(["error", "here\n|error", ""]);
  });

  test("goes on after errors when it may", async () => {
    const run = await runNotebook(fileOf(code("const n: number = 'text'"), code("console.log('after')")), undefined, {
      allowErrors: true,
    });
    expect([run.status, run.errors.length, run.cellsRun, run.output]).toEqual(["ok", 1, 2, undefined]);
    expect(run.errors[0]!.traceback.join("\n")).toContain("not assignable");
  });

  test("keeps what a cell said that ends the kernel", async () => {
    const output = path.join(folder, "died.ipynb");
    const run = await runNotebook(fileOf(code("console.log('last words'); process.exit(3)"), code("1")), output, {
      allowErrors: true,
    });
    expect(run).toMatchObject({ status: "died", cellsRun: 1, failure: { ename: "DeadKernelError" } });
    expect(run.failure!.evalue).toContain("exit code 3");
    expect(printedIn(output)).toEqual(["last words\n|error", ""]);
  });

  test.each([
    ["waits", "console.log('begun'); await new Promise((resolve) => setTimeout(resolve, 60_000))"],
    [
      "is stuck behind an await",
      "console.log('begun'); await new Promise((resolve) => setTimeout(resolve, 100)); while (true) {}",
    ],
  ])("stops a cell that %s when its time is over", async (_how, source) => {
    const output = path.join(folder, "late.ipynb");
    const run = await runNotebook(fileOf(code(source), code("1")), output, { timeoutMs: 2_000 });
    expect(run).toMatchObject({
      status: "timeout",
      cellsRun: 1,
      failure: { ename: "TimeoutError", evalue: "The cell ran for more than 2 s and was stopped" },
    });
    expect(run.ms).toBeLessThan(20_000);
    expect(printedIn(output)).toEqual(["begun\n|error", ""]);
  });

  test("stops when it is told to, and writes", async () => {
    const stop = new AbortController();
    const output = path.join(folder, "stopped.ipynb");
    setTimeout(() => stop.abort(), 300);
    const run = await runNotebook(fileOf(code("await new Promise((resolve) => setTimeout(resolve, 60_000))")), output, {
      signal: stop.signal,
    });
    expect([run.status, run.failure!.ename]).toEqual(["interrupted", "InterruptedError"]);
    expect(existsSync(output)).toBe(true);
  });

  test("leaves the file alone when a parameter is wrong", async () => {
    const output = path.join(folder, "untouched.ipynb");
    await expect(
      runNotebook(fileOf(code("const a = 1", ["parameters"])), output, { parameters: { b: 1 } }),
    ).rejects.toThrow(/Cannot set b/);
    expect(existsSync(output)).toBe(false);
  });
});
