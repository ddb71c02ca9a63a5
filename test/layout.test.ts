import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

const src = path.join(path.dirname(fileURLToPath(import.meta.url)), "..", "src");

/** Who may import whom; everybody may import `errors`, `engine` and `host`. The only copy of this table in code. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  engine: [],
  host: [],
  store: [],
  config: [],
  calendar: [],
  panel: [],
  data: ["panel", "calendar"],
  feature: ["data", "panel", "calendar"],
  dataset: ["feature", "data", "panel", "calendar", "config"],
  model: ["dataset", "panel"],
  tracking: ["store", "panel"],
  analysis: ["panel"],
  backtest: ["data", "panel", "calendar", "analysis", "config"],
  "record-template": ["tracking", "analysis", "backtest", "dataset", "model", "data", "panel", "calendar", "config"],
  report: ["tracking", "analysis", "panel"],
  display: ["report", "tracking", "panel"],
  task: ["calendar", "config"],
  pool: ["store", "task"],
  trainer: ["task", "pool", "tracking", "record-template", "model", "dataset", "data", "config"],
  collector: ["tracking", "store", "panel"],
};
/** Rooms at the top import anything below them; the entry points import everything. */
const TOP = ["workflow", "online", "notebook", "cli"];
/** Files directly in src that tie the rooms together. */
const ENTRY = ["index", "install"];
const EVERYBODY = ["errors", "engine", "host"];
const SQL_ROOMS = ["engine", "store", "data", "collector", "pool"];

interface Import {
  readonly file: string;
  readonly room: string;
  readonly to: string;
  readonly specifier: string;
}

const files = walk(src).filter((file) => file.endsWith(".ts"));
const imports = files.flatMap(readImports);

describe("the house", () => {
  it("has no room outside the table", () => {
    const rooms = readdirSync(src).filter((name) => statSync(path.join(src, name)).isDirectory());
    expect(rooms.filter((room) => !(room in MAY_IMPORT) && !TOP.includes(room))).toEqual([]);
  });

  it("imports go down or to a listed neighbour", () => {
    const wrong = imports.filter(({ room, to }) => {
      if (room === to || EVERYBODY.includes(to) || ENTRY.includes(room) || TOP.includes(room)) return false;
      return !(MAY_IMPORT[room] ?? []).includes(to);
    });
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("nobody below the top imports the top or the entry", () => {
    const wrong = imports.filter(
      ({ room, to }) => (TOP.includes(to) || ENTRY.includes(to)) && !TOP.includes(room) && !ENTRY.includes(room),
    );
    expect(wrong.map(({ file, specifier }) => `${file} imports ${specifier}`)).toEqual([]);
  });

  it("only display meets vega, and only through a lazy import", () => {
    const meets = files.filter((file) => /\bfrom "vega(-lite)?"|import\("vega(-lite)?"\)/.test(read(file)));
    expect(meets.map(roomOf).filter((room) => room !== "display")).toEqual([]);
    expect(meets.filter((file) => /^import (?!type)[^;]*from "vega/m.test(read(file))).map(relative)).toEqual([]);
  });

  it("only host reads the kernel's symbol", () => {
    expect(files.filter((file) => /Symbol\.for\("notebook\.kernel"\)\]/.test(read(file))).map(roomOf)).toEqual([
      "host",
    ]);
  });

  it("SQL text stands only where it may", () => {
    const sql =
      /[`"']\s*(SELECT\s[\s\S]*?\sFROM\s|INSERT INTO|CREATE (OR REPLACE )?(TABLE|VIEW|SCHEMA)|COPY \(|DELETE FROM|UPDATE \w+ SET)/;
    const code = (file: string) => read(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    expect(files.filter((file) => sql.test(code(file)) && !SQL_ROOMS.includes(roomOf(file))).map(relative)).toEqual([]);
  });

  it("no file has a name that says nothing", () => {
    expect(
      files.filter((file) => /(^|\/)(utils?|helpers?|common|misc)(\.ts|\/)/.test(relative(file))).map(relative),
    ).toEqual([]);
  });
});

function walk(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const full = path.join(folder, entry.name);
    return entry.isDirectory() ? walk(full) : [full];
  });
}

function read(file: string): string {
  return readFileSync(file, "utf8");
}

function relative(file: string): string {
  return path.relative(src, file).split(path.sep).join("/");
}

/** The room a file lies in; a file directly in src is a room of its own (`errors`, `index`). */
function roomOf(file: string): string {
  return relative(file).split("/")[0]!.replace(/\.ts$/, "");
}

function readImports(file: string): Import[] {
  const found = read(file).matchAll(/(?:^|\n)\s*(?:import|export)\s[^;"']*?from\s+"(\.[^"]+)"|import\("(\.[^"]+)"\)/g);
  return [...found].map((match) => {
    const specifier = (match[1] ?? match[2])!;
    return {
      file: relative(file),
      room: roomOf(file),
      to: roomOf(path.resolve(path.dirname(file), specifier.replace(/\.js$/, ".ts"))),
      specifier,
    };
  });
}
