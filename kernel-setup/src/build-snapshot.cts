// Runs once, in a Node that takes a snapshot (see `buildSnapshot`): fills the heap with TypeScript, tslab's converter and every library
// file that a cell is checked against, parsed and bound. A kernel that starts from that heap goes on here, in `wake`. Code that is
// loaded for a snapshot knows no modules but Node's own, so there is a small loader for ours.
import fs from "node:fs";
import nodeModule from "node:module";
import path from "node:path";
import v8 from "node:v8";
import vm from "node:vm";

interface Loaded {
  exports: unknown;
}
type Loader = typeof nodeModule & {
  new (file: string): Loaded & { filename: string; loaded: boolean };
  _cache: Record<string, Loaded>;
};
const loader = nodeModule as unknown as Loader;

const FORK = "@tslab/typescript-for-tslab";
const entry = path.join(__dirname, "kernel.cjs");
const loaded = new Map<string, Loaded>();
let awake = false;

function load(file: string): unknown {
  const known = loaded.get(file);
  if (known) return known.exports;
  const module: Loaded = { exports: {} };
  loaded.set(file, module);
  const text = fs.readFileSync(file, "utf8");
  if (file.endsWith(".json")) return (module.exports = JSON.parse(text));
  const run = vm.runInThisContext(`(function (exports, require, module, __filename, __dirname) {${text}\n})`, {
    filename: file,
    importModuleDynamically: vm.constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
  }) as (...scope: unknown[]) => void;
  run.call(module.exports, module.exports, requireFrom(file), module, file, path.dirname(file));
  return module.exports;
}

/** What a file held in the snapshot knows as `require`; once awake, it is Node's. */
function requireFrom(file: string): (name: string) => unknown {
  const ordinary = nodeModule.createRequire(file);
  const fromHere = (name: string): unknown => {
    if (awake) return ordinary(name);
    if (nodeModule.isBuiltin(name)) return require(name.replace(/^node:/, ""));
    if (name === FORK) return (load(path.join(__dirname, "typescript.cjs")) as { fork(): unknown }).fork();
    return load(ordinary.resolve(name));
  };
  return Object.assign(fromHere, { resolve: ordinary.resolve });
}

const { tslabPart } = requireFrom(entry)("./tslab.cjs") as typeof import("./tslab.cjs");
for (const part of ["executor.js", "inspect.js", "jupyter.js"] as const) tslabPart(part);
// Not what looks at its process, or needs a native part, when it is loaded.
for (const name of ["./session.cjs", "./requests.cjs", "./line.cjs"]) requireFrom(entry)(name);
const { libraryFiles } = requireFrom(entry)("./program.cjs") as typeof import("./program.cjs");
tslabPart("converter.js").createConverter({ isJS: false, isBrowser: false }).convert("", "0");

/** What tells whether a file is still the one that was read: of ours the text, for a build writes all of them anew. */
function stamp(file: string): string {
  if (path.dirname(file) === __dirname) return fs.readFileSync(file, "utf8");
  const { size, mtimeMs } = fs.statSync(file);
  return `${size} ${mtimeMs}`;
}
/** A package's files change with its package.json. */
const packageFile = (file: string) => {
  const { 0: folder } = /^.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(file.replaceAll("\\", "/")) ?? [];
  return folder === undefined ? file : `${folder}/package.json`;
};
const stamps = new Map([...loaded.keys(), ...libraryFiles()].map(packageFile).map((file) => [file, stamp(file)]));

function isCurrent(): boolean {
  try {
    return [...stamps].every(([file, then]) => stamp(file) === then);
  } catch {
    return false;
  }
}

function wake(): void {
  awake = true;
  const ordinary = nodeModule.createRequire(entry);
  // Where the channels are another thread, it comes up while this one looks at its files.
  ordinary("./channels-link.cjs");
  const current = isCurrent();
  (globalThis as Record<symbol, unknown>)[Symbol.for("alphabook.snapshot")] = current ? "current" : "outdated";
  if (!current) loaded.clear();
  else
    for (const [file, { exports }] of loaded)
      loader._cache[file] = Object.assign(new loader(file), { filename: file, loaded: true, exports });
  ordinary(entry);
}
v8.startupSnapshot.setDeserializeMainFunction(wake);
