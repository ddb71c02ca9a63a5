import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { folderWithPackages, startKernel } from "./started-kernel.js";

let kernel: KernelClient;
const folder = folderWithPackages();
beforeAll(async () => {
  kernel = await startKernel({ cwd: folder });
  writeFileSync(path.join(folder, "beside.ts"), "export const x = 1;");
  await kernel.execute(
    'const portfolio = { weight: 1, weights: [1] };\n/** Half of it. */\nfunction half(x: number): number { return x / 2; }\nfunction metric(name: "ic" | "icir" | "rank ic"): string { return name; }',
  );
});

/** Completes at the mark `|`: the offers, and the code after each of them is taken. */
async function complete(
  marked: string,
): Promise<{ matches: readonly string[]; taken: (match: string) => string; kinds: Record<string, string> }> {
  const cursor = [...marked.slice(0, marked.indexOf("|"))].length;
  const code = marked.replace("|", "");
  const { reply } = await kernel.complete(code, cursor);
  expect(reply.content.status).toBe("ok");
  const { matches, cursor_start, cursor_end, metadata } = reply.content;
  const points = [...code];
  const typed = metadata._jupyter_types_experimental as { text: string; type: string; start: number; end: number }[];
  expect(typed.map(({ text }) => text)).toEqual(matches);
  expect(typed.every(({ start, end }) => start === cursor_start && end === cursor_end)).toBe(true);
  return {
    matches,
    kinds: Object.fromEntries(typed.map(({ text, type }) => [text, type])),
    taken: (match) => points.slice(0, cursor_start).join("") + match + points.slice(cursor_end).join(""),
  };
}

describe("completion", () => {
  it("offers members and variables of earlier cells", async () => {
    const { matches, taken } = await complete("portfolio.wei|");
    expect(matches).toEqual(["weight", "weights"]);
    expect(taken("weights")).toBe("portfolio.weights");
    expect((await complete("hal|")).matches).toContain("half");
  });

  it("answers inside what is half written (B11)", async () => {
    for (const code of [
      "new X().|",
      "new Map().|",
      "const q = {|",
      "import { | } from 'node:fs'",
      "%%sql\nSEL|",
      "|",
      "x.y.z(|",
    ]) {
      expect((await complete(code)).matches).toBeInstanceOf(Array);
    }
  });

  it("replaces what is typed of a string and offers only what begins so (K2)", async () => {
    const open = await complete('import { readFileSync } from "node:f|');
    expect(open.matches).toContain("node:fs");
    expect(open.matches.every((match) => match.startsWith("node:f"))).toBe(true);
    expect(open.taken("node:fs")).toBe('import { readFileSync } from "node:fs');
    const closed = await complete('import { readFileSync } from "node:f|";');
    expect(closed.taken("node:fs")).toBe('import { readFileSync } from "node:fs";');
    const path = await complete('import { x } from "./be|"');
    expect(path.matches).toEqual(["beside"]);
    expect(path.taken("beside")).toBe('import { x } from "./beside"');
  });

  it("offers the texts that a parameter may have (K2)", async () => {
    const { matches, taken } = await complete('metric("ic|")');
    expect(matches).toEqual(["ic", "icir"]);
    expect(taken("icir")).toBe('metric("icir")');
    const spaced = await complete('metric("rank |")');
    expect(spaced.taken("rank ic")).toBe('metric("rank ic")');
    expect(spaced.matches).toEqual(["rank ic"]);
  });

  it("counts characters beyond the 16 bits once, as the protocol does", async () => {
    const { matches, taken } = await complete('const s = "📈📉"; portfolio.weights|; "📈"');
    expect(matches).toEqual(["weights"]);
    expect(taken("weights")).toBe('const s = "📈📉"; portfolio.weights; "📈"');
  });

  it("tells what each offer is, for icons (K6)", async () => {
    expect((await complete("hal|")).kinds.half).toBe("function");
    expect((await complete("portfolio.|")).kinds).toEqual({ weight: "property", weights: "property" });
    expect((await complete("Ma|")).kinds).toMatchObject({ Math: "instance", Map: "instance" });
    expect((await complete("impor|")).kinds.import).toBe("keyword");
  });

  it("offers what stands in the code below %%time", async () => {
    const { matches, taken } = await complete("%%time\nportfolio.wei|");
    expect(matches).toEqual(["weight", "weights"]);
    expect(taken("weight")).toBe("%%time\nportfolio.weight");
  });

  it("keeps what earlier cells declared after it was asked", async () => {
    expect((await complete("portfolio.wei|")).matches).toEqual(["weight", "weights"]);
    expect((await kernel.execute("half(portfolio.weight)")).reply.content.status).toBe("ok");
  });
});

describe("columns of a live table", () => {
  beforeAll(async () => {
    const { reply } = await kernel.execute(
      'import { table, desc } from "arquero";\nconst runs = table({ ic: [0.1], icir: [1], "m.rank ic": [2] });',
    );
    expect(reply.content.status).toBe("ok");
  });

  it("are offered in strings among the arguments of its methods", async () => {
    const { matches, taken, kinds } = await complete('runs.select("ic|")');
    expect(matches).toEqual(["ic", "icir"]);
    expect(kinds).toEqual({ ic: "column", icir: "column" });
    expect(taken("icir")).toBe('runs.select("icir")');
    expect((await complete('runs.filter((d) => d.ic > 0).orderby(desc("m.|"))')).matches).toEqual(["m.rank ic"]);
    expect((await complete('runs.select(["|')).matches).toEqual(["ic", "icir", "m.rank ic"]);
  });

  it("are offered behind the row of a function among them, when they are names", async () => {
    const { matches, taken } = await complete("runs.derive({ twice: (d) => 2 * d.ici| })");
    expect(matches[0]).toBe("icir");
    expect(taken("icir")).toBe("runs.derive({ twice: (d) => 2 * d.icir })");
    expect((await complete("runs.filter((d) => d.|)")).matches.slice(0, 2)).toEqual(["ic", "icir"]);
  });

  it("are offered for a result of SQL", async () => {
    await kernel.execute('import { sql } from "alphabook"; const found = await sql`SELECT 1 AS score, 2 AS label`;');
    expect((await complete('found.toTable().select("|")')).matches).toEqual(["score", "label"]);
  });

  it("run nothing of the user's", async () => {
    await kernel.execute(`let ran = 0;
      const trap = { get columnNames() { ran++; return () => ["no"]; }, select(_name: string) {} };
      const proxy = new Proxy({} as any, { get() { ran++; return () => ["no"]; }, getPrototypeOf() { ran++; return null; } });
      const plain = { columnNames() { ran++; return ["no"]; }, numRows() {}, column() {}, select(_name: string) {} };`);
    for (const code of ['trap.select("|")', 'proxy.select("|")', 'plain.select("|")'])
      expect((await complete(code)).matches).not.toContain("no");
    expect((await kernel.execute("if (ran) throw new Error(String(ran));")).reply.content.status).toBe("ok");
  });

  it("are not offered where no table stands", async () => {
    expect((await complete('console.log("ic|")')).matches).toEqual([]);
    expect((await complete('const s = "ic|"')).matches).toEqual([]);
  });
});

describe("inspection", () => {
  const inspect = async (marked: string) => {
    const cursor = [...marked.slice(0, marked.indexOf("|"))].length;
    return (await kernel.inspect(marked.replace("|", ""), cursor)).reply.content;
  };

  it("shows signature and documentation", async () => {
    const { found, data } = await inspect("hal|f(1)");
    expect(found).toBe(true);
    expect(data["text/plain"]).toContain("half(x: number): number");
    expect(data["text/plain"]).toContain("Half of it.");
    expect((await inspect("half|")).found).toBe(true);
  });

  it("shows them as Markdown beside (K6)", async () => {
    await kernel.execute(
      "/**\n * Mean of **all**.\n * @param xs Numbers, any order.\n * @returns NaN for none.\n * @example\n * mean([1, 3]) // -> 2\n */\nfunction mean(xs: number[]): number { return xs.reduce((a, b) => a + b, 0) / xs.length; }",
    );
    expect((await inspect("mea|n([1])")).data["text/markdown"]).toBe(
      "```ts\nfunction mean(xs: number[]): number\n```\n\nMean of **all**.\n\n*@param* `xs` Numbers, any order.\n\n" +
        "*@returns* NaN for none.\n\n*@example*\n```ts\nmean([1, 3]) // -> 2\n```",
    );
    expect((await inspect("%%time\nmea|n([1])")).found).toBe(true);
  });

  it("finds nothing where nothing is known", async () => {
    for (const code of ["zz|zz", "|", "%%sql\nSEL|ECT"]) expect((await inspect(code)).found).toBe(false);
  });
});
