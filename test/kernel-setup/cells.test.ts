import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { printed, resultText, startKernel, traceback } from "./started-kernel.js";

let kernel: KernelClient;
beforeAll(async () => void (kernel = await startKernel()));
const value = async (code: string) => {
  const executed = await kernel.execute(code);
  expect(traceback(executed)).toBeUndefined();
  return resultText(executed);
};

describe("variables of an earlier cell", () => {
  it("can be written short in an object (B2)", async () => {
    await value("const ic = 0.08; let icir = 1.5;");
    expect(await value("({ ic, icir })")).toBe("{ ic: 0.08, icir: 1.5 }");
    expect(await value("((o: object) => Object.keys(o).join())({ ic, n: { icir } })")).toBe("'ic,n'");
  });

  it("are set by a destructuring assignment, with and without a default (B2)", async () => {
    await value("let a = 1, b = 2, c = 3; function readA() { return a; }");
    expect(await value("({ a } = { a: 5 }); a")).toBe("5");
    expect(await value("({ b = 7, x: { c } } = { x: { c: 9 } } as { b?: number; x: { c: number } }); [a, b, c]")).toBe(
      "[ 5, 7, 9 ]",
    );
    expect(await value("for ({ a } of [{ a: 11 }]); a")).toBe("11");
    expect(await value("'a' in globalThis")).toBe("false");
  });

  it("may be taken apart under other names, with keys of the earlier cell's own types (B2)", async () => {
    await value('const models = [{ class: "ridge", kwargs: { alpha: 1 } }]; let kind = "";');
    expect(await value("models.map(({ class: model, kwargs: { alpha: a } }) => `${model} ${a}`)")).toBe("[ 'ridge 1' ]");
    expect(await value("({ class: kind } = models[0]!); kind")).toBe("'ridge'");
  });

  it("keep the columns of a diagnostic behind a short property", async () => {
    const executed = await kernel.execute("const o = { ic, icir }; const wrong: string = ic;");
    expect(traceback(executed)).toContain(":1:31 - Type 'number' is not assignable to type 'string'.");
  });

  it("may be declared again with another type", async () => {
    await value("const again = 1;");
    expect(await value('const again = "text"; again.length')).toBe("4");
  });

  it("are kept when the cell throws after them, and what it did not reach is unknown (B10)", async () => {
    await kernel.execute(
      'const before = { id: 1 }; function twice(x: number) { return 2 * x; } throw new Error("stop"); const after = 2;',
    );
    expect(await value("twice(before.id)")).toBe("2");
    expect(traceback(await kernel.execute("after"))).toContain("Cannot find name 'after'");
    expect(await value("before.id + ic")).toBe("1.08");
  });

  it("are kept when the throwing cell awaited, and through a second failure", async () => {
    await kernel.execute('const first = await Promise.resolve(1); throw new Error("stop");');
    await kernel.execute('const second = first + 1; throw new Error("again");');
    expect(await value("first + second")).toBe("3");
  });

  it("are the same variables for functions of their own cell, whoever sets them", async () => {
    await value(
      "let alpha = 1; var beta = 1; const both = () => [alpha, beta]; function setAlpha(x: number) { alpha = x; }",
    );
    expect(await value("alpha = 5; beta++; both()")).toBe("[ 5, 2 ]");
    expect(await value("setAlpha(7); [alpha, both()]")).toBe("[ 7, [ 7, 2 ] ]");
    expect(await value("({ alpha } = { alpha: 8 }); [beta] = [9]; both()")).toBe("[ 8, 9 ]");
    expect(await value("[typeof (globalThis as any).alpha, typeof (globalThis as any).beta].join()")).toBe(
      "'undefined,undefined'",
    );
  });

  it("stay to their own functions when the name is declared again", async () => {
    await value("let old = 1; const readOld = () => old; const setOld = (x: number) => { old = x; };");
    await value('let old = "new";');
    expect(await value("setOld(5); [old, readOld()]")).toBe("[ 'new', 5 ]");
    expect(await value('old = "newer"; [old, readOld()]')).toBe("[ 'newer', 5 ]");
  });

  it("cost little when a loop at the top level sets them", async () => {
    const executed = await kernel.execute("let sum = 0; for (let i = 0; i < 1e6; i++) sum += i; sum");
    expect(resultText(executed)).toBe("499999500000");
    expect(executed.ms).toBeLessThan(2_000);
  });

  it("may have a type that its module does not export", async () => {
    expect(
      await value(
        'import { performance as clock } from "node:perf_hooks"; const made = (() => { class Hidden { n = 1 } return new Hidden(); })(); made.n',
      ),
    ).toBe("1");
    expect(await value("made.n + 1")).toBe("2");
  });
});

describe("await at the top level (B3)", () => {
  it.each([
    ["a bracket", "await (Promise.resolve(1))", "1"],
    ["an array", "await [2]", "[ 2 ]"],
    ["a template", "await `t`", "'t'"],
    ["a chain", "const c = await (await Promise.resolve({ g: async () => 4 })).g(); c", "4"],
    ["await using", "await using r = { async [Symbol.asyncDispose]() {} }; 6", "6"],
  ])("before %s", async (_what, code, expected) => {
    expect(await value(code)).toBe(expected);
  });

  it("in a lone for await", async () => {
    const executed = await kernel.execute("for await (const x of [Promise.resolve(5)]) console.log(x);");
    expect(printed(executed)).toBe("5\n");
  });

  it("disposes of what a cell uses at the cell's end", async () => {
    const executed = await kernel.execute(
      'using held = { [Symbol.dispose]() { console.log("disposed"); } }; console.log("in use");',
    );
    expect(printed(executed)).toBe("in use\ndisposed\n");
  });
});

it("checks for null and any when the kernel is started strict", async () => {
  const strict = await startKernel({ env: { ALPHABOOK_STRICT: "1" } });
  expect(traceback(await strict.execute("const text: string = null;"))).toContain(
    "Type 'null' is not assignable to type 'string'",
  );
  expect(await value("const text: string = null; text === null")).toBe("true");
});

it("makes a module of a cell that says so, which later cells import", async () => {
  await kernel.execute("/** @module shapes */\nexport const sides = 4;");
  expect(await value('import { sides } from "./shapes"; sides')).toBe("4");
  expect(traceback(await kernel.execute("/** @module faulty */\nexport const n: number = 'x';"))).toContain(
    "Type 'string' is not assignable to type 'number'",
  );
});

it("runs a cell without a last expression, an empty one and one of comments without output", async () => {
  for (const code of ["let quiet = 1;", "", "// nothing"]) {
    const executed = await kernel.execute(code);
    expect(executed.iopub.map(({ type }) => type)).toEqual(["status", "execute_input", "status"]);
  }
});

it("answers 300 trivial cells in a row, each with its own idle", async () => {
  for (let i = 0; i < 300; i++) expect(resultText(await kernel.execute(`${i}`))).toBe(String(i));
});
