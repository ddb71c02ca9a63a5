import { existsSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";
import type { ComponentClass } from "../config/registry.js";
import { ConfigError } from "../errors.js";

const ENDINGS = ["", ".js", ".mjs", ".ts", ".mts"];

/** Whether a `module_path` means a file of the user's, not a Python module: it has a separator or an ending of JavaScript's. */
export const isOwnFile = (modulePath: string): boolean => /[\\/]|\.(m?[jt]s)$/.test(modulePath);

/** The file a `module_path` means, seen from each root in turn; undefined when there is none. */
export function findOwnFile(modulePath: string, roots: readonly string[]): string | undefined {
  for (const root of roots)
    for (const ending of ENDINGS) {
      const file = path.resolve(root, modulePath + ending);
      if (/\.(m?[jt]s)$/.test(file) && existsSync(file)) return file;
    }
  return undefined;
}

/**
 * Loads a file of the user's and gives the class it exports under this name (or as default).
 *
 * A JavaScript file is imported as it is. Of a TypeScript file the types are taken off first, unchecked: the result stands
 * for a moment beside it, so that the packages and JavaScript files it imports are found (other TypeScript files are not).
 * Both work in a plain process and in a notebook's kernel; a file that was edited is loaded anew.
 *
 * @throws ConfigError when it has no such class; what the file throws itself.
 */
export async function loadOwnClass(file: string, name: string): Promise<ComponentClass> {
  const module = await importFile(file);
  const found = module[name] ?? (module.default as { name?: string } | undefined);
  if (typeof found === "function" && (module[name] !== undefined || found.name === name))
    return found as ComponentClass;
  const exported = Object.entries(module).filter(([, value]) => typeof value === "function");
  throw new ConfigError(
    `Cannot load ${path.basename(file)}: it exports no class "${name}"\n  exported: ${exported.map(([each]) => each).join(", ") || "none"}`,
  );
}

async function importFile(file: string): Promise<Record<string, unknown>> {
  // A file that was edited since is another module.
  const version = `?changed=${statSync(file).mtimeMs}`;
  if (!/\.m?ts$/.test(file)) return (await import(pathToFileURL(file).href + version)) as Record<string, unknown>;
  const { default: ts } = await import("typescript");
  const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
    fileName: file,
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  });
  const plain = path.join(path.dirname(file), `.${path.basename(file)}.${process.pid}-${Date.now()}.mjs`);
  writeFileSync(plain, outputText);
  try {
    return (await import(pathToFileURL(plain).href)) as Record<string, unknown>;
  } finally {
    rmSync(plain, { force: true });
  }
}
