import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { checkKernel, formatChecks } from "#kernel/check.cjs";
import {
  findKernelSpec,
  installKernel,
  jupyterDataFolder,
  kernelSpecFolder,
  makeKernelSpec,
  packageVersion,
  uninstallKernel,
  type KernelSpec,
} from "#kernel/spec.cjs";
import { temporaryFolder } from "../temporary-folder.js";

function writeSpec(folder: string, spec: unknown): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, "kernel.json"), typeof spec === "string" ? spec : JSON.stringify(spec));
}

test("the folder is the prefix's, else what the environment says, else the system's", () => {
  const env = { JUPYTER_DATA_DIR: "/data" };
  expect(jupyterDataFolder({ prefix: "/venv", env })).toBe("/venv/share/jupyter");
  expect(jupyterDataFolder({ env })).toBe("/data");
  expect(jupyterDataFolder({ env: {}, platform: "linux", home: "/h" })).toBe("/h/.local/share/jupyter");
  expect(jupyterDataFolder({ env: { XDG_DATA_HOME: "/x" }, platform: "linux", home: "/h" })).toBe("/x/jupyter");
  expect(jupyterDataFolder({ env: {}, platform: "darwin", home: "/h" })).toBe("/h/Library/Jupyter");
});

test("what is installed names Node and the launcher by whole paths that exist, and its owner and version", () => {
  const { file, folder, replaced } = installKernel({ prefix: temporaryFolder() });
  const spec = JSON.parse(readFileSync(file, "utf8")) as KernelSpec;
  expect(spec).toMatchObject({
    display_name: "TypeScript (alphabook)",
    language: "typescript",
    metadata: { owner: "alphabook", version: packageVersion() },
  });
  expect(spec.argv.at(-1)).toBe("{connection_file}");
  const paths = [
    spec.argv[0]!,
    ...spec.argv.filter((part) => part.endsWith("kernel.cjs") || part === process.execPath),
  ];
  expect(paths.map((part) => path.isAbsolute(part) && existsSync(part))).toEqual([true, true, true]);
  expect([path.basename(folder), replaced, existsSync(path.join(folder, "logo-svg.svg"))]).toEqual([
    "alphabook",
    false,
    true,
  ]);
});

test("installing again replaces ours; uninstalling removes it, a second time nothing", () => {
  const options = { prefix: temporaryFolder(), name: "Mine" };
  const first = installKernel(options);
  expect([first.name, installKernel(options).replaced]).toEqual(["mine", true]);
  expect(uninstallKernel(options)).toBe(first.folder);
  expect([existsSync(first.folder), uninstallKernel(options)]).toEqual([false, undefined]);
});

test("a kernel of somebody else is neither overwritten nor removed", () => {
  const options = { prefix: temporaryFolder(), name: "python3" };
  const folder = kernelSpecFolder(options);
  writeSpec(folder, { argv: ["python"], display_name: "Python 3", language: "python" });
  expect(() => installKernel(options)).toThrow(/belongs to "Python 3"\n {2}choose another --name/);
  expect(() => uninstallKernel(options)).toThrow(/belongs to "Python 3", not to alphabook/);
  expect(findKernelSpec(folder)?.argv).toEqual(["python"]);
});

test("a kernel.json that cannot be read is told, and a name that leads elsewhere is refused", () => {
  const options = { prefix: temporaryFolder() };
  writeSpec(kernelSpecFolder(options), "{");
  expect(() => installKernel(options)).toThrow(/Cannot read .*kernel\.json/);
  for (const name of ["../x", "a/b", "..", "a b", ""])
    expect(() => kernelSpecFolder({ name })).toThrow(/Cannot use the kernel name/);
});

test("the check of an installed kernel is good in every line and takes it through its paces", async () => {
  const prefix = temporaryFolder();
  installKernel({ prefix });
  const result = await checkKernel({ prefix });
  expect(result.checks.filter(({ state }) => state === "fail")).toEqual([]);
  expect(result.ok).toBe(true);
  const names = [
    "kernelspec",
    "paths",
    "tslab",
    "typescript",
    "zeromq",
    "Jupyter sees it",
    "start",
    "1 + 1",
    "shorthand across cells",
    "top-level await",
    "2000 lines",
    "rich display",
    "type check",
    "interrupt",
    "shutdown",
  ];
  expect(result.checks.map(({ name }) => name)).toEqual(names);
  expect(formatChecks(result).split("\n").at(-1)).toBe("The kernel is ready");
});

test("the check names what is missing and what to do", async () => {
  const prefix = temporaryFolder();
  const lost = { ...makeKernelSpec(), argv: ["/gone/node", "/gone/kernel.cjs", "{connection_file}"] };
  writeSpec(kernelSpecFolder({ prefix }), lost);
  const result = await checkKernel({ prefix });
  expect(result.ok).toBe(false);
  expect(result.checks.filter(({ state }) => state === "fail").map(({ name }) => name)).toEqual(["paths", "start"]);
  expect(formatChecks(result)).toMatch(
    /FAIL {2}paths +missing: \/gone\/node, \/gone\/kernel\.cjs\n +→ Node or the package has moved; run: npx alphabook kernel install/,
  );
  expect(formatChecks(result)).toMatch(/2 of 7 checks failed$/);

  const absent = await checkKernel({ prefix: temporaryFolder() });
  expect(absent.checks[0]).toMatchObject({ name: "kernelspec", state: "fail" });
});
