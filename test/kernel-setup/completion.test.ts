import { writeFileSync } from "node:fs";
import path from "node:path";
import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { startKernel, temporaryFolder } from "./started-kernel.js";

let kernel: KernelClient;
const folder = temporaryFolder({ packages: true });
beforeAll(async () => {
  kernel = await startKernel({ cwd: folder });
  writeFileSync(path.join(folder, "beside.ts"), "export const x = 1;");
  await kernel.execute(
    'const portfolio = { weight: 1, weights: [1] };\n/** Half of it. */\nfunction half(x: number): number { return x / 2; }\nfunction metric(name: "ic" | "icir" | "rank ic"): string { return name; }',
  );
});

/** Completes at the mark `|`: the offers, and the code after each of them is taken. */
async function complete(marked: string): Promise<{ matches: readonly string[]; taken: (match: string) => string }> {
  const cursor = [...marked.slice(0, marked.indexOf("|"))].length;
  const code = marked.replace("|", "");
  const { reply } = await kernel.complete(code, cursor);
  expect(reply.content.status).toBe("ok");
  const { matches, cursor_start, cursor_end } = reply.content;
  const points = [...code];
  return {
    matches,
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

  it("keeps what earlier cells declared after it was asked", async () => {
    expect((await complete("portfolio.wei|")).matches).toEqual(["weight", "weights"]);
    expect((await kernel.execute("half(portfolio.weight)")).reply.content.status).toBe("ok");
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

  it("finds nothing where nothing is known", async () => {
    for (const code of ["zz|zz", "|", "%%sql\nSEL|ECT"]) expect((await inspect(code)).found).toBe(false);
  });
});
