import { mkdirSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeEach, describe, expect, it } from "vitest";
import type { EngineColumn, EngineTable } from "../../src/engine/columns.js";
import { textColumn } from "../../src/engine/infer-column.js";
import { Store } from "../../src/store/store.js";
import { temporaryFolder } from "../temporary-folder.js";
import { rowsOf, startOf } from "./rows-and-events.js";

const folder = temporaryFolder();
let store: Store;
let stores = 0;
beforeEach(() => {
  store = Store.open(path.join(folder, `s${stores++}`));
});
afterAll(() => store.close());

const DAY = 86_400_000;
const scores = (rows: [number, string, number][], name = "score"): EngineTable => ({
  numRows: rows.length,
  columns: new Map<string, EngineColumn>([
    [name, { type: "float64", values: Float64Array.from(rows, ([, , score]) => score) }],
    ["instrument", textColumn(rows.map(([, instrument]) => instrument))],
    ["datetime", { type: "datetime", values: Float64Array.from(rows, ([day]) => day * DAY) }],
  ]),
});

describe("the files of a run", () => {
  it("are written, listed and read", async () => {
    const files = store.artifacts("r1");
    expect(files.list()).toEqual([]);
    // sha256 of "abc": the standard's own example.
    expect(await files.write("notes/abc.txt", "abc")).toEqual({
      path: "notes/abc.txt",
      bytes: 3,
      sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
    });
    await files.write("bytes.bin", Uint8Array.of(0, 255));
    await files.write("notes/abc.txt", "changed");
    const outside = path.join(folder, "outside.txt");
    writeFileSync(outside, "copied");
    await files.copyIn("copied.txt", outside);
    expect(files.list()).toEqual(["bytes.bin", "copied.txt", "notes/abc.txt"]);
    expect(files.list("notes")).toEqual(["notes/abc.txt"]);
    expect(files.read("notes/abc.txt").toString()).toBe("changed");
    expect([...files.read("bytes.bin")]).toEqual([0, 255]);
    expect([files.has("notes/abc.txt"), files.has("notes"), files.has("nothing")]).toEqual([true, false, false]);
    expect(() => files.read("nothing.txt")).toThrow('Cannot read artifact "nothing.txt": there is no such file');
    await expect(files.readTable("nothing.parquet")).rejects.toMatchObject({
      name: "MissingArtifactError",
      paths: ["nothing.parquet"],
    });
  });

  it("have names as long as disks take them, and longer ones are refused", async () => {
    const files = store.artifacts("long-names");
    for (const name of [`${"x".repeat(251)}.txt`, `${"é".repeat(125)}.txt`, `${"n".repeat(255)}/${"m".repeat(255)}`]) {
      await files.write(name, "long");
      expect(files.read(name).toString()).toBe("long");
      expect(files.list()).toContain(name);
    }
    await files.writeTable(`${"t".repeat(247)}.parquet`, scores([[19000, "A", 1]]));
    expect((await files.readTable(`${"t".repeat(247)}.parquet`)).numRows).toBe(1);
    await expect(files.write(`a/${"é".repeat(126)}.txt`, "")).rejects.toThrow(
      /has 256 bytes, its ending included\n {2}expected: at most 255/,
    );
  });

  it("that a crashed writer left unfinished are not listed", async () => {
    const files = store.artifacts("r1");
    await files.write("a.txt", "a");
    writeFileSync(path.join(files.folder, ".b.txt.123-abcd.tmp"), "half");
    expect(files.list()).toEqual(["a.txt"]);
  });

  it.each(["../x", "a/../../x", "/etc/passwd", "", "a//b", "./a", "a/.", "C:/x", "a\\..\\x", "nul\0"])(
    "cannot lie at %j",
    async (name) => {
      await expect(store.artifacts("r1").write(name, "x")).rejects.toThrow("Cannot use artifact path");
      expect(() => store.artifacts("r1").read(name)).toThrow("Cannot use artifact path");
    },
  );

  it.each(["..", "a/b", "", ".hidden"])("cannot belong to a run %j", (run) => {
    expect(() => store.artifacts(run)).toThrow("Cannot use run id");
  });

  it("are not reached through a link that leads outside", async () => {
    const files = store.artifacts("r1");
    await files.write("inside.txt", "x");
    const outside = path.join(folder, `target-${stores}`);
    mkdirSync(outside);
    writeFileSync(path.join(outside, "secret.txt"), "secret");
    symlinkSync(outside, path.join(files.folder, "folder"));
    symlinkSync(path.join(outside, "secret.txt"), path.join(files.folder, "file.txt"));
    symlinkSync(path.join(outside, "not-yet.txt"), path.join(files.folder, "dangling.txt"));
    symlinkSync(path.join(files.folder, "inside.txt"), path.join(files.folder, "own.txt"));
    for (const name of ["folder/secret.txt", "folder/new.txt", "file.txt", "dangling.txt"]) {
      await expect(files.write(name, "x")).rejects.toThrow("a symbolic link on it leads outside");
      expect(() => files.read(name)).toThrow("a symbolic link on it leads outside");
    }
    expect(files.read("own.txt").toString()).toBe("x");
    expect(readdirSync(outside)).toEqual(["secret.txt"]);
  });
});

describe("table artifacts", () => {
  it("are sorted by datetime and instrument", async () => {
    const files = store.artifacts("r1");
    const { path: written } = await files.writeTable(
      "pred.parquet",
      scores([
        [2, "B", 0.1],
        [1, "B", 0.2],
        [2, "A", NaN],
        [1, "A", 0.4],
      ]),
    );
    expect(rowsOf(await files.readTable(written))).toEqual([
      { score: 0.4, instrument: "A", datetime: "1970-01-02" },
      { score: 0.2, instrument: "B", datetime: "1970-01-02" },
      { score: null, instrument: "A", datetime: "1970-01-03" },
      { score: 0.1, instrument: "B", datetime: "1970-01-03" },
    ]);
    expect([...(await files.readTable(written, { columns: ["score"] })).columns.keys()]).toEqual(["score"]);
  });

  const save = async (run: string, name: string, table: EngineTable) => {
    const written = await store.artifacts(run).writeTable(`${name}.parquet`, table);
    store.append({ e: "a", r: run, name, kind: "table", ...written });
  };

  it("of all runs are one view in SQL, run_id first", async () => {
    store.append([startOf("r1"), startOf("r2")]);
    await save(
      "r1",
      "pred",
      scores([
        [1, "A", 1],
        [1, "B", 2],
        [1, "C", 3],
      ]),
    );
    await save(
      "r1",
      "label",
      scores(
        [
          [1, "A", 10],
          [1, "B", 20],
          [1, "C", 30],
        ],
        "LABEL0",
      ),
    );
    await save(
      "r2",
      "pred",
      scores([
        [1, "A", 3],
        [1, "B", 2],
        [1, "C", 1],
      ]),
    );
    await save(
      "r2",
      "label",
      scores(
        [
          [1, "A", 10],
          [1, "B", 20],
          [1, "C", 30],
        ],
        "LABEL0",
      ),
    );
    await save("r1", "sig_analysis/ic", scores([[1, "A", 0.5]], "ic"));
    expect([...(await store.sql("FROM artifact.pred")).columns.keys()]).toEqual([
      "run_id",
      "score",
      "instrument",
      "datetime",
    ]);
    expect(
      rowsOf(
        await store.sql(
          `SELECT run_id, corr(p.score, l."LABEL0") AS ic FROM artifact.pred p JOIN artifact.label l USING (run_id, datetime, instrument) GROUP BY run_id ORDER BY run_id`,
        ),
      ),
    ).toEqual([
      { run_id: "r1", ic: 1 },
      { run_id: "r2", ic: -1 },
    ]);
    expect(rowsOf(await store.sql(`SELECT run_id, ic FROM artifact."sig_analysis/ic"`))).toEqual([
      { run_id: "r1", ic: 0.5 },
    ]);
    await save("r3", "pred", {
      numRows: 1,
      columns: new Map([["other", { type: "float64", values: Float64Array.of(7) }]]),
    });
    expect(rowsOf(await store.sql("SELECT run_id, score, other FROM artifact.pred WHERE run_id = 'r3'"))).toEqual([
      { run_id: "r3", score: null, other: 7 },
    ]);
  });

  it("whose file has gone are left out and counted", async () => {
    await save("r1", "pred", scores([[1, "A", 1]]));
    await save("r2", "pred", scores([[1, "A", 2]]));
    expect((await store.sql("FROM artifact.pred")).numRows).toBe(2);
    rmSync(path.join(store.artifacts("r1").folder, "pred.parquet"));
    expect(rowsOf(await store.sql("SELECT run_id FROM artifact.pred"))).toEqual([{ run_id: "r2" }]);
    expect(store.problems()).toEqual([
      { file: 'artifact "pred"', count: 1, what: "files that the log names are missing and were left out" },
    ]);
    expect(rowsOf(await store.sql("SELECT count(*) AS n FROM artifacts"))).toEqual([{ n: 2 }]);
  });

  it("that do not exist are an error that names those that do", async () => {
    await save("r1", "pred", scores([[1, "A", 1]]));
    await expect(store.sql("FROM artifact.predd")).rejects.toThrow(/predd[\s\S]*table artifacts: pred/);
  });
});
