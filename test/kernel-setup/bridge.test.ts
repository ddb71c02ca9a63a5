import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import type { KernelBridge as HostSide } from "../../src/host/bridge.js";
import { messages, printed, resultText, startKernel, traceback } from "./started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

const BRIDGE = 'const nb = (globalThis as any)[Symbol.for("notebook.kernel")];';

describe("the bridge", () => {
  let kernel: KernelClient;
  const folder = temporaryFolder();
  const notebook = path.join(folder, "some.ipynb");
  beforeAll(async () => {
    writeFileSync(notebook, "{}");
    kernel = await startKernel({ cwd: folder, env: { JPY_SESSION_NAME: notebook } });
    await kernel.execute(BRIDGE);
  });

  it("tells the running cell: id, number, source and the notebook's file", async () => {
    const code = "JSON.stringify(nb.cell)";
    const executed = await kernel.execute(code, { cellId: "abc-1" });
    const told = JSON.parse((resultText(executed) as string).slice(1, -1).replaceAll("\\'", "'")) as unknown;
    expect(told).toEqual({ id: "abc-1", executionCount: executed.reply.content.execution_count, code, notebook });
  });

  it("has everything that host's type names, and no more", async () => {
    const names = {
      version: 1,
      cell: 1,
      signal: 1,
      display: 1,
      show: 1,
      clearOutput: 1,
      addFormatter: 1,
      on: 1,
      variables: 1,
      magics: 1,
    } satisfies Record<keyof HostSide, 1>;
    expect(resultText(await kernel.execute("Object.keys(nb).sort().join()"))).toBe(
      `'${Object.keys(names).sort().join()}'`,
    );
  });

  it("has a session name that is no file for no notebook", async () => {
    const other = await startKernel({ cwd: folder, env: { JPY_SESSION_NAME: path.join(folder, "gone.ipynb") } });
    expect(resultText(await other.execute(`${BRIDGE} nb.cell.notebook === undefined`))).toBe("true");
  });

  it("reads the notebook's variables as cells see them, and lets nobody set them", async () => {
    await kernel.execute(
      'let alpha = 1; const table = { rows: 2 }; class Own {}; import { sep } from "node:path"; alpha',
    );
    expect(
      resultText(
        await kernel.execute(
          "alpha = 5; [nb.variables.alpha, nb.variables.table.rows, nb.variables.sep, nb.variables.missing]",
        ),
      ),
    ).toBe("[ 5, 2, '/', undefined ]");
    expect(resultText(await kernel.execute("Object.keys(nb.variables).join()"))).toBe("'nb,alpha,table,Own,sep'");
    expect(
      resultText(
        await kernel.execute(
          '"alpha" in nb.variables && !("tsLastExpr" in nb.variables) && !("toString" in nb.variables)',
        ),
      ),
    ).toBe("true");
    expect(resultText(await kernel.execute("[Reflect.set(nb.variables, 'alpha', 9), alpha]"))).toBe("[ false, 5 ]");
  });

  it("tells when cells start and end, with the error of one that failed, until unsubscribed", async () => {
    await kernel.execute(
      'const told: string[] = []; const off = [nb.on("cellStart", (c: any) => told.push(`start ${c.code}`)), nb.on("cellEnd", async (c: any) => { await null; told.push(`end ${c.code} ${c.error?.message}`); })];',
    );
    await kernel.execute("1");
    await kernel.execute('throw new Error("bad")');
    await kernel.execute("const w: string = 2");
    const seen = resultText(await kernel.execute("off.forEach((f) => f()); told.slice(1).join('|')")) as string;
    expect(seen).toContain('start 1|end 1 undefined|start throw new Error("bad")|end throw new Error("bad") bad|');
    expect(seen).toContain("Type 'number' is not assignable to type 'string'.");
    const length = resultText(await kernel.execute("told.length"));
    expect(resultText(await kernel.execute("told.length"))).toBe(length);
  });

  it("goes on when a listener fails, and names it", async () => {
    await kernel.execute('const offBad = nb.on("cellStart", () => { throw new Error("bad listener"); });');
    const executed = await kernel.execute("offBad(); 4");
    expect(resultText(executed)).toBe("4");
    expect(printed(executed, "stderr")).toContain("A listener of cellStart failed: Error: bad listener");
    expect(traceback(await kernel.execute('nb.on("cellSart", () => {});'))).toContain(
      'unknown event "cellSart"\n  known: cellStart, cellEnd, shutdown',
    );
  });
});

describe("a cell magic", () => {
  let kernel: KernelClient;
  const root = temporaryFolder();
  beforeAll(async () => {
    // A package named as the one that the kernel asks for, so that this test needs no other room of the house.
    const home = path.join(root, "node_modules", "alphabook");
    mkdirSync(home, { recursive: true });
    writeFileSync(
      path.join(home, "package.json"),
      '{ "name": "alphabook", "type": "module", "exports": "./index.js" }',
    );
    const register = 'const { magics, variables } = globalThis[Symbol.for("notebook.kernel")];';
    writeFileSync(
      path.join(home, "index.js"),
      `${register} magics.set("sql", async (body, line) => ({ body, line, limit: variables.limit })); magics.set("fail", () => { throw new TypeError("no such table"); }); magics.set("hang", () => new Promise(() => {}));`,
    );
    kernel = await startKernel({ cwd: root });
    await kernel.execute("let limit = 7;");
  });

  it("makes the kernel import alphabook as the notebook sees it; the result is the cell's value", async () => {
    const executed = await kernel.execute("%%sql into x \nSELECT 1\nWHERE 'a' = ${limit}");
    expect(traceback(executed)).toBeUndefined();
    expect(messages(executed, "execute_result")[0]!.content).toMatchObject({
      data: { "text/plain": "{ body: \"SELECT 1\\nWHERE 'a' = ${limit}\", line: 'into x', limit: 7 }" },
      execution_count: executed.reply.content.execution_count,
    });
  });

  it("may have no body", async () => {
    expect(resultText(await kernel.execute("%%sql"))).toBe("{ body: '', line: '', limit: 7 }");
  });

  it("that does not exist is an error that lists those that do", async () => {
    expect(traceback(await kernel.execute("%%sgl\nSELECT 1"))).toBe(
      'Error: Unknown cell magic "%%sgl"\n  known: %%capture, %%fail, %%hang, %%sql, %%time, %%ts-strict',
    );
  });

  it("gives an error output when it fails, and can be interrupted", async () => {
    expect(traceback(await kernel.execute("%%fail\nx"))).toMatch(/^TypeError: no such table\n {4}at .*index\.js/);
    const hanging = kernel.execute("%%hang");
    await new Promise((resolve) => setTimeout(resolve, 100));
    await kernel.interrupt();
    expect((await hanging).reply.content).toMatchObject({ ename: "KeyboardInterrupt" });
    expect(resultText(await kernel.execute("limit"))).toBe("7");
  });
});
