import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const repository = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The store's source as JavaScript in a folder of its own, so that plain processes run what is being tested; returns `store.js`. */
export function buildStore(folder: string): string {
  mkdirSync(path.join(folder, "src"), { recursive: true });
  writeFileSync(path.join(folder, "package.json"), '{ "type": "module" }');
  symlinkSync(path.join(repository, "node_modules"), path.join(folder, "node_modules"), "junction");
  translate(path.join(repository, "src", "errors.ts"), path.join(folder, "src"));
  for (const room of ["engine", "host", "store"]) {
    const source = path.join(repository, "src", room);
    for (const name of readdirSync(source, { recursive: true, encoding: "utf8" })) {
      if (!name.endsWith(".ts")) continue;
      const target = path.join(folder, "src", room, path.dirname(name));
      mkdirSync(target, { recursive: true });
      translate(path.join(source, name), target);
    }
  }
  return path.join(folder, "src", "store", "store.js");
}

function translate(file: string, target: string): void {
  const { outputText } = ts.transpileModule(readFileSync(file, "utf8"), {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true },
  });
  writeFileSync(path.join(target, path.basename(file).replace(/\.ts$/, ".js")), outputText);
}
