import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { changed, LINEAR_TEXT, WORKFLOW_TEXT } from "../workflow/workflow-text.js";
import { temporaryFolder } from "../temporary-folder.js";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const folder = temporaryFolder("cli-workflow");

function command(name: "main" | "qrun", words: readonly string[]) {
  const env = { ...process.env, CI: "1", NO_COLOR: "1", ALPHABOOK_STORE: path.join(folder, "store") };
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [path.join(root, "dist", "cli", `${name}.js`), ...words],
    {
      ...{ cwd: folder, encoding: "utf8", env },
    },
  );
  return { status, stdout, stderr };
}
const alphabook = (...words: string[]) => command("main", words);
const at = (name: string) => path.join(folder, name);
writeFileSync(at("workflow.yaml"), WORKFLOW_TEXT);

interface RunFacts {
  readonly id: string;
  readonly experiment: string;
  readonly run: string;
  readonly status: string;
  readonly report?: string;
  readonly metrics: Record<string, number>;
}

describe("alphabook run", () => {
  it("runs a workflow as one run, with its report as one page that needs no network", () => {
    const { status, stdout, stderr } = alphabook(
      ...[
        "run",
        "workflow.yaml",
        "-p",
        "task.model.kwargs.alpha=0.5",
        "--report",
        "page.html",
        "--name",
        "mine",
        "--json",
      ],
    );
    expect(status, stderr).toBe(0);
    const facts = JSON.parse(stdout) as RunFacts;
    expect(facts).toMatchObject({ experiment: "mine", run: "default_recorder", status: "FINISHED" });
    expect(facts.metrics).toHaveProperty("1day.excess_return_with_cost.information_ratio");
    const page = readFileSync(at("page.html"), "utf8");
    expect(page.length).toBeGreaterThan(100_000);
    expect(page).not.toMatch(/<script[^>]+src=|<link[^>]+href="http/);
    const shown = JSON.parse(alphabook("show", facts.id, "--json").stdout) as { params: Record<string, unknown> };
    expect(shown.params["model.kwargs.alpha"]).toBe(0.5);

    const { status: written } = alphabook("workflow", "from-run", facts.id, "-o", "again.yaml");
    expect(written).toBe(0);
    const again = JSON.parse(alphabook("run", "again.yaml", "--json").stdout) as RunFacts;
    expect(again.experiment).toBe("mine");
    expect(again.metrics).toEqual(facts.metrics);
  }, 60_000);

  it("prints the plan and runs nothing when dry", () => {
    const { status, stdout } = alphabook("run", "workflow.yaml", "--dry-run", "--store", at("dry"));
    expect(status).toBe(0);
    expect(stdout).toMatch(/checked, nothing has run[^]*24 instruments[^]*train +2015-01-01/);
    expect(existsSync(at("dry"))).toBe(false);
  });

  it("says where the mistake is and fails, and a word it does not know is another failure", () => {
    writeFileSync(at("wrong.yaml"), changed("class: SigAnaRecord", "class: SigAnaRecrd"));
    const { status, stdout, stderr } = alphabook("run", "wrong.yaml");
    expect([status, stdout]).toEqual([1, ""]);
    expect(stderr).toMatch(
      /^Cannot read workflow wrong\.yaml:\d+:18 at task\.record\[1\]\.class: unknown record template "SigAnaRecrd"\n/,
    );
    expect(stderr).toContain('did you mean "SigAnaRecord"?');
    expect(alphabook("run", "nowhere.yaml").stderr).toContain(
      "Cannot read workflow nowhere.yaml: there is no such file",
    );
    expect(alphabook("run", "workflow.yaml", "--dryrun").status).toBe(2);
  });

  it("is qrun, too, with Qlib's words", () => {
    const short = changed(/ {8}- class: SigAnaRecord[\s\S]*$/, "");
    writeFileSync(at("short.yaml"), short);
    const { status, stdout } = command("qrun", [
      "short.yaml",
      "--experiment_name=theirs",
      "--uri_folder=their-store",
      "--json",
    ]);
    expect(status).toBe(0);
    expect((JSON.parse(stdout) as RunFacts).experiment).toBe("theirs");
    expect(statSync(at("their-store")).isDirectory()).toBe(true);
  });

  it("takes a model from a TypeScript file beside the workflow that imports alphabook", () => {
    const beside = path.join(root, "test", "workflow", "one-factor.ts");
    const model = `        class: OneFactor\n        module_path: ${beside}\n        kwargs:\n            column: ROC20\n`;
    writeFileSync(at("own.yaml"), changed(LINEAR_TEXT, model, changed(/ {8}- class: SigAnaRecord[\s\S]*$/, "")));
    const { status, stderr, stdout } = alphabook("run", "own.yaml", "--json");
    expect(status, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ status: "FINISHED" });
  });
});

describe("alphabook workflow", () => {
  it("prints a JSON schema of what workflow files may hold", () => {
    const schema = JSON.parse(alphabook("workflow", "schema").stdout) as {
      title: string;
      properties: Record<string, unknown>;
      $defs: Record<string, { properties: Record<string, unknown> }>;
    };
    expect(schema.title).toBe("alphabook workflow");
    expect(Object.keys(schema.properties)).toEqual(
      expect.arrayContaining(Object.keys(parse(WORKFLOW_TEXT) as object).slice(0, 1)),
    );
    expect(Object.keys(schema.$defs.LinearModel!.properties)).toEqual([
      "estimator",
      "alpha",
      "fit_intercept",
      "include_valid",
    ]);
    expect(schema.$defs).toHaveProperty("PortAnaRecord");
  });

  it("writes no workflow of a run that has none", () => {
    expect(alphabook("workflow", "from-run", "nothing").status).toBe(1);
  });
});
