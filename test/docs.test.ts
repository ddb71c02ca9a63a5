import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { inspect, isDeepStrictEqual } from "node:util";
import ts from "typescript";
import { describe, expect, it } from "vitest";

const src = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "src");
const files = (readdirSync(src, { recursive: true }) as string[]).filter((file) => file.endsWith(".ts"));

describe("examples in docstrings", () => {
  for (const file of files) {
    for (const { code, line } of examplesOf(readFileSync(path.join(src, file), "utf8"))) {
      it(`${file}:${line}`, async () => {
        // Names come from the package, else from the example's own file.
        const names = {
          ...(await import(path.join(src, file))),
          ...(await import("../src/index.js")),
          ...(await import("arquero")),
        };
        let checked = 0;
        const check = (value: unknown, expected: string) => {
          checked++;
          expect(shows(value, expected), `${inspect(value)} is shown as ${expected}`).toBe(true);
        };
        const used = Object.keys(names).filter(
          (name) =>
            new RegExp(`\\b${name}\\b`).test(code) &&
            !new RegExp(`\\b(const|let|class|function) ${name}\\b`).test(code),
        );
        const body = ts.transpile(withChecks(code), { target: ts.ScriptTarget.ES2022 });
        const AsyncFunction = (async () => {}).constructor as new (
          ...parts: string[]
        ) => (...values: unknown[]) => Promise<void>;
        await new AsyncFunction("check", ...used, body)(check, ...used.map((name) => names[name]));
        expect(checked).toBe(code.split("\n").filter((text) => text.includes("// -> ")).length);
      });
    }
  }
});

/** The code after each `@example`, up to the next tag or the comment's end. */
function examplesOf(text: string): { code: string; line: number }[] {
  const found = [];
  for (const comment of text.matchAll(/\/\*\*[\s\S]*?\*\//g)) {
    const at = comment[0].indexOf("@example");
    if (at < 0) continue;
    const code = comment[0]
      .slice(at + "@example".length)
      .replace(/\*\/$/, "")
      .split("\n")
      .map((line) => line.replace(/^\s*\* ?/, ""))
      .join("\n")
      .split(/\n@\w+/)[0]!;
    if (code.includes("// -> "))
      found.push({ code: code.trim(), line: text.slice(0, comment.index + at).split("\n").length });
  }
  return found;
}

/** `expression // -> value` becomes a check. */
function withChecks(code: string): string {
  return code
    .split("\n")
    .map((line) => {
      const [, expression, expected] = /^(.*?);?\s*\/\/ -> (.*)$/.exec(line) ?? [];
      return expected === undefined ? line : `check(${expression}, ${JSON.stringify(expected.trim())});`;
    })
    .join("\n");
}

/** Whether a value is what the example says: as text, or as the value of the text. */
function shows(value: unknown, expected: string): boolean {
  const text = inspect(value, { breakLength: Infinity, depth: 5 });
  if (
    text === expected ||
    text.replace(/^(\w+)\(\d+\) \[ (.*) \]$/, "$1 [$2]") === expected ||
    String(value) === expected
  )
    return true;
  try {
    const wanted: unknown = new Function(`return (${expected})`)();
    const plain = ArrayBuffer.isView(value) ? Array.from(value as Float64Array) : value;
    if (typeof wanted === "number" && typeof plain === "number")
      return Object.is(wanted, plain) || Math.abs(wanted - plain) <= 1e-9 * Math.max(1, Math.abs(wanted));
    return isDeepStrictEqual(plain, wanted) || JSON.stringify(plain) === JSON.stringify(wanted);
  } catch {
    return false;
  }
}
