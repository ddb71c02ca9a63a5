import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { readNotebook, textOf, writeNotebook } from "#kernel/notebook-file.cjs";
import type { Notebook } from "#kernel/run.cjs";
import { codeCell, notebookOf, textCell } from "../notebook/notebooks.js";
import { temporaryFolder } from "../temporary-folder.js";

const main = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "dist", "cli", "main.js");
const folder = temporaryFolder("cli");

function alphabook(...words: string[]) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...words], {
    cwd: folder,
    encoding: "utf8",
    env: { ...process.env, CI: "", NO_COLOR: "1" },
  });
  return { status, stdout, stderr };
}
function written(name: string, notebook: Notebook): string {
  writeNotebook(path.join(folder, name), notebook);
  return name;
}
/** What the cells of a notebook printed, one text for each code cell. */
function printed(name: string): string[] {
  return readNotebook(path.join(folder, name)).cells.flatMap((cell) =>
    cell.cell_type === "code"
      ? [cell.outputs.map((output) => ("text" in output ? textOf(output.text) : output.output_type)).join("")]
      : [],
  );
}
const fresh = (source: string, tags?: string[]) =>
  ({ ...codeCell(source, [], tags), execution_count: null }) as ReturnType<typeof codeCell>;

const failing = written(
  "failing.ipynb",
  notebookOf(
    textCell("# A"),
    textCell("b"),
    fresh('console.log("before")'),
    fresh('throw new RangeError("too far")'),
    fresh('console.log("after")'),
  ),
);
const param = written(
  "param.ipynb",
  notebookOf(
    fresh("let alpha = 0.5;\nlet name = 'none';", ["parameters"]),
    fresh("console.log(alpha * 2, name)", ["summary"]),
  ),
);

describe("notebook run", () => {
  test("a failing cell ends the run with exit code 1, says which and why, and leaves what came before", () => {
    const { status, stdout, stderr } = alphabook("notebook", "run", failing);
    expect(status).toBe(1);
    expect(stdout).toContain("Cell 2 failed: RangeError: too far");
    expect(stdout).toContain(`Notebook: ${path.join(folder, "failing.out.ipynb")}`);
    expect(stderr).toContain("RangeError: too far");
    expect(printed("failing.out.ipynb")).toEqual(["before\n", "error", ""]);
  });

  test("--allow-errors goes on to the end, and --html writes the page with the error marked", () => {
    const { status, stdout } = alphabook("notebook", "run", failing, "--allow-errors", "-o", "on.ipynb", "--html");
    expect(printed("on.ipynb")).toEqual(["before\n", "error", "after\n"]);
    expect(stdout).toContain(`Page: ${path.join(folder, "on.html")}`);
    expect(readFileSync(path.join(folder, "on.html"), "utf8")).toContain("<b>RangeError</b>: too far");
    expect({ status, done: /Ran 3 of 3 cells/.test(stdout) }).toEqual({ status: 0, done: true });
  });

  test("-p sets the variables of the cell tagged parameters, and a cell tagged summary is printed", () => {
    const { status, stdout } = alphabook(
      "notebook",
      "run",
      param,
      "-p",
      "alpha=4",
      "-p",
      "name=x=y",
      "-o",
      "param-out.ipynb",
    );
    expect({ status, first: stdout.split("\n")[0] }).toEqual({ status: 0, first: "8 x=y" });
    expect(printed("param-out.ipynb").at(-1)).toBe("8 x=y\n");
  });

  test("--json prints facts for machines only", () => {
    const { status, stdout, stderr } = alphabook("notebook", "run", failing, "--json", "-o", "json.ipynb");
    expect({ status, stderr }).toEqual({ status: 1, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({
      status: "failed",
      cellsRun: 2,
      cellsTotal: 3,
      output: path.join(folder, "json.ipynb"),
      failure: { ename: "RangeError", cellIndex: 3 },
    });
  });

  test("a cell that takes longer than --timeout ends the run", () => {
    const endless = written(
      "endless.ipynb",
      notebookOf(fresh("await new Promise((done) => setTimeout(done, 60_000))")),
    );
    const { status, stdout } = alphabook("notebook", "run", endless, "--timeout", "1", "--json");
    expect({ status, ended: (JSON.parse(stdout) as { status: string }).status }).toEqual({
      status: 1,
      ended: "timeout",
    });
  });
});

describe("what was not understood", () => {
  test.each([
    ["an unknown option", ["notebook", "run", failing, "--fast"], "--fast"],
    ["no notebook", ["notebook", "run"], "notebook"],
    ["an unknown verb", ["notebook", "print", failing], "print"],
  ])("%s gives exit code 2 and is named", (_what, words, named) => {
    const { status, stderr } = alphabook(...words);
    expect(status).toBe(2);
    expect(stderr).toContain(named);
  });

  test("a timeout that is no number of seconds is named with an example", () => {
    const { status, stderr } = alphabook("notebook", "run", failing, "--timeout", "soon", "-o", "soon.ipynb");
    expect(status).toBe(2);
    expect(stderr).toContain("argument 'soon' is invalid. Expected seconds, e.g. --timeout 300");
    expect(existsSync(path.join(folder, "soon.ipynb"))).toBe(false);
  });

  test("a parameter without a value is named and nothing is run", () => {
    const { status, stderr } = alphabook("notebook", "run", param, "-p", "alpha", "-o", "half.ipynb");
    expect(status).toBe(2);
    expect(stderr).toContain("argument 'alpha' is invalid. Expected name=value, e.g. -p alpha=0.1");
    expect(existsSync(path.join(folder, "half.ipynb"))).toBe(false);
  });
});

describe("notebook html", () => {
  test("writes one page beside the notebook or where -o says", () => {
    written(
      "look.ipynb",
      notebookOf(
        textCell("# Look"),
        codeCell("1 + 1", [
          { output_type: "execute_result", data: { "text/plain": "2" }, metadata: {}, execution_count: 7 },
        ]),
      ),
    );
    expect(alphabook("notebook", "html", "look.ipynb")).toEqual({
      status: 0,
      stdout: `Page: ${path.join(folder, "look.html")}\n`,
      stderr: "",
    });
    const { status, stdout } = alphabook("notebook", "html", "look.ipynb", "-o", "elsewhere.html", "--json");
    expect({ status, facts: JSON.parse(stdout) as unknown }).toEqual({
      status: 0,
      facts: { page: path.join(folder, "elsewhere.html") },
    });
    const page = readFileSync(path.join(folder, "look.html"), "utf8");
    expect(page).toContain("<title>Look</title>");
    expect(page).toContain('<pre class="plain">2</pre>');
  });

  test("a missing file and a file that is no notebook are told apart, with exit code 1", () => {
    writeFileSync(path.join(folder, "text.ipynb"), "not a notebook");
    const [missing, text] = ["none.ipynb", "text.ipynb"].map((name) => alphabook("notebook", "html", name));
    expect({ status: missing!.status, stderr: missing!.stderr }).toEqual({
      status: 1,
      stderr: "Cannot read the notebook none.ipynb: there is no such file\n",
    });
    expect(text!.status).toBe(1);
    expect(text!.stderr).toContain("Cannot read the notebook text.ipynb: it is no JSON");
  });
});
