import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { drawableSvg } from "../../src/display/drawable-svg.js";
import { DataError } from "../../src/errors.js";

const repository = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "..");
const svg = (inside: string, size = 'width="100" height="50"') => `<svg ${size}>${inside}</svg>`;

it("what can be seen stays, byte for byte", () => {
  const seen = [
    '<g transform="translate(5,5)"><path d="M0,0h90v40h-90Z"/><text x="3" y="9">a</text></g>',
    // Partly outside, though its ends are far away.
    '<path d="M-5000,20L5000,30" opacity="0.5"/>',
    '<path transform="translate(50,25)" d="M0,-400A400,400,0,1,1,0,400Z" opacity="0.5"/>',
    // The two shifts take each other back.
    '<g transform="translate(900,0)"><path transform="translate(-890,0)" d="M0,0h9"/></g>',
    '<defs><clipPath id="c"><path d="M5000,0h9v9Z"/></clipPath></defs>',
    '<line x1="0" x2="0" y1="-5000" y2="5000"/><rect x="-9000" y="0" width="9050" height="9"/>',
    '<g transform="rotate(90)"><path d="M0,-5000h9v-9"/></g>',
  ];
  for (const inside of seen) expect(drawableSvg(svg(inside))).toBe(svg(inside));
});

it("what lies a picture's size outside is left out, in groups too", () => {
  const far = [
    '<path transform="translate(1000,5)" d="M0,0h9" opacity="0.5"/>',
    '<path d="M10,-500L20,-60" opacity="0.5"/>',
    '<path d="m0,-80l9,9" opacity="0.5"/>',
    '<text transform="translate(5,160)" opacity="0.5">a<tspan>b</tspan></text>',
    '<rect x="205" y="0" width="10" height="10"/><circle cx="-200" cy="0" r="50"/>',
    '<path transform="translate(300,5) rotate(45)" d="M0,-5h9v9"/>',
  ];
  for (const inside of far) expect(drawableSvg(svg(inside))).toBe(svg(""));
  const group = (inside: string) => svg(`<g transform="translate(400,5)"><g>${inside}</g></g><path d="M0,0h9"/>`);
  expect(drawableSvg(group('<path d="M0,0h9"/>'))).toBe(group(""));
});

it("a picture without a size, one of millions of pixels, and a mark without an end are errors with their numbers", () => {
  expect(() => drawableSvg("<svg></svg>")).toThrow("it is NaN × NaN px");
  expect(() => drawableSvg(svg("", 'width="0" height="50"'))).toThrow(DataError);
  expect(() => drawableSvg(svg("", 'width="1e+300" height="50"'))).toThrow("it is 1e+300 × 50 px");
  expect(() => drawableSvg(svg("", 'width="4000" height="4000"'))).toThrow("at most 12 million pixels");
  expect(() => drawableSvg(svg('<path d="M0,0A1e+39,1e+39,0,0,1,5,5"/>'))).toThrow("a mark reaches from (-2e+39");
  expect(() => drawableSvg(svg('<path d="M0,0h9" stroke-width="1e+30"/>'))).toThrow(DataError);
});

it("no specification ends the process", { timeout: 120_000 }, () => {
  const built = path.join(repository, "dist", "display", "render.js");
  expect(existsSync(built), "npm run build:package makes dist/display/drawable-svg.js").toBe(true);
  const code = `
    const { renderPng } = await import(${JSON.stringify(built)});
    const x = { field: "x", type: "quantitative" }, y = { field: "y", type: "quantitative" }, plain = { ...x, scale: null };
    const spec = (mark, encoding, more = {}) => ({ data: { values: [{ x: 1, y: 1 }, { x: 2, y: 3 }] }, width: 200, height: 100, mark, encoding, ...more });
    const free = { autosize: "none" };
    const specs = {
      "a point outside": spec({ type: "point", x: 1000 }, { y }, free),
      "a clipped point outside": spec({ type: "point", clip: true, x: 1e5 }, { y }, free),
      "a faint line outside": spec({ type: "line", opacity: 0.5, y: -7000 }, { x }, free),
      "an endless arc": spec({ type: "arc", radius: 1e39, theta: 1, theta2: 3 }, {}, free),
      "a size that is no number": spec({ type: "point", size: NaN }, { x, y }),
      "coordinates of 1e10": spec({ type: "line", x: 1e10 }, { y }),
      "coordinates of 1e300": spec("point", { x: plain, y }, { data: { values: [{ x: 1e300, y: 1 }] } }),
      "a stroke of 1e30": spec({ type: "line", strokeWidth: 1e30 }, { x, y }),
      "letters of 1e9": spec({ type: "text", text: "a", fontSize: 1e9 }, { x, y }),
      "a width of 1e9": spec("point", { x }, { width: 1e9 }),
      "900 million pixels": spec("point", { x }, { width: 30000, height: 30000 }),
    };
    for (const [name, of] of Object.entries(specs))
      console.log(name + ": " + (await renderPng(of).then(({ width }) => "drawn, " + (width > 0), (error) => error.name)));
  `;
  const { stdout, signal, status } = spawnSync(process.execPath, ["--input-type=module", "-e", code], {
    encoding: "utf8",
  });
  expect({ signal, status }).toEqual({ signal: null, status: 0 });
  expect(stdout.trim().split("\n")).toEqual([
    "a point outside: drawn, true",
    "a clipped point outside: drawn, true",
    "a faint line outside: drawn, true",
    "an endless arc: DataError",
    "a size that is no number: drawn, true",
    "coordinates of 1e10: DataError",
    "coordinates of 1e300: DataError",
    "a stroke of 1e30: DataError",
    "letters of 1e9: DataError",
    "a width of 1e9: DataError",
    "900 million pixels: DataError",
  ]);
});
