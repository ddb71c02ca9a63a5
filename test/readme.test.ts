import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KernelClient } from "#kernel/client.cjs";
import { temporaryFolder } from "./temporary-folder.js";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const readme = readFileSync(path.join(root, "README.md"), "utf8");
const blocks = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map((match) => ({
  language: match[1]!,
  code: match[2]!,
}));
const store = temporaryFolder("readme");

describe("README", () => {
  let kernel: KernelClient;
  beforeAll(async () => {
    kernel = new KernelClient({ cwd: path.join(root, "notebooks"), env: { ...process.env, ALPHABOOK_STORE: store } });
    await kernel.start();
  });
  afterAll(async () => {
    await kernel.shutdown();
  });

  it("every cell runs, from top to bottom", async () => {
    const cells = blocks.filter(({ language }) => language === "ts");
    expect(cells.length).toBeGreaterThan(3);
    for (const { code } of cells) {
      const { reply } = await kernel.execute(code);
      const { status, ename, evalue } = reply.content as { status: string; ename?: string; evalue?: string };
      expect(`${status} ${ename ?? ""} ${evalue ?? ""}`.trim(), code).toBe("ok");
    }
  }, 180_000);

  it("every command runs", () => {
    const commands = blocks.filter(({ language }) => language === "sh").flatMap(({ code }) => code.trim().split("\n"));
    expect(commands.length).toBeGreaterThan(1);
    for (const command of commands) {
      const words = command
        .replace(/^npx alphabook /, "")
        .match(/'[^']*'|\S+/g)!
        .map((word) => word.replace(/^'|'$/g, ""));
      expect(command).toMatch(/^npx alphabook /);
      execFileSync(process.execPath, [path.join(root, "dist", "cli", "main.js"), ...words], {
        cwd: root,
        stdio: "pipe",
        env: { ...process.env, ALPHABOOK_STORE: store },
      });
    }
  }, 180_000);

  it("at most six blocks are not run: the set-up commands and what starts a server", () => {
    expect(blocks.filter(({ language }) => language === "").length).toBeLessThanOrEqual(6);
  });

  it("every file it links to is there", () => {
    for (const [, target] of readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g))
      expect(() => readFileSync(path.join(root, target!)), target).not.toThrow();
  });
});
