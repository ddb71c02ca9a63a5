import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { diffLines } from "../../src/tracking/line-diff.js";

/** Reads one side back from a diff that leaves nothing out. */
const side = (diff: string, mark: "-" | "+") =>
  diff
    .split("\n")
    .filter((line) => line.startsWith(" ") || line.startsWith(mark))
    .map((line) => line.slice(1))
    .join("\n");

describe("diffLines", () => {
  it("shows two unchanged lines around a change, and leaves the others out", () => {
    expect(diffLines("1\n2\n3\n4\n5\n6\n7", "1\n2\n3\n4\nfive\n6\n7")).toBe("…\n 3\n 4\n-5\n+five\n 6\n 7");
    expect(diffLines("a\nb\nc\nd\ne\nf\ng\nh", "A\nb\nc\nd\ne\nf\ng\nH")).toBe("-a\n+A\n b\n c\n…\n f\n g\n-h\n+H");
  });

  it("is empty for equal texts, and for other spaces at the ends of lines", () => {
    expect(diffLines("a\nb", "a\nb")).toBe("");
    expect(diffLines("a  \nb", "a\nb")).toBe("");
  });

  it("of an empty text all lines are added", () => {
    expect(diffLines("", "a\nb")).toBe("+a\n+b");
    expect(diffLines("a\nb", "")).toBe("-a\n-b");
  });

  it("both texts can be read back from it when all lines are shown", () => {
    const text = fc.array(fc.constantFrom("a", "b", "c"), { minLength: 1, maxLength: 4 }).map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (a, b) => {
        const diff = diffLines(a, b);
        if (a === b) expect(diff).toBe("");
        else if (!diff.includes("…")) expect([side(diff, "-"), side(diff, "+")]).toEqual([a, b]);
      }),
    );
  });
});
