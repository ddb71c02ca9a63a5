import { spawn } from "node:child_process";
import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { describe, expect, it } from "vitest";
import { host } from "../../src/host/host.js";

const built = pathToFileURL(
  path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "host", "host.js"),
).href;

/** Runs a module in a plain process of its own; `signal` is sent when it prints "ready". */
function run(
  code: string,
  { signal, env = {} }: { signal?: NodeJS.Signals; env?: Record<string, string> } = {},
): Promise<{ code: number | null; out: string; err: string }> {
  const child = spawn(
    process.execPath,
    ["--input-type=module", "-e", `import { host } from ${JSON.stringify(built)};\n${code}`],
    { env: { ...process.env, CI: "", ...env } },
  );
  let [out, err] = ["", ""];
  child.stdout.on("data", (data: Buffer) => {
    out += String(data);
    if (signal && out.includes("ready")) child.kill(signal);
  });
  child.stderr.on("data", (data: Buffer) => void (err += String(data)));
  return new Promise((resolve) => child.once("close", (exitCode) => resolve({ code: exitCode, out, err })));
}

const LISTEN = 'host.on("shutdown", (end) => console.log(JSON.stringify(end)));\n';
const LOOP =
  "const end = Date.now() + 700; for (let i = 0; Date.now() < end; i++) { progress.update(Math.min(99, i / 1e4)); }";

describe("the end of a plain process", () => {
  it("by itself is no failure", async () => {
    expect(await run(LISTEN)).toMatchObject({ code: 0, out: '{"reason":"exit 0","failed":false}\n' });
  });

  it("by an exit code or an uncaught error is a failure, and the process ends as it would have", async () => {
    expect(await run(`${LISTEN} process.exit(3);`)).toMatchObject({
      code: 3,
      out: '{"reason":"exit 3","failed":true}\n',
    });
    const thrown = await run(`${LISTEN} throw new Error("bad factor");`);
    expect(thrown).toMatchObject({ code: 1, out: '{"reason":"exit 1","failed":true,"error":{}}\n' });
    expect(thrown.err).toContain("bad factor");
  });

  it.each([
    ["SIGTERM", 143],
    ["SIGINT", 130],
    ["SIGHUP", 129],
  ] as const)("by %s is a failure, told once", async (signal, code) => {
    expect(await run(`${LISTEN} console.log("ready"); setInterval(() => {}, 1000);`, { signal })).toMatchObject({
      code,
      out: `ready\n{"reason":"${signal}","failed":true}\n`,
    });
  });

  it("a handler of the user's own keeps the say over the process", async () => {
    const seen = await run(
      `${LISTEN} process.on("SIGTERM", () => process.exit(7)); console.log("ready"); setInterval(() => {}, 1000);`,
      { signal: "SIGTERM" },
    );
    expect(seen.code).toBe(7);
    expect(seen.out).toContain('"reason":"SIGTERM"');
  });
});

describe("progress in a plain process", () => {
  it("is lines when nobody can see a bar, and one line at the end", async () => {
    const { err } = await run(`const progress = host.progress("fit", 100); ${LOOP} progress.end("100 rounds");`);
    expect(err).toMatch(/^(fit \d+ %\n)+fit: 100 rounds, \d+ ms\n$/);
    expect(err.split("\n").length).toBeLessThan(14);
  });

  it("is silent in CI and for short work", async () => {
    expect(
      (await run(`const progress = host.progress("fit", 100); ${LOOP} progress.end();`, { env: { CI: "true" } })).err,
    ).toBe("");
    expect(
      (await run('const progress = host.progress("fit", 3); progress.update(1); progress.update(3); progress.end();'))
        .err,
    ).toBe("");
  });
});

describe("breathe", () => {
  it("lets timers run during a long loop, and costs nothing in between", async () => {
    let ticks = 0;
    const timer = setInterval(() => ticks++, 1);
    let waits = 0;
    for (const end = performance.now() + 300; performance.now() < end;) {
      const breath = host.breathe();
      if (breath) waits++;
      await breath;
    }
    clearInterval(timer);
    expect(ticks).toBeGreaterThan(0);
    expect(waits).toBeLessThan(10);
  });

  it("stops an interrupted command", async () => {
    const { out } = await run(
      `host.on("shutdown", () => {}); process.on("SIGINT", () => {}); console.log("ready");
      try { for (;;) await host.breathe(); } catch (error) { console.log(error.name); process.exit(0); }`,
      { signal: "SIGINT" },
    );
    expect(out).toContain("InterruptedError");
  });
});
