import { spawnSync } from "node:child_process";
import { readdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../temporary-folder.js";

const main = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "cli", "main.js");
const folder = temporaryFolder("cli-data");

function alphabook(...words: string[]) {
  const env = { ...process.env, CI: "1", NO_COLOR: "1" };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, "data", ...words], {
    cwd: folder,
    encoding: "utf8",
    env,
  });
  return { status, stdout, stderr };
}
const factsOf = (...words: string[]) => JSON.parse(alphabook(...words, "--json").stdout) as Record<string, unknown>;

describe("alphabook data", () => {
  it("tells what a market holds, derived fields with their rules", () => {
    const { stdout, status } = alphabook("info", "synthetic://?instruments=5&days=30");
    expect(status).toBe(0);
    for (const text of [
      "30 days, 2015-01-02",
      "$change = $close / previous traded $close - 1",
      "all (5, default)",
      "sha256=",
    ])
      expect(stdout).toContain(text);
    expect(factsOf("info", "synthetic://?instruments=5&days=30", "--freq", "week")).toMatchObject({
      freq: "1week",
      instruments: 6,
      universes: ["all"],
      derived: { $change: "$close / previous traded $close - 1" },
      resampled: "bars of 1week from bars of 1day",
    });
  });

  it("finds faults and says so with its exit code", () => {
    expect(alphabook("check", "synthetic://?instruments=5&days=30")).toMatchObject({ status: 0 });
    writeFileSync(
      path.join(folder, "bad.csv"),
      "date,instrument,open,high,low,close,volume\n2024-01-02,A,10,9,11,10,5\n2024-01-02,A,10,9,11,10,5\n",
    );
    const { status, stdout } = alphabook("check", "bad.csv");
    expect(status).toBe(1);
    for (const text of ["high below low", "duplicate key", "bad.csv", "A 2024-01-02"]) expect(stdout).toContain(text);
    writeFileSync(path.join(folder, "worse.csv"), "date,instrument,close\n2024-01-02,A,1\n2024-02-30,A,2\n");
    expect(factsOf("check", "worse.csv")).toMatchObject({
      isHealthy: false,
      findings: [{ check: 'column "date" holds "2024-02-30" (row 2): no date', field: "date", files: ["worse.csv"] }],
    });
    expect(alphabook("info", "worse.csv")).toMatchObject({ status: 1, stdout: "" });
  });

  it("appends newer bars to what an import wrote, and tells how many", () => {
    alphabook("import", "synthetic://?instruments=3&days=30", "growing");
    const { stdout, status } = alphabook("import", "synthetic://?instruments=3&days=32", "growing", "--mode", "update");
    expect(status).toBe(0);
    expect(stdout).toContain("8 bars appended, 2 days and 0 instruments added");
    expect(alphabook("import", "growing", "growing", "--mode", "updat").stderr).toContain('did you mean "update"?');
  });

  it("writes a market in another format, and not over another thing", () => {
    const { stdout, status } = alphabook("import", "synthetic://?instruments=5&days=30", "store", "--to", "qlib");
    expect(status).toBe(0);
    expect(stdout).toContain("bars of 6 instruments written as qlib");
    expect(stdout).toContain("note: values rounded to float32");
    expect(readdirSync(path.join(folder, "store")).sort()).toEqual(["calendars", "features", "instruments"]);
    const again = alphabook("import", "store", "store", "--to", "csv");
    expect(again.status).toBe(1);
    expect(again.stderr).toMatch(/there is something already/);
    expect(factsOf("import", "store", "prices.csv")).toMatchObject({ format: "csv", instruments: 6, files: 1 });
    expect(alphabook("import", "store")).toMatchObject({ status: 2 });
  });
});
