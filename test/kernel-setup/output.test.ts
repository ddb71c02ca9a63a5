import { beforeAll, describe, expect, it } from "vitest";
import type { KernelClient } from "#kernel/client.cjs";
import { later, messages, printed, resultText, startKernel, traceback } from "./started-kernel.js";

let kernel: KernelClient;
beforeAll(async () => {
  kernel = await startKernel();
  await kernel.execute(
    'const nb = (globalThis as any)[Symbol.for("notebook.kernel")]; const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));',
  );
});

describe("what a cell prints", () => {
  it("arrives whole: 5,000 lines, in order, in few messages (B1)", async () => {
    const executed = await kernel.execute("for (let i = 0; i < 5000; i++) console.log(i);");
    expect(printed(executed)).toBe(Array.from({ length: 5000 }, (_, i) => `${i}\n`).join(""));
    expect(messages(executed, "stream").length).toBeLessThan(50);
  });

  it("keeps the order of both streams, displays and the result", async () => {
    const executed = await kernel.execute(
      'console.log("a"); console.error("b"); nb.display({ "text/plain": "c" }); console.log("d"); 7',
    );
    const seen = executed.iopub.flatMap((message) => {
      if (message.type === "stream") return [`${message.content.name} ${message.content.text}`];
      return message.type === "display_data" || message.type === "execute_result"
        ? [message.content.data["text/plain"]]
        : [];
    });
    expect(seen).toEqual(["stdout a\n", "stderr b\n", "c", "stdout d\n", "7"]);
  });

  it("may be bytes, cut inside a character", async () => {
    const executed = await kernel.execute(
      'const bytes = Buffer.from("äöü\\n"); process.stdout.write(bytes.subarray(0, 3)); process.stdout.write(bytes.subarray(3)); 0',
    );
    expect(printed(executed)).toBe("äöü\n");
  });

  it("is seen while the cell runs on", async () => {
    const times: number[] = [];
    const start = performance.now();
    await kernel.execute('console.log("now"); await sleep(400); console.log("then");', {
      onIopub: ({ type }) => void (type === "stream" && times.push(performance.now() - start)),
    });
    expect(times).toHaveLength(2);
    expect(times[0]).toBeLessThan(350);
  });

  it("goes under its own cell when it comes late", async () => {
    const late: string[] = [];
    await kernel.execute('setTimeout(() => console.log("of the first"), 80); 0;', {
      onIopub: (message) => void (message.type === "stream" && late.push(message.content.text)),
    });
    const second = await kernel.execute('await sleep(160); console.log("of the second");');
    expect(printed(second)).toBe("of the second\n");
    expect(late).toEqual(["of the first\n"]);
  });
});

describe("the last expression", () => {
  it("is a result with the cell's number, not printed text (B6)", async () => {
    const executed = await kernel.execute("6 * 7");
    const [result] = messages(executed, "execute_result");
    expect(result!.content).toMatchObject({
      data: { "text/plain": "42" },
      execution_count: executed.reply.content.execution_count,
    });
    expect(printed(executed)).toBe("");
  });

  it("shows nothing when it is null or undefined", async () => {
    for (const code of ["null", "undefined", "void 0"])
      expect(messages(await kernel.execute(code), "execute_result")).toEqual([]);
  });

  it("shows itself through Jupyter.display, bytes as base64", async () => {
    const executed = await kernel.execute(
      '({ [Symbol.for("Jupyter.display")]() { return { "text/html": "<b>x</b>", "image/png": new Uint8Array([1, 2, 3]), "text/plain": "x" }; } })',
    );
    expect(messages(executed, "execute_result")[0]!.content.data).toEqual({
      "text/html": "<b>x</b>",
      "image/png": "AQID",
      "text/plain": "x",
    });
  });

  it("may take its time for that, and give metadata", async () => {
    const executed = await kernel.execute(
      '({ [Symbol.for("Jupyter.display")]: async () => { await sleep(20); return { data: { "image/png": "AQID", "text/plain": "x" }, metadata: { "image/png": { width: 1 } } }; } })',
    );
    expect(messages(executed, "execute_result")[0]!.content).toMatchObject({
      data: { "text/plain": "x" },
      metadata: { "image/png": { width: 1 } },
    });
  });

  it("goes through a formatter that takes it; the text is added when the formatter gives none", async () => {
    const executed = await kernel.execute(
      'nb.addFormatter((v: unknown) => v instanceof URL, (v: URL) => ({ "text/html": `<a>${v.host}</a>` })); new URL("http://x.org/")',
    );
    const { data } = messages(executed, "execute_result")[0]!.content;
    expect(data["text/html"]).toBe("<a>x.org</a>");
    expect(data["text/plain"]).toContain("x.org");
  });

  it.each([
    ["throws", '() => { throw new Error("no picture"); }', "Error: no picture"],
    ["rejects", 'async () => { throw new Error("no picture"); }', "Error: no picture"],
    [
      "gives what is no JSON",
      '() => ({ "application/json": { n: 1n } })',
      "Cannot display application/json: Do not know how to serialize a BigInt",
    ],
    ["gives a text", '() => "picture"', "Cannot display: expected a bundle"],
  ])("gives an error output when its display %s, and the kernel lives on", async (_how, display, message) => {
    const executed = await kernel.execute(`({ [Symbol.for("Jupyter.display")]: ${display} })`);
    expect(executed.reply.content.status).toBe("error");
    expect(traceback(executed)).toContain(message);
    expect(resultText(await kernel.execute("1 + 1"))).toBe("2");
  });
});

describe("the bridge", () => {
  it("shows 2,000 displays in a loop without losing one (B1)", async () => {
    const executed = await kernel.execute('for (let i = 0; i < 2000; i++) nb.display({ "text/plain": String(i) });');
    const shown = messages(executed, "display_data").map(({ content }) => content.data["text/plain"]);
    expect(shown).toEqual(Array.from({ length: 2000 }, (_, i) => String(i)));
    expect(executed.reply.content.status).toBe("ok");
  });

  it("does so for tslab's own display too", async () => {
    const executed = await kernel.execute(
      'import * as tslab from "tslab"; for (let i = 0; i < 2000; i++) tslab.display.text(String(i));',
    );
    expect(messages(executed, "display_data")).toHaveLength(2000);
  });

  it("updates a display by its id, with metadata", async () => {
    const executed = await kernel.execute(
      'for (let i = 0; i <= 3; i++) { nb.display({ "text/plain": `${i} of 3`, "image/png": new Uint8Array([i]) }, { id: "bar", update: i > 0, metadata: { "image/png": { width: i } } }); }',
    );
    expect(messages(executed, "display_data")).toHaveLength(1);
    const updates = messages(executed, "update_display_data");
    expect(updates.map(({ content }) => content.data["text/plain"])).toEqual(["1 of 3", "2 of 3", "3 of 3"]);
    expect(updates[2]!.content).toMatchObject({
      transient: { display_id: "bar" },
      metadata: { "image/png": { width: 3 } },
    });
  });

  it("shows a value in the middle of a cell and clears the output", async () => {
    const executed = await kernel.execute("await nb.show(new Set([1])); nb.clearOutput(true); nb.clearOutput();");
    expect(messages(executed, "display_data")[0]!.content.data["text/plain"]).toBe("Set(1) { 1 }");
    expect(messages(executed, "clear_output").map(({ content }) => content.wait)).toEqual([true, false]);
  });

  it("shows a late display under its own cell", async () => {
    const late: unknown[] = [];
    await kernel.execute(
      'sleep(60).then(() => nb.display({ "text/plain": `cell ${nb.cell.executionCount}` })); nb.cell.executionCount',
      {
        onIopub: (message) => void (message.type === "display_data" && late.push(message.content.data["text/plain"])),
      },
    );
    const second = await kernel.execute("await sleep(120); nb.cell.executionCount");
    expect(messages(second, "display_data")).toEqual([]);
    expect(late).toEqual([`cell ${second.reply.content.execution_count - 1}`]);
  });
});

it("prints what is thrown or rejected outside a cell's flow, and lives on", async () => {
  const executed = await kernel.execute(
    'setTimeout(() => { throw new Error("in a timer"); }, 1); Promise.reject(new Error("unhandled")); await sleep(60);',
  );
  expect(executed.reply.content.status).toBe("ok");
  await later(60);
  expect(printed(executed, "stderr")).toMatch(/Unhandled rejection: Error: unhandled[^]*in a timer/);
  expect(resultText(await kernel.execute("1 + 1"))).toBe("2");
});
