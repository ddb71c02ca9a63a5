import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { messages, printed, startKernel, traceback } from "./started-kernel.js";

let kernel: KernelClient;
beforeAll(async () => void (kernel = await startKernel()));

/** The traceback with `[n]` for this cell's own number. */
const errorOf = async (code: string) => {
  const executed = await kernel.execute(code);
  return traceback(executed)?.replaceAll(`cell [${executed.reply.content.execution_count}]`, "cell [n]");
};
const foreign = /tslab|node:|dist\/kernel|node_modules/;

describe("a cell that throws", () => {
  it("gives an error output, and the same in the reply (B4)", async () => {
    const executed = await kernel.execute('throw new RangeError("too far");');
    const [error] = messages(executed, "error");
    expect(error!.content).toMatchObject({ ename: "RangeError", evalue: "too far" });
    expect(executed.reply.content).toMatchObject({ status: "error", ...error!.content });
    expect(printed(executed, "stderr")).toBe("");
  });

  it("shows its own line, not the line of the JavaScript that ran (K3)", async () => {
    expect(await errorOf('throw new Error("first line");')).toBe(
      'Error: first line\n    at cell [n]:1:7\n        throw new Error("first line");\n              ^',
    );
    expect(
      await errorOf(
        'interface Gone {\n  a: number;\n}\ntype Gone2 = Gone | null;\nconst g: Gone2 = null;\n\nthrow new Error("line 7");',
      ),
    ).toBe('Error: line 7\n    at cell [n]:7:7\n        throw new Error("line 7");\n              ^');
  });

  it("shows the line of a function of an earlier cell, and of the call (K3)", async () => {
    const { reply } = await kernel.execute(
      'type Row = { a: number };\n\nfunction deep(x: number): number {\n  if (x > 0) return deep(x - 1);\n  throw new TypeError("deep");\n}',
    );
    const earlier = reply.content.execution_count;
    expect(await errorOf("const n = 1;\n\ndeep(n);")).toBe(
      `TypeError: deep\n    at deep (cell [${earlier}]:5:9)\n          throw new TypeError("deep");\n                ^\n    at deep (cell [${earlier}]:4:21)\n    at cell [n]:3:1`,
    );
  });

  it("shows its line after an await, and in an async function (K3)", async () => {
    expect(
      await errorOf(
        'const x: number = 1;\nawait new Promise((done) => setTimeout(done, 5));\n\nthrow new Error("after");',
      ),
    ).toBe('Error: after\n    at cell [n]:4:7\n        throw new Error("after");\n              ^');
    await kernel.execute('async function slow(): Promise<void> {\n  await null;\n  throw new Error("slow");\n}');
    expect(await errorOf("\n\nawait slow();")).toMatch(
      /^Error: slow\n {4}at slow \(cell \[\d+\]:3:9\)\n {10}throw new Error\("slow"\);\n {16}\^\n {4}at async cell \[n\]:3:1$/,
    );
  });

  it("shows no frame of tslab, of Node or of the kernel (B12)", async () => {
    expect(await errorOf('[1].map(() => { throw new Error("inside"); });')).toBe(
      'Error: inside\n    at cell [n]:1:23\n        [1].map(() => { throw new Error("inside"); });\n                              ^\n    at Array.map (<anonymous>)\n    at cell [n]:1:5',
    );
    expect(await errorOf('new URL("not a url");')).not.toMatch(foreign);
  });

  it("shows its causes as clean as itself (K4)", async () => {
    const text = await errorOf(
      'try {\n  JSON.parse("{");\n} catch (cause) {\n  throw new Error("outer", { cause: new Error("middle", { cause }) });\n}',
    );
    expect(text).toMatch(
      /^Error: outer\n {4}at cell \[n\]:4:9 \{\n {10}throw new Error\("outer".*\n {16}\^\n {2}\[cause\]: Error: middle\n {6}at cell \[n\]:4:37 \{\n {4}\[cause\]: SyntaxError: [^]*at JSON.parse/,
    );
    expect(text).not.toMatch(foreign);
  });

  it("shows the errors of an AggregateError as clean as itself (K4)", async () => {
    const text = await errorOf(
      'await Promise.any([\n  Promise.reject(new Error("one")),\n  Promise.reject(new Error("two")),\n]);',
    );
    expect(text).toMatch(/AggregateError[^]*Error: one\n +at cell \[n\]:2:18[^]*Error: two\n +at cell \[n\]:3:18/);
    expect(text).not.toMatch(foreign);
  });

  it("has a clean stack wherever it is printed", async () => {
    const executed = await kernel.execute(
      '\nconst kept = new Error("kept");\nconsole.log(kept.stack); console.error(kept);',
    );
    const expected = /^Error: kept\n {4}at cell \[\d+\]:2:14\n$/;
    expect(printed(executed)).toMatch(expected);
    expect(printed(executed, "stderr")).toMatch(expected);
  });

  it.each([
    ["a number", "throw 5;", /^Uncaught 5$/],
    ["an object", 'throw { a: "b" };', /^Uncaught \{ a: 'b' \}$/],
    ["nothing", "throw undefined;", /^Uncaught undefined$/],
    [
      "an error that cannot be read",
      'throw Object.defineProperty(new Error("x"), "name", { get() { throw 1; } });',
      /^\(it cannot be shown\)$|^Error \(its message cannot be shown\)/,
    ],
  ])("may throw %s", async (_what, code, expected) => {
    expect(await errorOf(code)).toMatch(expected);
  });
});

describe("a cell that TypeScript refuses", () => {
  it("shows each fault with its line and a caret", async () => {
    expect(await errorOf('const fine = 1;\n\tconst bad: number = "s";')).toBe(
      "cell [n]:2:8 - Type 'string' is not assignable to type 'number'.\n    \tconst bad: number = \"s\";\n    \t      ^",
    );
  });

  it("has no effect", async () => {
    await kernel.execute('console.log("ran"); const unborn = 1; unborn.nonsense;');
    expect(await errorOf("unborn")).toContain("Cannot find name 'unborn'");
  });

  it("shows a fault at its end inside itself", async () => {
    expect(await errorOf("const open = [1,\n2")).toMatch(/^cell \[n\]:2:2 - .*\n {4}2\n {5}\^$/);
  });

  it("tells of wrong syntax only that", async () => {
    const text = await errorOf("const = 5; unknownName;");
    expect(text).toContain("Variable declaration expected");
    expect(text).not.toContain("Cannot find name");
  });
});
