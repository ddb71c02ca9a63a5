import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, symlinkSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "./temporary-folder.js";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const home = temporaryFolder("packed");

/** A folder that has installed the packed package: its files are copies, its dependencies those of the repository. */
function installPacked(): string {
  const packed = execFileSync("npm", ["pack", "--silent", "--ignore-scripts", "--pack-destination", home], {
    cwd: root,
    encoding: "utf8",
  })
    .trim()
    .split("\n")
    .at(-1)!;
  const modules = path.join(home, "node_modules");
  mkdirSync(path.join(modules, "alphabook"), { recursive: true });
  execFileSync("tar", [
    "-xzf",
    path.join(home, packed),
    "-C",
    path.join(modules, "alphabook"),
    "--strip-components",
    "1",
  ]);
  for (const name of readdirSync(path.join(root, "node_modules"))) {
    if (name !== "alphabook" && !name.startsWith("."))
      symlinkSync(path.join(root, "node_modules", name), path.join(modules, name));
  }
  return path.join(modules, "alphabook");
}

describe("the packed package", () => {
  it("runs the first hour in an empty folder and makes its page", () => {
    const installed = installPacked();
    copyFileSync(path.join(root, "notebooks", "01-first-hour.ipynb"), path.join(home, "research.ipynb"));
    const told = execFileSync(
      process.execPath,
      [
        path.join(installed, "dist", "cli", "main.js"),
        "notebook",
        "run",
        "research.ipynb",
        "-o",
        "out.ipynb",
        "--html",
      ],
      {
        cwd: home,
        encoding: "utf8",
        env: { ...process.env, ALPHABOOK_STORE: "" },
      },
    );
    expect(told).toMatch(/best run: .*\nIC 0\.0\d+, Rank IC 0\.0\d+, Rank ICIR 0\.\d+\nRan 14 of 14 cells/);
    expect(readdirSync(home)).toEqual(expect.arrayContaining([".alphabook", "out.html", "out.ipynb"]));
    expect(readFileSync(path.join(home, "out.html"), "utf8")).toContain("data:image/png;base64,");
  });

  it("is imported without what an import does not need", () => {
    const loaded = execFileSync(
      process.execPath,
      [
        "--input-type=module",
        "--eval",
        `import { createRequire } from "node:module";
        await import("alphabook");
        const files = [...Object.keys(createRequire(import.meta.url).cache), ...process.report.getReport().sharedObjects];
        console.log(files.filter((file) => /node_modules/.test(file)).join("\\n"));`,
      ],
      { cwd: root, encoding: "utf8" },
    );
    const packages = loaded.match(/(?<=.*node_modules[\\/])(@[^\\/]+[\\/])?[^\\/\n]+/g) ?? [];
    expect([...new Set(packages)].sort()).toEqual(["@uwdata/flechette", "gifenc"]);
  });
});
