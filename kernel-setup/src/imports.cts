import { existsSync, readFileSync } from "node:fs";
import { isBuiltin } from "node:module";
import path from "node:path";
import ts from "typescript";
import vm from "node:vm";
import { OWN_NAME, OWN_ROOT, withOwnCopy } from "./own-copy.cjs";

type Namespace = Record<string | symbol, unknown>;
interface PackageJson {
  readonly name?: string;
  readonly type?: string;
  readonly exports?: unknown;
}

/** As `import()` written in a file of the notebook's folder. */
export function importFrom(folder: string): (specifier: string) => Promise<Namespace> {
  return vm.runInThisContext("(specifier) => import(specifier)", {
    filename: path.join(folder, "__cell__.js"),
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (specifier: string) => Promise<Namespace>;
}

/**
 * ES modules for cells. tslab turns `import` into `require`, which gives the CommonJS copy of a dual package, and fails
 * where a module awaits at its top level; so what a cell imports is imported natively before it runs.
 */
export class NativeImports {
  readonly import: (specifier: string) => Promise<Namespace>;
  readonly #folder: string;
  readonly #loaded = new Map<string, Namespace>();
  readonly #failed = new Map<string, unknown>();

  constructor(folder: string) {
    this.#folder = folder;
    this.import = withOwnCopy(importFrom(folder));
  }

  /** Imports the packages that `code` names. One that fails throws where the cell asks for it, not here. */
  async load(code: string): Promise<void> {
    if (!/\b(?:import|require)\b/.test(code)) return;
    for (const { fileName } of ts.preProcessFile(code, true, true).importedFiles) {
      if (this.#loaded.has(fileName) || !this.#isModulePackage(fileName)) continue;
      this.#failed.delete(fileName);
      try {
        this.#loaded.set(fileName, asImported(await this.import(fileName)));
      } catch (error) {
        this.#failed.set(fileName, error);
      }
    }
  }

  /** From now on tslab's `require` for cells gives what was imported natively, else what it gave before. */
  serveCells(): void {
    const box = (globalThis as unknown as { __tslab__: { require: NodeJS.Require } }).__tslab__;
    box.require = new Proxy(box.require, {
      apply: (target, self, args: [string]) => {
        const loaded = this.#loaded.get(args[0]);
        if (loaded) return loaded;
        if (this.#failed.has(args[0])) throw this.#failed.get(args[0]);
        return Reflect.apply(target, self, args);
      },
    });
  }

  #isModulePackage(specifier: string): boolean {
    if (/^[./]/.test(specifier) || path.isAbsolute(specifier) || isBuiltin(specifier) || specifier === "tslab")
      return false;
    const name = specifier.split("/", specifier.startsWith("@") ? 2 : 1).join("/");
    const json = findPackage(this.#folder, name) ?? (name === OWN_NAME ? findPackage(OWN_ROOT, name) : undefined);
    return (
      json !== undefined &&
      (json.type === "module" || /"(?:import|module-sync)":/.test(JSON.stringify(json.exports ?? null)))
    );
  }
}

/** A package as seen from a folder: the one the folder belongs to when it has that name, else from node_modules upwards. */
function findPackage(folder: string, name: string): PackageJson | undefined {
  let scope: PackageJson | undefined;
  for (let at = folder; ; at = path.dirname(at)) {
    const own = path.join(at, "package.json");
    if (!scope && existsSync(own)) {
      scope = readPackage(own);
      if (scope.name === name && scope.exports !== undefined) return scope;
    }
    const installed = path.join(at, "node_modules", name, "package.json");
    if (existsSync(installed)) return readPackage(installed);
    if (at === path.dirname(at)) return undefined;
  }
}

const readPackage = (file: string) => JSON.parse(readFileSync(file, "utf8")) as PackageJson;

/** So that `import d from` in a cell, compiled to CommonJS, takes the module's own default export. */
function asImported(namespace: Namespace): Namespace {
  return new Proxy(namespace, {
    get: (target, key) => (key === "__esModule" ? true : target[key]),
  });
}
