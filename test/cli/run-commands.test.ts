import { spawnSync } from "node:child_process";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { beforeAll, describe, expect, it } from "vitest";
import { R } from "../../src/tracking/r.js";
import { temporaryFolder } from "../temporary-folder.js";

const main = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "cli", "main.js");
const folder = temporaryFolder("cli-runs");

function alphabook(...words: string[]) {
  const env = { ...process.env, CI: "1", NO_COLOR: "1", ALPHABOOK_STORE: path.join(folder, "store") };
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    cwd: folder,
    encoding: "utf8",
    env,
  });
  return { status, stdout, stderr };
}
const factsOf = (...words: string[]) => JSON.parse(alphabook(...words, "--json").stdout) as unknown;

const ids: Record<string, string> = {};
beforeAll(async () => {
  R.setUri(path.join(folder, "store"));
  for (const [name, alpha, IC] of [
    ["monday", 0.05, 0.02],
    ["tuesday", 0.5, 0.04],
    ["tuesday", 5, NaN],
  ] as const) {
    await R.start({ experimentName: "x", recorderName: name }, async (run) => {
      run.logParams({ alpha, model: "ridge" });
      run.logMetrics({ IC });
      run.setTags({ team: "A" });
      await run.saveObjects({ note: "kept" });
      ids[name] = run.id;
    });
  }
});

describe("alphabook runs", () => {
  it("lists all, those of an experiment, and those that a filter lets through", () => {
    expect(
      alphabook("runs")
        .stdout.split("\n")
        .filter((line) => /tuesday|monday/.test(line)),
    ).toHaveLength(3);
    const words = [
      "runs",
      "x",
      "--filter",
      "metrics.IC > 0 and params.model = 'ridge'",
      "--order-by",
      "metrics.IC DESC",
    ];
    expect(factsOf(...words)).toMatchObject([
      { name: "tuesday", "metrics.IC": 0.04, "params.alpha": 0.5, experiment: "x" },
      { name: "monday", "metrics.IC": 0.02, "tags.team": "A" },
    ]);
    expect(factsOf("runs", "--limit", "1")).toMatchObject([{ name: "tuesday", "metrics.IC": null, "params.alpha": 5 }]);
    expect(factsOf("runs", "--view", "deleted")).toEqual([]);
  });

  it("shows where a filter is wrong, and misuse as such", () => {
    const wrong = alphabook("runs", "--filter", "metrics.IC > high");
    expect([wrong.status, wrong.stdout]).toEqual([1, ""]);
    expect(wrong.stderr).toContain("  metrics.IC > high\n               ^\n");
    expect(alphabook("runs", "nobody").stderr).toContain('Cannot find experiment "nobody"');
    expect([alphabook("runs", "--limit", "few").status, alphabook("runs", "--view", "some").status]).toEqual([2, 2]);
  });
});

describe("alphabook show", () => {
  it("shows one run by id, by a part of it, and the newest of a name", () => {
    const id = ids.monday!;
    for (const word of [id, id.slice(-8), "monday"])
      expect(factsOf("show", word)).toMatchObject({
        id,
        status: "FINISHED",
        params: { alpha: 0.05, model: "ridge" },
        metrics: { IC: 0.02 },
        tags: { team: "A" },
        artifacts: expect.arrayContaining(["note"]) as string[],
      });
    expect(factsOf("show", "tuesday")).toMatchObject({ params: { alpha: 5 } });
    const { stdout, status } = alphabook("show", "monday");
    expect(status).toBe(0);
    for (const text of ["monday", "experiment  x", "FINISHED", "alpha", "0.05", "team", "note"])
      expect(stdout).toContain(text);
  });

  it("says what to do when nothing or too much fits", () => {
    const none = alphabook("show", "nobody");
    expect([none.status, none.stderr]).toEqual([1, expect.stringContaining("to see what there is: alphabook runs")]);
    expect(alphabook("show", ids.monday!.slice(0, 4)).stderr).toContain("the ids of 3 runs begin or end with");
    expect(alphabook("show").status).toBe(2);
  });
});

describe("alphabook compare", () => {
  it("puts params that differ and metrics side by side", () => {
    expect(factsOf("compare", "monday", "tuesday", "--higher", "IC")).toEqual({
      runs: [
        expect.objectContaining({ label: "monday", id: ids.monday }),
        expect.objectContaining({ label: "tuesday" }),
      ],
      params: [{ param: "alpha", values: [0.05, 5] }],
      metrics: [{ metric: "IC", values: [0.02, null], highest: [], lowest: [], best: [] }],
    });
    const { stdout } = alphabook("compare", "monday", "tuesday");
    for (const text of ["2 runs compared", "monday", "tuesday", "alpha", "only those that differ"])
      expect(stdout).toContain(text);
    expect(alphabook("compare", "monday").stderr).toContain("two or more are expected");
  });

  it("has help with an example, as the others", () => {
    for (const command of ["runs", "show", "compare", "sql"]) {
      const { status, stdout } = alphabook(command, "--help");
      expect([status, stdout]).toEqual([0, expect.stringMatching(new RegExp(`Example:\n  alphabook ${command} `))]);
    }
  });
});
