import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from "node:fs";
import path from "node:path";
import { table, type ColumnTable } from "arquero";
import { beforeAll, describe, expect, it } from "vitest";
import { InvalidArgumentError, LoadObjectError, MissingArtifactError } from "../../src/errors.js";
import { Panel } from "../../src/panel/panel.js";
import { registerArtifactCodec } from "../../src/tracking/codec.js";
import type { Recorder } from "../../src/tracking/recorder.js";
import { R } from "../../src/tracking/r.js";
import { sql } from "../../src/tracking/sql.js";
import { temporaryFolder } from "../temporary-folder.js";

class Scaler {
  constructor(readonly mean: number) {}
}
const scalerCodec = {
  name: "Scaler",
  version: 2,
  accepts: (value: unknown): value is Scaler => value instanceof Scaler,
  toText: ({ mean }: Scaler) => `mean=${mean}`,
  fromText: (text: string, { version }: { version: number }) => new Scaler(Number(text.slice(5)) + (version - 2)),
};

let run: Recorder;
const day = (n: number) => new Date(Date.UTC(2020, 0, n));
const file = (name: string) => path.join(run.getLocalDir(), name);
beforeAll(async () => {
  R.setUri(temporaryFolder());
  run = await R.start({ experimentName: "artifacts" });
});

describe("round trips", () => {
  it("a table comes back sorted by datetime and instrument, with its types", async () => {
    const pred = table({
      datetime: [day(3), day(2), day(2)],
      instrument: ["A", "B", "A"],
      score: [3, NaN, 1.5],
      rank: [1, 2, null],
      ok: [true, false, null],
    });
    await run.saveObjects({ pred });
    const back = (await run.loadObject("pred")) as ColumnTable;
    expect(back.columnNames()).toEqual(["datetime", "instrument", "score", "rank", "ok"]);
    expect(back.objects()).toEqual([
      { datetime: day(2), instrument: "A", score: 1.5, rank: null, ok: null },
      { datetime: day(2), instrument: "B", score: NaN, rank: 2, ok: false },
      { datetime: day(3), instrument: "A", score: 3, rank: 1, ok: true },
    ]);
  });

  it("a panel comes back as a table that makes the same panel", async () => {
    const panel = Panel.from({
      datetime: ["2020-01-02", "2020-01-02", "2020-01-03"],
      instrument: ["B", "A", "A"],
      x: Float32Array.of(1, 2, 3),
      y: [NaN, Infinity, -1],
    });
    await run.saveObjects({ panel });
    expect(Panel.from((await run.loadObject("panel")) as ColumnTable)).toEqual(panel);
  });

  it("a table of any run is a table in SQL", async () => {
    await run.saveObjects({ ic: table({ datetime: [day(2)], ic: [0.5] }) }, { artifactPath: "sig_analysis" });
    expect((await sql`SELECT run_id, datetime, ic FROM artifact."sig_analysis/ic"`).rows()).toEqual([
      { run_id: run.id, datetime: day(2), ic: 0.5 },
    ]);
  });

  it.each([
    ["plain values", { a: [1, null, { b: NaN }], at: day(2), by: new Map([[1n, new Set(["x"])]]) }],
    ["text", "line 1\nline 2 ✓"],
    ["bytes", Uint8Array.of(0, 255, 10)],
    ["a typed array, exactly", Float64Array.of(0.1, -0, NaN, 5e-324)],
    ["null", null],
  ])("%s come back equal", async (name, value) => {
    await run.saveObjects({ [name]: value });
    expect(await run.loadObject(name)).toStrictEqual(value);
  });

  it("an object of a class comes back by its codec, which is told the version that wrote it", async () => {
    const forget = registerArtifactCodec(scalerCodec);
    await run.saveObjects({ params: new Scaler(0.25) });
    expect(readFileSync(file("params.txt"), "utf8")).toBe('{"codec":"Scaler","version":2,"class":"Scaler"}\nmean=0.25');
    expect(await run.loadObject("params.pkl")).toEqual(new Scaler(0.25));
    forget();
    await expect(run.loadObject("params")).rejects.toThrow(/codec "Scaler" is not registered/);
    await expect(run.saveObjects({ other: new Scaler(1) })).rejects.toThrow(
      'Cannot save "other": nothing says how an object of class Scaler is written',
    );
  });

  it("what is saved is what was given, not what became of it", async () => {
    const list = [1];
    const saving = run.saveObjects({ list });
    list.push(2);
    await saving;
    expect(await run.loadObject("list")).toEqual([1]);
  });
});

describe("names", () => {
  it("the same name again replaces it, also with another kind", async () => {
    await run.saveObjects({ twice: 1 });
    await Promise.all([run.saveObjects({ twice: 2 }), run.saveObjects({ twice: "three" })]);
    expect(await run.loadObject("twice")).toBe("three");
  });

  it("the endings of pickled and Parquet files are accepted, when saving too", async () => {
    await run.saveObjects({ "label.pkl": table({ a: [1] }) });
    expect(await run.hasArtifact("label")).toBe(true);
    expect(((await run.loadObject("label.parquet")) as ColumnTable).get("a", 0)).toBe(1);
  });

  it("are listed level by level or all", async () => {
    const other = await (await R.getExp()).start({ recorderName: "list" });
    await other.saveObjects({ b: 1, a: 2 });
    await other.saveObjects({ x: 1 }, { artifactPath: "deep/er" });
    await other.endRun();
    const own = async (...given: Parameters<Recorder["listArtifacts"]>) =>
      (await other.listArtifacts(...given)).filter((name) => !name.startsWith("code_"));
    expect(await own()).toEqual(["a", "b", "deep"]);
    expect(await own("deep")).toEqual(["deep/er"]);
    expect(await own("", { recursive: true })).toEqual(["a", "b", "deep/er/x"]);
    expect(await own("none")).toEqual([]);
  });

  it.each(["../out", "/abs", "a/../../b", "a//b", "", "c:\\x", "a/./b"])("%o is refused", async (name) => {
    await expect(run.saveObjects({ [name]: 1 })).rejects.toThrow(InvalidArgumentError);
    await expect(run.saveObjects({ x: 1 }, { artifactPath: `ok/${name}/..` })).rejects.toThrow(InvalidArgumentError);
  });

  it("a symbolic link does not lead out", async () => {
    const outside = temporaryFolder();
    symlinkSync(outside, file("link"));
    await expect(run.saveObjects({ x: 1 }, { artifactPath: "link" })).rejects.toThrow("a symbolic link");
  });

  it("nothing is written of a call with one bad value", async () => {
    await expect(run.saveObjects({ fine: 1, bad: () => 1 })).rejects.toThrow('"bad"');
    await expect(run.saveObjects({ fine: 1, bad: undefined })).rejects.toThrow("was an await forgotten");
    await expect(run.saveObjects({ fine: 1, bad: Promise.resolve(1) })).rejects.toThrow("await it first");
    expect(await run.hasArtifact("fine")).toBe(false);
  });
});

describe("what cannot be loaded", () => {
  it("a missing one names the nearest and lists what there is", async () => {
    await run.saveObjects({ positions: 1 });
    const missing = run.loadObject("postions.pkl");
    await expect(missing).rejects.toThrow(MissingArtifactError);
    await expect(missing).rejects.toThrow(/there are: .*positions.*\n  did you mean "positions"\?/);
  });

  it("a damaged one is not a missing one, and says why", async () => {
    await run.saveObjects({ cut: { a: 1 }, broken: table({ a: [1, 2, 3] }) });
    truncateSync(file("cut.json"), 3);
    truncateSync(file("broken.parquet"), 20);
    await expect(run.loadObject("cut")).rejects.toThrow(/Cannot load "cut"[\s\S]*3 bytes, 7 were written/);
    await expect(run.loadObject("broken")).rejects.toThrow(LoadObjectError);
    await expect(run.loadObject("broken")).rejects.toMatchObject({ cause: expect.any(Error) as Error });
  });

  it("one whose file was deleted is missing", async () => {
    await run.saveObjects({ gone: 1 });
    rmSync(file("gone.json"));
    await expect(run.loadObject("gone")).rejects.toThrow(MissingArtifactError);
  });
});

describe("files", () => {
  it("keep their names and content; a folder's contents are taken", async () => {
    const folder = temporaryFolder();
    mkdirSync(path.join(folder, "sub"));
    writeFileSync(path.join(folder, "a.csv"), "x\n1\n");
    writeFileSync(path.join(folder, "sub", "b.bin"), Uint8Array.of(1, 2));
    await run.saveFiles(folder, { artifactPath: "raw" });
    expect(await run.listArtifacts("raw", { recursive: true })).toEqual(["raw/a.csv", "raw/sub/b.bin"]);
    expect(await run.loadObject("raw/sub/b.bin")).toEqual(Uint8Array.of(1, 2));
    const copy = await run.downloadArtifact("raw/a.csv", path.join(folder, "copy"));
    expect([copy, readFileSync(copy, "utf8")]).toEqual([path.join(folder, "copy", "a.csv"), "x\n1\n"]);
    expect(await run.downloadArtifact("raw/a.csv")).toBe(file("raw/a.csv"));
    await run.logArtifact(path.join(folder, "sub"), { artifactPath: "raw2" });
    await run.logArtifact(path.join(folder, "a.csv"));
    expect([await run.listArtifacts("raw2", { recursive: true }), await run.hasArtifact("a.csv")]).toEqual([
      ["raw2/sub/b.bin"],
      true,
    ]);
    await expect(run.saveFiles(path.join(folder, "none"))).rejects.toThrow("does not exist");
  });

  it("two names that would share a file are refused", async () => {
    const folder = temporaryFolder();
    writeFileSync(path.join(folder, "notes.txt"), "mine");
    await run.saveObjects({ notes: "text" });
    await expect(run.saveFiles(path.join(folder, "notes.txt"))).rejects.toThrow(
      'its file notes.txt holds artifact "notes" already',
    );
    expect(await run.loadObject("notes")).toBe("text");
  });
});
