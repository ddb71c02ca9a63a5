import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { resultText, startKernel, traceback } from "./started-kernel.js";
import { temporaryFolder } from "../temporary-folder.js";

let kernel: KernelClient;
beforeAll(async () => {
  const folder = temporaryFolder();
  const asking = path.join(folder, "node_modules", "asking");
  mkdirSync(asking, { recursive: true });
  writeFileSync(
    path.join(asking, "package.json"),
    JSON.stringify({ name: "asking", types: "index.d.ts", main: "index.js" }),
  );
  writeFileSync(path.join(asking, "index.js"), "exports.sizes = new Map([['a', 1n]]);\n");
  writeFileSync(
    path.join(asking, "index.d.ts"),
    '/// <reference lib="es2015" />\n/// <reference lib="es2020.bigint" />\n/// <reference lib="es2024.promise" />\n' +
      "export declare const sizes: Map<string, bigint>;\nexport type Pair = PromiseWithResolvers<number>;\n",
  );
  kernel = await startKernel({ cwd: folder });
});

describe("TypeScript's own libraries, held as one", () => {
  it.each([
    ["ES5", "[3, 1].map((x: number): string => String(x)).length", "2"],
    ["ES2015", "[...new Map<string, number>([['a', 1]]).keys()]", "[ 'a' ]"],
    ["ES2022", "Object.hasOwn({ a: 1 }, 'a') && [5].at(-1)", "5"],
    ["ES2023", "[3, 1].toSorted().findLast((x: number) => x > 1)", "3"],
    ["disposable", "typeof Symbol.dispose", "'symbol'"],
  ])("know %s, with its types", async (_edition, code, expected) => {
    expect(resultText(await kernel.execute(code))).toBe(expected);
  });

  it("refuse what is wrong in the words of the edition that declares it", async () => {
    expect(traceback(await kernel.execute("const wrong: string = [3, 1].toSorted()[0];"))).toContain(
      "Type 'number' is not assignable to type 'string'",
    );
    expect(traceback(await kernel.execute("[1].toSortd()"))).toContain("Did you mean 'toSorted'?");
    expect(traceback(await kernel.execute("Promise.withResolvers()"))).toContain("'withResolvers' does not exist");
  });

  it("are asked for by name in a package, those that the cells have and one more", async () => {
    expect(resultText(await kernel.execute('import { sizes, type Pair } from "asking"; sizes.get("a")'))).toBe("1n");
    expect(traceback(await kernel.execute("const text: string = sizes.get('a');"))).toContain("Type 'bigint'");
    expect(
      traceback(await kernel.execute("const pair: Pair = { promise: 1 } as Pair; const no: string = pair.promise;")),
    ).toContain("Type 'Promise<number>'");
  });

  it("have their doc comments", async () => {
    const { reply } = await kernel.inspect("[1].toSorted", 9);
    expect(JSON.stringify(reply.content)).toContain("Returns a copy of an array with its elements sorted");
  });
});
