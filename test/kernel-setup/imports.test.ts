import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { later, printed, repository, resultText, startKernel, traceback } from "./started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

/** Writes a small package into a folder's node_modules. */
function install(
  folder: string,
  name: string,
  files: Record<string, string>,
  json: Record<string, unknown> = {},
): void {
  const root = path.join(folder, "node_modules", name);
  mkdirSync(root, { recursive: true });
  writeFileSync(path.join(root, "package.json"), JSON.stringify({ name, version: "1.0.0", ...json }));
  for (const [file, text] of Object.entries(files)) writeFileSync(path.join(root, file), text);
}
const run = async (kernel: KernelClient, code: string) => {
  const executed = await kernel.execute(code);
  expect(traceback(executed)).toBeUndefined();
  return resultText(executed);
};

describe("a notebook with packages", () => {
  let kernel: KernelClient;
  let folder: string;
  beforeAll(async () => {
    folder = temporaryFolder();
    mkdirSync(path.join(folder, "node_modules"));
    for (const name of ["arquero", "vega", "vega-lite", "@duckdb", "@uwdata"]) {
      symlinkSync(path.join(repository, "node_modules", name), path.join(folder, "node_modules", name), "dir");
    }
    const types =
      "export declare const where: string; export declare function count(): number; export default class Thing { n: number }";
    const body = (where: string) =>
      `let n = 0; export const where = "${where}"; export function count() { return ++n; } export default class Thing { n = 4 }`;
    const dual = {
      ".": { types: "./index.d.ts", import: "./index.mjs", require: "./index.cjs" },
      "./sub": { types: "./index.d.ts", import: "./sub.mjs" },
    };
    install(
      folder,
      "dual",
      {
        "index.d.ts": types,
        "index.mjs": body("esm"),
        "index.cjs": 'exports.where = "cjs"; exports.count = () => 0;',
        "sub.mjs": body("sub"),
      },
      { exports: dual },
    );
    install(
      folder,
      "waits",
      {
        "index.js": "export const value = await Promise.resolve(8);",
        "index.d.ts": "export declare const value: number;",
      },
      { type: "module", exports: { types: "./index.d.ts", default: "./index.js" } },
    );
    install(
      folder,
      "old",
      {
        "index.js": "module.exports = function old() { return 'old'; }; module.exports.x = 1;",
        "index.d.ts": "declare function old(): string; declare namespace old { const x: number } export = old;",
      },
      { main: "index.js", types: "index.d.ts" },
    );
    install(
      folder,
      "broken",
      { "index.js": 'throw new Error("broken inside");', "index.d.ts": "export declare const value: number;" },
      { type: "module", exports: { types: "./index.d.ts", default: "./index.js" } },
    );
    kernel = await startKernel({ cwd: folder });
  });

  it("imports vega and vega-lite, which await at their top level (B7)", async () => {
    expect(
      await run(
        kernel,
        'import * as vega from "vega"; import { compile } from "vega-lite"; [typeof vega.View, typeof compile]',
      ),
    ).toBe("[ 'function', 'function' ]");
  });

  it("imports a package that has only exports, with its types, and a path inside (B8)", async () => {
    expect(
      await run(
        kernel,
        'import Thing, { where } from "dual"; import { where as sub } from "dual/sub"; const t: number = new Thing().n; [where, sub, t]',
      ),
    ).toBe("[ 'esm', 'sub', 4 ]");
    expect(traceback(await kernel.execute("const wrong: string = new Thing().n;"))).toContain(
      "Type 'number' is not assignable to type 'string'",
    );
  });

  it("imports the same copy in every way, as ES modules see it", async () => {
    await run(
      kernel,
      'import { count } from "dual"; import * as all from "dual"; const dynamic = await import("dual");',
    );
    expect(await run(kernel, "[count(), all.count(), dynamic.count()]")).toBe("[ 1, 2, 3 ]");
  });

  it("imports a module that waits", async () => {
    expect(await run(kernel, 'import { value } from "waits"; value')).toBe("8");
  });

  it("imports CommonJS as before", async () => {
    expect(
      await run(
        kernel,
        'import old from "old"; import * as fs from "node:fs"; import { sep } from "path"; [old(), old.x, typeof fs.readFileSync, sep]',
      ),
    ).toBe("[ 'old', 1, 'function', '/' ]");
  });

  it("imports arquero, and shows lambdas that it takes apart", async () => {
    expect(
      await run(
        kernel,
        'import { table, op } from "arquero"; table({ x: [1, 2, 3] }).rollup({ m: (d: { x: number }) => op.mean(d.x) }).get("m", 0)',
      ),
    ).toBe("2");
  });

  it("tells a package's own error", async () => {
    expect(traceback(await kernel.execute('import { value as bad } from "broken"; bad'))).toMatch(
      /^Error: broken inside\n {4}at \.\/node_modules\/broken\/index\.js:1:7/,
    );
  });

  it("finds a package that was installed after it was missed", async () => {
    expect(traceback(await kernel.execute('import { fresh } from "late";'))).toContain("Cannot find module 'late'");
    install(
      folder,
      "late",
      { "index.js": "export const fresh = 1;", "index.d.ts": "export declare const fresh: 1;" },
      { type: "module", exports: { types: "./index.d.ts", default: "./index.js" } },
    );
    expect(await run(kernel, 'import { fresh } from "late"; fresh')).toBe("1");
  });

  it("reads JSON and files beside the notebook, and reads them again after an edit", async () => {
    writeFileSync(path.join(folder, "data.json"), '{ "n": 3 }');
    writeFileSync(path.join(folder, "factor.ts"), "export const factor = (x: number) => x * 2;\n");
    expect(await run(kernel, 'import data from "./data.json"; import { factor } from "./factor"; factor(data.n)')).toBe(
      "6",
    );
    writeFileSync(path.join(folder, "factor.ts"), "export const factor = (x: number): string => `${x * 3}`;\n");
    expect(await run(kernel, 'import { factor } from "./factor"; factor(data.n)')).toBe("'9'");
    expect(traceback(await kernel.execute("const typed: number = factor(1);"))).toContain(
      "Type 'string' is not assignable to type 'number'",
    );
  });

  it("finds a file beside the notebook that was written after it was missed", async () => {
    expect(traceback(await kernel.execute('import { x } from "./new-file";'))).toContain(
      "Cannot find module './new-file'",
    );
    writeFileSync(path.join(folder, "new-file.ts"), "export const x = 12;\n");
    expect(await run(kernel, 'import { x } from "./new-file.js"; x')).toBe("12");
  });

  it("shows the lines of such a file as they were written", async () => {
    writeFileSync(
      path.join(folder, "throws.ts"),
      'interface Gone {\n  a: number;\n}\n\nexport function fail(): never {\n  throw new Error("in a file");\n}\n',
    );
    expect(traceback(await kernel.execute('import { fail } from "./throws"; fail();'))).toMatch(
      /^Error: in a file\n {4}at (?:Object\.)?fail \(\.\/throws\.ts:6:9\)\n {4}at cell/,
    );
  });

  it("tells a cell that uses the old version of an edited file, once for each edit", async () => {
    const write = (n: number) => writeFileSync(path.join(folder, "inner.ts"), `export const n = ${n};\n`);
    write(1);
    writeFileSync(path.join(folder, "outer.ts"), 'import { n } from "./inner";\nexport const f = () => n;\n');
    const { reply } = await kernel.execute('import { f } from "./outer";');
    expect(printed(await kernel.execute("f()"), "stderr")).toBe("");
    await later(20);
    write(2);
    const stale = await kernel.execute("const other = 3; f() + other");
    expect(printed(stale, "stderr")).toBe(
      `inner.ts has changed since cell [${reply.content.execution_count}] imported it: this cell runs with the old "f"\n` +
        '  run the import again: import { f } from "./outer"\n',
    );
    expect(resultText(stale)).toBe("4");
    expect(printed(await kernel.execute("f()"), "stderr")).toBe("");
    write(3);
    const fresh = await kernel.execute('import { f } from "./outer"; f()');
    expect([printed(fresh, "stderr"), resultText(fresh)]).toEqual(["", "3"]);
  });

  it("says why a file outside the folder cannot be imported", async () => {
    const other = temporaryFolder();
    writeFileSync(path.join(other, "far.ts"), "export const far = 1;\n");
    expect(traceback(await kernel.execute(`import { far } from "../${path.basename(other)}/far";`))).toContain(
      "outside the notebook's folder: put it beside the notebook",
    );
  });

  it("names the fault in such a file", async () => {
    writeFileSync(path.join(folder, "faulty.ts"), "export const n: number = 1;\nexport const s: number = 'x';\n");
    expect(traceback(await kernel.execute('import { n } from "./faulty";'))).toBe(
      "faulty.ts:2:14 - Type 'string' is not assignable to type 'number'.",
    );
  });
});

describe("a package in whose repository the notebook lies", () => {
  it("is found by its own name, with its types, beside other packages", async () => {
    const root = temporaryFolder();
    mkdirSync(path.join(root, "notebooks"));
    mkdirSync(path.join(root, "dist"));
    mkdirSync(path.join(root, "src"));
    writeFileSync(
      path.join(root, "package.json"),
      '{ "name": "own", "type": "module", "exports": { ".": { "types": "./dist/index.d.ts", "default": "./dist/index.js" } } }',
    );
    writeFileSync(path.join(root, "src", "index.ts"), "export const n: string = 1;");
    writeFileSync(
      path.join(root, "dist", "index.d.ts"),
      "export declare const n: number; export declare class Run { readonly id: string; inner(): Inner } declare class Inner { deep: 1 } export {};",
    );
    writeFileSync(
      path.join(root, "dist", "index.js"),
      "export const n = 5; export class Run { id = 'r'; inner() { return { deep: 1 }; } }",
    );
    const kernel = await startKernel({ cwd: path.join(root, "notebooks") });
    expect(
      await run(kernel, 'import { n, Run } from "own"; const run = new Run(); const inner = run.inner(); n.toFixed(1)'),
    ).toBe("'5.0'");
    expect(await run(kernel, "run.id.length + inner.deep")).toBe("2");
    expect(traceback(await kernel.execute('const wrong: string = inner.deep; import { n } from "own"'))).toContain(
      "Type 'number' is not assignable",
    );
  });
});

describe("the package alphabook itself", () => {
  const code = 'import { calcIc } from "alphabook"; const n: number = calcIc.length; [typeof calcIc, n > 0]';

  it("is found, with its types, from a notebook in its repository", async () => {
    const kernel = await startKernel({ cwd: path.join(repository, "notebooks") });
    expect(await run(kernel, code)).toBe("[ 'function', true ]");
    expect(traceback(await kernel.execute('import { calcIC } from "alphabook";'))).toMatch(/calcIc/);
  });

  it("is found where it is installed", async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, "node_modules"));
    symlinkSync(repository, path.join(folder, "node_modules", "alphabook"), "dir");
    expect(await run(await startKernel({ cwd: folder }), code)).toBe("[ 'function', true ]");
  });

  it("is the kernel's own copy where the notebook sees none", async () => {
    const kernel = await startKernel();
    expect(await run(kernel, code)).toBe("[ 'function', true ]");
    expect(traceback(await kernel.execute("%%nonsense"))).toMatch(
      /^Error: Unknown cell magic "%%nonsense"\n {2}known: .*%%sql/,
    );
  });
});

it("needs no packages at all beside the notebook: Node's own types are known", async () => {
  expect(await run(await startKernel(), "const left: string = process.cwd(); Buffer.from([1]).length")).toBe("1");
});
