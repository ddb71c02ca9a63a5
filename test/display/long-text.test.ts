import { describe, expect, it } from "vitest";
import { viewBundle } from "../../src/display/view-bundle.js";

describe("texts of a view", () => {
  it("stand as they are, escaped, the changed lines of a diff in their colours", () => {
    const { data } = viewBundle({ texts: [{ title: "a → b", text: " x < 1\n-y\n+z", diff: true }] });
    expect(data["text/html"]).toContain(
      '<pre class="ab-pre"> x &#60; 1\n<span class="ab-del">-y</span>\n<span class="ab-add">+z</span></pre>',
    );
    expect(data["text/plain"]).toBe("a → b\n   x < 1\n  -y\n  +z");
  });

  it("of a long one the first 200 lines are shown, and how many more there are", () => {
    const text = Array.from({ length: 203 }, (_, i) => `line ${i}`).join("\n");
    const { data } = viewBundle({ texts: [{ text }] });
    expect((data["text/plain"] as string).split("\n").slice(-2)).toEqual(["line 199", "… 3 more lines"]);
  });
});
