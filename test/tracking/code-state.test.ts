import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { MAX_DIFF_BYTES, readCodeState } from "../../src/tracking/code-state.js";
import { temporaryFolder } from "../temporary-folder.js";

const git = (folder: string, ...command: string[]) =>
  execFileSync("git", ["-c", "user.name=a", "-c", "user.email=a@example.org", ...command], {
    cwd: folder,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
  }).trim();
/** Longer than a state counts as fresh. */
const aWhile = () => new Promise((resolve) => setTimeout(resolve, 1_050));

function repository(): string {
  const folder = temporaryFolder();
  git(folder, "init", "-b", "trunk");
  writeFileSync(path.join(folder, "factor.ts"), "export const window = 20;\n");
  mkdirSync(path.join(folder, "notebooks"));
  git(folder, "add", ".");
  git(folder, "commit", "-m", "first");
  return folder;
}

describe("the state of the code", () => {
  it("of a clean repository is commit and branch, also from a folder inside it", async () => {
    const folder = repository();
    const clean = { commit: git(folder, "rev-parse", "HEAD"), branch: "trunk", dirty: false, diff: "", status: "" };
    expect(await readCodeState(folder)).toEqual(clean);
    expect(await readCodeState(path.join(folder, "notebooks"))).toEqual(clean);
  });

  it("with changes is dirty and has the diff, staged or not; untracked files are named but are no change", async () => {
    const folder = repository();
    writeFileSync(path.join(folder, "out.csv"), "1\n");
    expect(await readCodeState(folder)).toMatchObject({ dirty: false, status: "? out.csv" });
    await aWhile();
    writeFileSync(path.join(folder, "factor.ts"), "export const window = 60;\n");
    const changed = await readCodeState(folder);
    expect(changed).toMatchObject({ dirty: true });
    expect(changed!.diff).toContain("-export const window = 20;\n+export const window = 60;\n");
    git(folder, "add", "factor.ts");
    await aWhile();
    expect((await readCodeState(folder))!.diff).toBe(changed!.diff);
  });

  it("is read again after a commit, and is the same object while nothing changes", async () => {
    const folder = repository();
    const before = await readCodeState(folder);
    await aWhile();
    expect(await readCodeState(folder)).toBe(before);
    writeFileSync(path.join(folder, "factor.ts"), "export const window = 5;\n");
    git(folder, "commit", "-am", "second");
    await aWhile();
    const after = await readCodeState(folder);
    expect(after).toMatchObject({ commit: git(folder, "rev-parse", "HEAD"), dirty: false });
    expect(after!.commit).not.toBe(before!.commit);
  });

  it("of a repository without a commit, and of a detached head", async () => {
    const empty = temporaryFolder();
    git(empty, "init", "-b", "trunk");
    expect(await readCodeState(empty)).toMatchObject({ commit: null, branch: "trunk", dirty: false });
    const folder = repository();
    git(folder, "checkout", "--detach");
    expect(await readCodeState(folder)).toMatchObject({ commit: git(folder, "rev-parse", "HEAD"), branch: null });
  });

  it("keeps no more of a diff than its limit, and says how much is cut", async () => {
    const folder = repository();
    writeFileSync(path.join(folder, "factor.ts"), "x".repeat(MAX_DIFF_BYTES * 2));
    const { diff } = (await readCodeState(folder))!;
    expect(diff.length).toBeLessThan(MAX_DIFF_BYTES + 100);
    expect(diff).toMatch(/\n\[cut: \d+ of \d+ bytes are not kept\]\n$/);
  });

  it("outside a repository git is asked once, not for every run", async () => {
    const folder = temporaryFolder();
    await readCodeState(folder);
    execFileSync("git", ["init", "-q", folder]);
    expect(await readCodeState(folder)).toBeUndefined();
    const began = performance.now();
    for (let i = 0; i < 1000; i++) await readCodeState(folder);
    expect(performance.now() - began).toBeLessThan(100);
  });

  it("outside a repository, or of a folder that is not there, is unknown", async () => {
    expect(await readCodeState(temporaryFolder())).toBeUndefined();
    expect(await readCodeState("/no/such/folder")).toBeUndefined();
  });

  it("takes none of git's locks", async () => {
    const folder = repository();
    writeFileSync(path.join(folder, ".git", "index.lock"), "");
    expect(await readCodeState(folder)).toMatchObject({ branch: "trunk" });
  });
});
