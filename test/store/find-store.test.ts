import { mkdirSync } from "node:fs";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findStore } from "../../src/store/find-store.js";
import { temporaryFolder } from "../temporary-folder.js";

const folder = temporaryFolder();
const before = process.env.ALPHABOOK_STORE;
beforeEach(() => void delete process.env.ALPHABOOK_STORE);
afterEach(() => {
  if (before === undefined) delete process.env.ALPHABOOK_STORE;
  else process.env.ALPHABOOK_STORE = before;
});

describe("the store is", () => {
  const project = path.join(folder, "project");
  const deep = path.join(project, "notebooks", "2026");
  mkdirSync(path.join(project, ".alphabook"), { recursive: true });
  mkdirSync(deep, { recursive: true });

  it("the folder given, before all else", () => {
    process.env.ALPHABOOK_STORE = "/elsewhere";
    expect(findStore({ explicit: path.join(folder, "mine"), from: deep })).toBe(path.join(folder, "mine"));
    expect(findStore({ explicit: "relative" })).toBe(path.resolve("relative"));
  });

  it("what ALPHABOOK_STORE names", () => {
    process.env.ALPHABOOK_STORE = path.join(folder, "named");
    expect(findStore({ from: deep })).toBe(path.join(folder, "named"));
  });

  it("the next .alphabook above the notebook or folder", () => {
    expect(findStore({ from: deep })).toBe(path.join(project, ".alphabook"));
    expect(findStore({ from: path.join(deep, "a.ipynb") })).toBe(path.join(project, ".alphabook"));
  });

  it("else .alphabook in the folder itself, which is not made", () => {
    const bare = path.join(folder, "bare");
    mkdirSync(bare);
    process.env.ALPHABOOK_STORE = "";
    expect(findStore({ from: path.join(bare, "a.ipynb") })).toBe(path.join(bare, ".alphabook"));
  });
});
