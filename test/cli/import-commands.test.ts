import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";

const main = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "cli", "main.js");
const folder = temporaryFolder("cli-import");

function alphabook(...words: string[]) {
  const env = { ...process.env, CI: "1", NO_COLOR: "1", ALPHABOOK_STORE: path.join(folder, "store") };
  return spawnSync(process.execPath, [main, ...words], { cwd: folder, encoding: "utf8", env });
}

it("alphabook import mlruns brings runs, tells what came, and refuses another folder", () => {
  const run = path.join(folder, "mlruns", "1", "a".repeat(32));
  mkdirSync(path.join(run, "metrics"), { recursive: true });
  writeFileSync(path.join(folder, "mlruns", "1", "meta.yaml"), "name: workflow\nlifecycle_stage: active\n");
  writeFileSync(
    path.join(run, "meta.yaml"),
    "run_name: lgb\nstatus: 3\nstart_time: 1700000000000\nlifecycle_stage: active\n",
  );
  writeFileSync(path.join(run, "metrics", "IC"), "1700000000000 0.03 0\n");
  const facts = JSON.parse(alphabook("import", "mlruns", "mlruns", "--json").stdout) as Record<string, unknown>;
  expect(facts).toMatchObject({ experiments: 1, runs: 1, points: 1, skipped: [] });
  expect(alphabook("import", "mlruns", ".").stdout).toMatch(/runs here already\s+1/);
  expect(alphabook("runs", "workflow").stdout).toContain("lgb");
  const wrong = alphabook("import", "mlruns", "store");
  expect([wrong.status, wrong.stderr]).toEqual([1, expect.stringContaining("holds no MLflow experiments")]);
});
