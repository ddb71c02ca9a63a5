import { describe, expect, test } from "vitest";
import { PAGE_STYLE } from "../../src/notebook/page-style.js";

const [light, dark] = [...PAGE_STYLE.matchAll(/:root\{([^}]*)\}/g)].map(([, text]) =>
  Object.fromEntries(text!.split(";").map((line) => line.split(/:(.*)/).slice(0, 2) as [string, string])),
);

/** Relative luminance of `#rgb` or `#rrggbb`, as WCAG 2 defines it. */
function luminance(colour: string): number {
  const digits =
    colour.length === 4 ? [...colour.slice(1)].map((digit) => digit + digit) : colour.slice(1).match(/../g)!;
  const [r, g, b] = digits
    .map((pair) => parseInt(pair, 16) / 255)
    .map((part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4));
  return 0.2126 * r! + 0.7152 * g! + 0.0722 * b!;
}
function contrast(one: string, other: string): number {
  const [a, b] = [luminance(one), luminance(other)].sort((x, y) => y - x);
  return (a! + 0.05) / (b! + 0.05);
}

test("contrast is measured as WCAG does", () => {
  expect(contrast("#000", "#ffffff")).toBeCloseTo(21, 6);
  expect(contrast("#777777", "#fff")).toBeCloseTo(4.48, 2);
});

describe.each([
  ["light", light!],
  ["dark", dark!],
])("%s colours", (_name, colours) => {
  const onPage = Object.keys(colours).filter((name) => /^--(ansi-.*|link|jp-content-font-color[12])$/.test(name));
  test.each([
    ...onPage.map((name) => [name, "--page"]),
    ...[
      "--word",
      "--text",
      "--number",
      "--name",
      "--remark",
      "--jp-content-font-color1",
      "--jp-content-font-color2",
    ].map((name) => [name, "--jp-layout-color2"]),
    ["--fault", "--fault-back"],
    ["--jp-content-font-color1", "--warn-back"],
  ])("%s can be read on %s", (text, ground) => {
    expect(contrast(colours[text!]!, colours[ground!]!)).toBeGreaterThanOrEqual(4.5);
  });
});

test("every colour that is used is there in light and in dark", () => {
  const used = new Set([...PAGE_STYLE.matchAll(/var\((--[\w-]+)\)/g)].map(([, name]) => name!));
  const sameInBoth = ["--jp-content-font-family"];
  for (const name of used) {
    expect(light).toHaveProperty(name);
    if (!sameInBoth.includes(name)) expect(dark).toHaveProperty(name);
  }
});
