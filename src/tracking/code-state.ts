import { execFile } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";
import { hidePasswords } from "../engine/hide-passwords.js";

/** The state of the code in a folder's git repository. */
export interface CodeState {
  /** Full hash; null in a repository without a commit. */
  readonly commit: string | null;
  /** null when no branch is checked out. */
  readonly branch: string | null;
  /**
   * True when a tracked file differs from the commit, staged or not; untracked files (a store, outputs) do not count.
   */
  readonly dirty: boolean;
  /** `git diff HEAD`, at most {@link MAX_DIFF_BYTES}; "" when nothing tracked differs. */
  readonly diff: string;
  /**
   * One line per file that differs or is untracked, as `git status --porcelain=v2` writes them; at most {@link
   * MAX_STATUS_LINES}.
   */
  readonly status: string;
}

/** More of a diff than this is cut, and a last line says how much. */
export const MAX_DIFF_BYTES = 1_000_000;
export const MAX_STATUS_LINES = 1_000;

const TIMEOUT_MS = 5_000;
const READ_LIMIT = 64 * 1024 * 1024;
/** A state looked at less than this long ago counts as current: runs that start in a row look once. */
const FRESH_MS = 1_000;
/** A folder outside a repository is not looked at again for this long: asking git takes a process. */
const OUTSIDE_MS = 10_000;
/** Files looked at before the event loop gets its turn. */
const STAT_SLICE = 250;

interface Known {
  readonly state: CodeState;
  /** Files whose times tell of a change: those of git itself, then the tracked ones. */
  readonly files: readonly string[];
  /** Their times just before git was asked, so that a change meanwhile is seen at the next look. */
  readonly times: Float64Array;
  checkedAt: number;
}

const known = new Map<string, Known>();
/** When folders outside a repository were looked at last. */
const outside = new Map<string, number>();
const reading = new Map<string, Promise<CodeState | undefined>>();

/**
 * Commit, branch, dirty flag and uncommitted diff of the repository that `folder` lies in; undefined outside a
 * repository or without git.
 *
 * Git is asked once per process and folder, and again only when HEAD, the index or a tracked file has another time; a
 * state looked at within the last second is given without a look. A folder outside a repository is looked at again after
 * 10 s. Never throws, prints nothing, takes no lock of git's.
 */
export function readCodeState(folder: string): Promise<CodeState | undefined> {
  const before = known.get(folder);
  if (before && performance.now() - before.checkedAt < FRESH_MS) return Promise.resolve(before.state);
  const lookedAt = outside.get(folder);
  if (lookedAt !== undefined && performance.now() - lookedAt < OUTSIDE_MS) return Promise.resolve(undefined);
  let running = reading.get(folder);
  if (!running) {
    running = lookAgain(folder, before)
      .catch(() => undefined)
      .then((state) => {
        if (state === undefined) outside.set(folder, performance.now());
        else outside.delete(folder);
        return state;
      })
      .finally(() => reading.delete(folder));
    reading.set(folder, running);
  }
  return running;
}

async function lookAgain(folder: string, before: Known | undefined): Promise<CodeState | undefined> {
  const checkedAt = performance.now();
  if (before && sameTimes(before.times, await timesOf(before.files))) {
    before.checkedAt = checkedAt;
    return before.state;
  }
  const places = await findRepository(folder);
  if (!places) return undefined;
  const files = [...places.own, ...places.tracked];
  const times = await timesOf(files);
  const state = await askGit(places.root);
  if (state) known.set(folder, { state, files, times, checkedAt });
  return state;
}

interface Repository {
  readonly root: string;
  /** HEAD, index and the branch's own file. */
  readonly own: readonly string[];
  readonly tracked: readonly string[];
}

async function findRepository(folder: string): Promise<Repository | undefined> {
  const [places, head, tracked] = await Promise.all([
    git(folder, "rev-parse", "--show-toplevel", "--absolute-git-dir", "--git-common-dir"),
    git(folder, "symbolic-ref", "--quiet", "HEAD"),
    git(folder, "ls-files", "-z", "--full-name", ":/"),
  ]);
  if (places === undefined) return undefined;
  const [root, gitDir, shared] = places
    .trimEnd()
    .split("\n")
    .map((line) => path.resolve(folder, line)) as [string, string, string];
  const own = [
    path.join(gitDir, "HEAD"),
    path.join(gitDir, "index"),
    ...(head ? [path.join(shared, head.trim())] : []),
  ];
  return {
    root,
    own,
    tracked: (tracked ?? "")
      .split("\0")
      .filter(Boolean)
      .map((name) => path.join(root, name)),
  };
}

async function askGit(root: string): Promise<CodeState | undefined> {
  const [status, diff] = await Promise.all([
    git(root, "status", "--porcelain=v2", "--branch"),
    git(root, "diff", "--no-color", "--no-ext-diff", "HEAD"),
  ]);
  if (status === undefined) return undefined;
  const { commit, branch, lines } = parseStatus(status);
  const dirty = lines.some((line) => !line.startsWith("? "));
  return Object.freeze({ commit, branch, dirty, diff: capDiff(hidePasswords(diff ?? "")), status: capLines(lines) });
}

/** Reads git's `--porcelain=v2 --branch`: header lines begin with `#`, all others are files that differ. */
function parseStatus(text: string): { commit: string | null; branch: string | null; lines: string[] } {
  const all = text.split("\n").filter(Boolean);
  const header = (name: string) =>
    all.find((line) => line.startsWith(`# branch.${name} `))?.slice(`# branch.${name} `.length);
  const [commit, branch] = [header("oid"), header("head")];
  return {
    commit: commit === undefined || commit === "(initial)" ? null : commit,
    branch: branch === undefined || branch === "(detached)" ? null : branch,
    lines: all.filter((line) => !line.startsWith("# ")),
  };
}

function capDiff(diff: string): string {
  const bytes = Buffer.from(diff);
  if (bytes.length <= MAX_DIFF_BYTES) return diff;
  return `${bytes.subarray(0, MAX_DIFF_BYTES).toString()}\n[cut: ${bytes.length - MAX_DIFF_BYTES} of ${bytes.length} bytes are not kept]\n`;
}

function capLines(lines: readonly string[]): string {
  const more = lines.length - MAX_STATUS_LINES;
  return [...lines.slice(0, MAX_STATUS_LINES), ...(more > 0 ? [`[cut: ${more} more files differ]`] : [])].join("\n");
}

/** What git prints, or undefined when it fails for whatever reason; its own messages are swallowed. */
function git(folder: string, ...command: string[]): Promise<string | undefined> {
  return new Promise((resolve) => {
    const settings = {
      cwd: folder,
      timeout: TIMEOUT_MS,
      maxBuffer: READ_LIMIT,
      windowsHide: true,
      env: { ...process.env, GIT_OPTIONAL_LOCKS: "0", LC_ALL: "C" },
    };
    execFile("git", command, settings, (error, stdout) => resolve(error ? undefined : stdout));
  });
}

/** Time of change of each file, epoch ms; NaN for a file that is gone. */
async function timesOf(files: readonly string[]): Promise<Float64Array> {
  const times = new Float64Array(files.length);
  for (let i = 0; i < files.length; i++) {
    if (i % STAT_SLICE === STAT_SLICE - 1) await new Promise(setImmediate);
    times[i] = statSync(files[i]!, { throwIfNoEntry: false })?.mtimeMs ?? NaN;
  }
  return times;
}

function sameTimes(a: Float64Array, b: Float64Array): boolean {
  return a.length === b.length && a.every((time, i) => Object.is(time, b[i]));
}
