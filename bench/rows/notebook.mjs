import { execFileSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { seconds, temporaryFolder } from "../timing.mjs";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const cli = path.join(root, "dist/cli/main.js");
const jupyter = path.join(root, ".venv/bin/jupyter");

/** Five small cells: arithmetic, a function, text, a table-like object, an async step. */
function fiveCells(folder) {
  const sources = [
    "const a = 1 + 1;\na",
    "function square(x: number) { return x * x; }\nsquare(a)",
    'console.log("five cells")',
    "({ a, b: [1, 2, 3] })",
    "await new Promise((resolve) => setTimeout(resolve, 1));\n42",
  ];
  const cells = sources.map((source, index) => ({
    cell_type: "code",
    execution_count: null,
    id: `c${index}`,
    metadata: {},
    outputs: [],
    source,
  }));
  const file = path.join(folder, "five.ipynb");
  writeFileSync(
    file,
    JSON.stringify({
      cells,
      metadata: { kernelspec: { name: "alphabook", display_name: "TypeScript (alphabook)", language: "typescript" } },
      nbformat: 4,
      nbformat_minor: 5,
    }),
  );
  return file;
}
const run = (command, args) => execFileSync(command, args, { stdio: "pipe" });

export default [
  {
    name: "notebook: run 5 cells headless",
    unit: "s",
    target: 1.8,
    prepare: () => fiveCells(temporaryFolder()),
    measure: (file) => seconds(() => run(process.execPath, [cli, "notebook", "run", file, "-o", `${file}.out.ipynb`])),
    peer: (file) =>
      existsSync(jupyter)
        ? seconds(() =>
            run(jupyter, [
              "nbconvert",
              "--to",
              "notebook",
              "--execute",
              "--ExecutePreprocessor.kernel_name=python3",
              "--allow-errors",
              file,
              "--output",
              "peer.ipynb",
            ]),
          )
        : undefined,
  },
  {
    name: "notebook: 5 cells to a page",
    unit: "s",
    target: 0.3,
    prepare() {
      const file = fiveCells(temporaryFolder());
      run(process.execPath, [cli, "notebook", "run", file, "-o", file]);
      return file;
    },
    measure: (file) => seconds(() => run(process.execPath, [cli, "notebook", "html", file, "-o", `${file}.html`])),
    peer: (file) =>
      existsSync(jupyter) ? seconds(() => run(jupyter, ["nbconvert", "--to", "html", file])) : undefined,
  },
];
