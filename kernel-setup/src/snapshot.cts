import { execFile, spawn } from "node:child_process";
import {
  accessSync,
  constants,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { promisify } from "node:util";
import { OWN_NAME, OWN_ROOT } from "./own-copy.cjs";

const run = promisify(execFile);

/** How long another process's build of the same snapshot is waited for before it is taken for dead. */
const BUILD_MS = 60_000;
const KERNEL = path.join(__dirname, "kernel.cjs");
/** Given when the snapshot is built too: it keeps the flag as it was when the first warning came. */
const NODE_FLAGS = ["--disable-warning=ExperimentalWarning"];
/**
 * V8 takes a snapshot only with the flags that it was built with. Rehashing would guard against strangers who choose the keys of our
 * maps; a roomy nursery spares the first cell its collections.
 */
const SNAPSHOT_FLAGS = ["--no-rehash-snapshot", "--no-flush-bytecode", "--min-semi-space-size=64"];
/**
 * Node reads the snapshot into memory twice, forty megabytes each time: in pages of two megabytes, where Linux has them for who asks,
 * that is a tenth of the start.
 */
const HUGE_PAGES = "glibc.malloc.hugetlb=1";
/** What the shell looks at: flags in NODE_OPTIONS too can make Node refuse a snapshot. */
const STAMP = `stamp() { stat -L -c '%i %s %Y' "$1" "$2" 2>/dev/null || stat -L -f '%i %z %m' "$1" "$2"; }`;

/**
 * Starts the kernel from its snapshot when Node is still the one that wrote it and nobody has touched it since, else plainly: a
 * snapshot of another Node would end the process before any of our code runs. Its sockets are opened by a process beside it, which
 * needs no snapshot and comes up in half the time; each end of a pipe waits until the other is opened, so both open them in one order.
 * Arguments: node, kernel.cjs, snapshot folder, connection file.
 */
const START = `${STAMP}
node=$1 blob=$3/kernel.blob now="$(stamp "$1" "$3/kernel.blob") $NODE_OPTIONS" was=
[ -r "$3/kernel.stamp" ] && { IFS= read -r of_node; IFS= read -r of_blob; } <"$3/kernel.stamp" && was="$of_node
$of_blob"
if [ "$was" = "$now" ]; then
  channels=\${2%kernel.cjs}channels.cjs pipes=\${TMPDIR:-/tmp}/alphabook-$$ connection=$4
  set -- ${SNAPSHOT_FLAGS.join(" ")} --snapshot-blob "$blob" "$2" "$4"
  if mkfifo -m 600 "$pipes.in" "$pipes.out" "$pipes.urgent" 2>/dev/null; then
    "$node" "$channels" "$connection" "$pipes" 3<"$pipes.in" 4>"$pipes.out" 5>"$pipes.urgent" &
    exec 4>"$pipes.in" 3<"$pipes.out" 5<"$pipes.urgent"
    set -- "$@" piped
  fi
  [ -z "$GLIBC_TUNABLES" ] && export GLIBC_TUNABLES=${HUGE_PAGES}
else export ALPHABOOK_SNAPSHOT="$3"; set -- "$2" "$4"
fi
exec "$node" ${NODE_FLAGS.join(" ")} "$@"`;

/** A snapshot that was written. */
export interface Snapshot {
  /** The blob. */
  readonly file: string;
  readonly bytes: number;
  /** How long building it took. */
  readonly ms: number;
}

/** Whether a kernel can start from a snapshot here. Windows has no shell to choose between two starts. */
const canStartFromSnapshot = process.platform !== "win32" && existsSync("/bin/sh");

/**
 * Where this package keeps its snapshot: the cache folder of the `node_modules` that it is installed in, or that it has.
 * @param instead The folder to use when that one cannot be written: the package was installed by somebody else.
 */
export function snapshotFolder(instead?: string): string {
  const parent = path.dirname(OWN_ROOT);
  const modules = path.basename(parent) === "node_modules" ? parent : path.join(OWN_ROOT, "node_modules");
  const folder = path.join(modules, ".cache", OWN_NAME);
  return instead === undefined || canWrite(folder) ? folder : instead;
}

function canWrite(folder: string): boolean {
  if (!existsSync(folder)) return path.dirname(folder) !== folder && canWrite(path.dirname(folder));
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** The command line of the kernel of this package, from the snapshot in `folder` where there can be one. */
export function kernelArgv(folder: string): string[] {
  return canStartFromSnapshot ? startFromSnapshotArgv(folder) : plainStartArgv();
}

/** The command line of the kernel of this package, which starts from the snapshot in `folder` when there is one that fits. */
export function startFromSnapshotArgv(folder: string): string[] {
  return ["/bin/sh", "-c", START, "alphabook-kernel", process.execPath, KERNEL, folder, "{connection_file}"];
}

/** The command line of the kernel of this package without a snapshot. */
export function plainStartArgv(): string[] {
  return [process.execPath, ...NODE_FLAGS, KERNEL, "{connection_file}"];
}

/** The folder that a command line of `startFromSnapshotArgv` looks into; undefined for any other. */
export function snapshotFolderOf(argv: readonly string[]): string | undefined {
  return argv[3] === "alphabook-kernel" ? argv[6] : undefined;
}

/**
 * Writes the snapshot of this package, for the Node that runs now, into `folder`; takes two to three seconds. What stood there is
 * replaced at the end, so that a kernel started meanwhile finds the old one, or starts plainly.
 * @returns undefined when another process is building it.
 * @throws Error when the folder cannot be written, or Node fails to build.
 */
export async function buildSnapshot(folder: string): Promise<Snapshot | undefined> {
  const startedAt = performance.now();
  if (!canStartFromSnapshot) throw new Error("Cannot build a snapshot: there is no /bin/sh here to start from it");
  mkdirSync(folder, { recursive: true });
  const building = path.join(folder, "building.blob");
  if (!claim(building)) return undefined;
  const script = path.join(folder, "building.cjs");
  try {
    writeScript(script);
    await run(process.execPath, [...NODE_FLAGS, ...SNAPSHOT_FLAGS, "--snapshot-blob", building, "--build-snapshot", script]);
    const file = path.join(folder, "kernel.blob");
    renameSync(building, file);
    const { stdout } = await run("/bin/sh", [
      "-c",
      `${STAMP}\necho "$(stamp "$1" "$2") $NODE_OPTIONS"`,
      "stamp",
      process.execPath,
      file,
    ]);
    const stamp = path.join(folder, "kernel.stamp");
    writeFileSync(`${stamp}.new`, stdout);
    renameSync(`${stamp}.new`, stamp);
    return { file, bytes: statSync(file).size, ms: performance.now() - startedAt };
  } finally {
    for (const file of [building, script]) rmSync(file, { force: true });
  }
}

/** Writes the code that fills the heap as Node takes it for that: without `exports`. */
function writeScript(file: string): void {
  const code = readFileSync(path.join(__dirname, "build-snapshot.cjs"), "utf8");
  writeFileSync(file, `((exports, __dirname) => {${code}\n})({}, ${JSON.stringify(__dirname)});`);
}

/** Builds the snapshot in a process of its own that outlives this one, at low priority; what goes wrong there is nobody's trouble. */
export function buildSnapshotAside(folder: string): void {
  const code = `require(${JSON.stringify(__filename)}).buildSnapshot(${JSON.stringify(folder)}).catch(() => {})`;
  spawn("nice", [process.execPath, "-e", code], { detached: true, stdio: "ignore" })
    .on("error", () => {})
    .unref();
}

/** Whether the building of `file` is ours now: it is its own lock, and outlives its process by a minute at most. */
function claim(file: string): boolean {
  try {
    if (Date.now() - statSync(file).mtimeMs < BUILD_MS) return false;
    rmSync(file, { force: true });
  } catch {
    // nobody builds
  }
  try {
    writeFileSync(file, "", { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

/** How this kernel's process started. */
export function howStarted(): "snapshot" | "plain" {
  return woken() === "current" ? "snapshot" : "plain";
}

/** The folder of a snapshot to be built anew, for a process that could have started from it; undefined when there is nothing to do. */
export function takeSnapshotToBuild(): string | undefined {
  const { ALPHABOOK_SNAPSHOT: given } = process.env;
  // What a cell starts is no kernel.
  delete process.env.ALPHABOOK_SNAPSHOT;
  if (process.env.GLIBC_TUNABLES === HUGE_PAGES) delete process.env.GLIBC_TUNABLES;
  if (woken() !== "outdated") return given;
  const at = process.execArgv.indexOf("--snapshot-blob");
  return at < 0 ? undefined : path.dirname(process.execArgv[at + 1]!);
}

const woken = () => (globalThis as Record<symbol, unknown>)[Symbol.for("alphabook.snapshot")];
