import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { jupyterDataFolder } from "./jupyter-folder.cjs";
import { LOGO_SVG } from "./logo.cjs";
import { kernelArgv, snapshotFolder } from "./snapshot.cjs";

export { jupyterDataFolder } from "./jupyter-folder.cjs";

const OWNER = "alphabook";
const DEFAULT_NAME = "alphabook";

/** The content of `kernel.json`: how Jupyter starts a kernel. */
export interface KernelSpec {
  readonly argv: readonly string[];
  readonly display_name: string;
  readonly language: string;
  readonly interrupt_mode?: "signal" | "message";
  readonly env?: Readonly<Record<string, string>>;
  readonly metadata?: { readonly owner?: string; readonly version?: string; readonly [key: string]: unknown };
}

export interface SpecOptions {
  /** Install under `<prefix>/share/jupyter` (a virtual environment) and not in the user's Jupyter folder. */
  readonly prefix?: string;
  /** The kernel's name, as notebooks refer to it. Letters, digits, `-`, `_` and `.`; default `alphabook`. */
  readonly name?: string;
  /** Where JUPYTER_DATA_DIR and its like are looked up. Default: the process's. */
  readonly env?: NodeJS.ProcessEnv;
}

export interface InstalledKernel {
  readonly name: string;
  /** The kernelspec's folder. */
  readonly folder: string;
  /** Its `kernel.json`. */
  readonly file: string;
  readonly spec: KernelSpec;
  /** Whether an older kernelspec of ours stood there. */
  readonly replaced: boolean;
}

/** A kernelspec that cannot be written or removed. */
export class KernelSpecError extends Error {
  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "KernelSpecError";
  }
}

/** The version of this package. */
export function packageVersion(): string {
  const file = path.join(__dirname, "..", "..", "package.json");
  return (JSON.parse(readFileSync(file, "utf8")) as { version: string }).version;
}

/**
 * Our kernelspec, with absolute paths: a notebook server's PATH may lack the `node` that we run on.
 * @param folder Its folder, which holds the snapshot when the package's own cache cannot be written.
 */
export function makeKernelSpec(name = DEFAULT_NAME, folder?: string): KernelSpec {
  return {
    argv: kernelArgv(snapshotFolder(folder)),
    display_name: name === DEFAULT_NAME ? "TypeScript (alphabook)" : `TypeScript (alphabook, ${name})`,
    language: "typescript",
    // A signal is heard by the main thread only, which may be stuck; a message is heard by the other one, on shell (VS Code) and control.
    interrupt_mode: "message",
    metadata: { owner: OWNER, version: packageVersion(), debugger: false },
  };
}

/** Where the kernelspec lies, or would lie. */
export function kernelSpecFolder({ prefix, name = DEFAULT_NAME, env }: SpecOptions = {}): string {
  if (!/^[a-z0-9._-]+$/i.test(name) || /^\.+$/.test(name)) {
    throw new KernelSpecError(`Cannot use the kernel name "${name}": expected letters, digits, "-", "_" and "."`);
  }
  return path.join(jupyterDataFolder({ prefix, env }), "kernels", name.toLowerCase());
}

/** The kernelspec in a folder; undefined when there is none. */
export function findKernelSpec(folder: string): KernelSpec | undefined {
  const file = path.join(folder, "kernel.json");
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (["ENOENT", "ENOTDIR"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw new KernelSpecError(`Cannot read ${file}: ${(error as Error).message}`, { cause: error });
  }
  try {
    const spec = JSON.parse(text) as KernelSpec;
    if (Array.isArray(spec.argv)) return spec;
  } catch {
    // said below
  }
  throw new KernelSpecError(
    `Cannot read ${file}: expected a JSON object with a list "argv"\n  remove the folder or choose another --name`,
  );
}

/**
 * Makes the kernel known to Jupyter on this machine: one JSON file and a logo, no Python.
 * An older kernelspec of ours is replaced.
 * @throws KernelSpecError when the name is taken by a kernel that is not ours, or the folder cannot be written.
 */
export function installKernel(options: SpecOptions = {}): InstalledKernel {
  const name = (options.name ?? DEFAULT_NAME).toLowerCase();
  const folder = kernelSpecFolder(options);
  const file = path.join(folder, "kernel.json");
  const old = findKernelSpec(folder);
  if (old && !isOurs(old)) {
    throw new KernelSpecError(
      `Cannot install the kernel: ${file} belongs to "${old.display_name}"\n  choose another --name or --prefix`,
    );
  }
  const spec = makeKernelSpec(name, folder);
  try {
    mkdirSync(folder, { recursive: true });
    writeFileSync(file, `${JSON.stringify(spec, null, 2)}\n`);
    writeFileSync(path.join(folder, "logo-svg.svg"), LOGO_SVG);
  } catch (error) {
    throw new KernelSpecError(
      `Cannot install the kernel in ${folder}: ${(error as Error).message}\n  choose a writable --prefix`,
      { cause: error },
    );
  }
  return { name, folder, file, spec, replaced: old !== undefined };
}

/**
 * Removes the kernelspec that `installKernel` with the same options wrote.
 * @returns The removed folder, or undefined when there was nothing to remove.
 * @throws KernelSpecError when the kernelspec there is not ours.
 */
export function uninstallKernel(options: SpecOptions = {}): string | undefined {
  const folder = kernelSpecFolder(options);
  const spec = findKernelSpec(folder);
  if (!spec) return undefined;
  if (!isOurs(spec)) {
    throw new KernelSpecError(`Cannot remove ${folder}: it belongs to "${spec.display_name}", not to alphabook`);
  }
  rmSync(folder, { recursive: true });
  return folder;
}

export function isOurs(spec: KernelSpec): boolean {
  return spec.metadata?.owner === OWNER;
}
