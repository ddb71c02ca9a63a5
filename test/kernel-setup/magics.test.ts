import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { messages, printed, resultText, startKernel, traceback } from "./started-kernel.js";

let kernel: KernelClient;
beforeAll(async () => void (kernel = await startKernel()));

const TIME = /^Wall time: [\d.]+ (?:ms|s), CPU time: [\d.]+ (?:ms|s)\n$/;

describe("%%time", () => {
  it("says how long the cell took, and shows its result", async () => {
    const timed = await kernel.execute("%%time\nconst a: number = 20;\na + 1");
    expect(resultText(timed)).toBe("21");
    expect(printed(timed)).toMatch(TIME);
    expect(resultText(await kernel.execute("a"))).toBe("20");
  });

  it("counts waiting by the clock, not of the processor", async () => {
    const timed = printed(await kernel.execute("%%time\nawait new Promise((done) => setTimeout(done, 300));"));
    const [, wall] = /Wall time: (\d+) ms/.exec(timed)!;
    expect(Number(wall)).toBeGreaterThanOrEqual(295);
  });

  it("is said of a cell that throws too, whose lines are the user's", async () => {
    const thrown = await kernel.execute('%%time\n\nthrow new Error("x");');
    expect(printed(thrown)).toMatch(TIME);
    expect(traceback(thrown)).toMatch(/^Error: x\n {4}at cell \[\d+\]:3:7\n {8}throw new Error\("x"\);\n {14}\^$/);
    expect(traceback(await kernel.execute("%%time\nconst s: string = 1;"))).toMatch(/^cell \[\d+\]:2:7 - Type 'number'/);
  });

  it("stands above other magics", async () => {
    const timed = await kernel.execute("%%time\n%%ts-strict\n\nconst f = (x) => x;");
    expect(traceback(timed)).toMatch(/^cell \[\d+\]:4:12 - Parameter 'x' implicitly has an 'any' type/);
    expect(printed(timed)).toMatch(TIME);
  });

  it("takes nothing on its line", async () => {
    expect(traceback(await kernel.execute("%%time 1 + 1\n2"))).toContain("the code stands on the lines below %%time");
  });
});

describe("%%capture", () => {
  it("puts what the cell prints and shows into a variable", async () => {
    const captured = await kernel.execute(
      '%%capture out\nconsole.log("to stdout"); console.error("to stderr");\nconst kept = 5;\n[1, 2]',
    );
    expect(captured.iopub.filter(({ type }) => !["status", "execute_input"].includes(type))).toEqual([]);
    expect(resultText(await kernel.execute("[out.stdout, out.stderr, kept]"))).toBe(
      "[ 'to stdout\\n', 'to stderr\\n', 5 ]",
    );
    expect(resultText(await kernel.execute('out.outputs[0].data["text/plain"]'))).toBe("'[ 1, 2 ]'");
    expect(traceback(await kernel.execute("out.stdout.toFixed();"))).toContain("does not exist on type 'string'");
  });

  it("without a name drops it", async () => {
    expect(messages(await kernel.execute("%%capture\nconsole.log(1); 2"), "stream")).toEqual([]);
  });

  it("keeps what was printed before the cell threw, and shows the error", async () => {
    const thrown = await kernel.execute('%%capture before\nconsole.log("said");\nthrow new Error("x");');
    expect(traceback(thrown)).toMatch(/^Error: x\n {4}at cell \[\d+\]:3:7/);
    expect(resultText(await kernel.execute("before.stdout"))).toBe("'said\\n'");
  });

  it("refuses what cannot name a variable", async () => {
    expect(traceback(await kernel.execute("%%capture two names\n1"))).toContain(
      'Cannot capture into "two names": expected the name of a variable, as in %%capture out',
    );
  });
});

describe("%%ts-strict", () => {
  it("checks this cell strictly, and only this one", async () => {
    const code = "let maybe: string = null; const id = (x) => x;";
    expect(traceback(await kernel.execute(`%%ts-strict\n${code}`))).toMatch(
      /2:5 - Type 'null' is not assignable[^]*2:39 - Parameter 'x' implicitly/,
    );
    expect((await kernel.execute(code)).reply.content.status).toBe("ok");
    expect(resultText(await kernel.execute("%%ts-strict\nconst n: number | null = 1;\nn"))).toBe("1");
  });
});
