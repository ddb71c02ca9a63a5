import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { it } from "vitest";

const root =
  process.env.ALPHABOOK_SHARED ?? path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..", "shared");
const required = new Set((process.env.ALPHABOOK_REQUIRE ?? "").split(",").map((name) => name.trim()));

/** A file of the folder that tests share and the package does not contain: golden numbers, real prices. */
export const sharedPath = (...parts: string[]): string => path.join(root, ...parts);

/**
 * `it` for a named group of tests that need something outside the repository. Absent, they are skipped with a line that says
 * how to get it; with the group in ALPHABOOK_REQUIRE they run, and fail.
 */
export function itWith(group: string, present: boolean, howToGet: string): typeof it {
  if (present || required.has(group)) return it;
  return ((name: string, ...rest: unknown[]) =>
    it.skip(`${name} [${group}: ${howToGet}]`, ...(rest as [() => void]))) as unknown as typeof it;
}

export const itGolden = itWith(
  "golden",
  existsSync(sharedPath("golden")),
  "set ALPHABOOK_SHARED to a folder with golden/",
);
export const itData = itWith(
  "data",
  existsSync(sharedPath("data", "us_stocks_daily.parquet")),
  "set ALPHABOOK_SHARED to a folder with data/",
);
