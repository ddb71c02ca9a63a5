import { mkdtemp, mkdir, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-qlib-"));
  for (const name of ["calendars", "instruments", "features"]) await mkdir(path.join(folder, name));
  await put("calendars/day.txt", "2020-01-02\n2020-01-03\n2020-01-06\n2020-01-07\n");
  await put("instruments/all.txt", "SH600000\t2020-01-02\t2020-01-07\nCON\t2020-01-03\t2020-01-31\n");
  await bin("sh600000", "close.day", [0, 1.1, NaN, 1.3, 1.4]);
  await bin("sh600000", "volume.day", [2, 300, 400]);
  await bin("_qlib_con", "close.day", [1, 7, 8]);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const put = (name: string, text: string) => writeFile(path.join(folder, name), text);
async function bin(instrument: string, name: string, floats: readonly number[]): Promise<void> {
  await mkdir(path.join(folder, "features", instrument), { recursive: true });
  await writeFile(
    path.join(folder, "features", instrument, `${name}.bin`),
    new Uint8Array(Float32Array.from(floats).buffer),
  );
}
const opened = () => openMarket(folder, { keepColumns: true });

describe("a binary store of Qlib", () => {
  it("gives float32 values exactly, each at its calendar index, missing outside a file's range", async () => {
    const market = await opened();
    const { instruments } = await market.loadBars({ fields: ["$close", "$volume", "$change"] });
    const f = Math.fround;
    expect(instruments.map(({ instrument, first, length }) => [instrument, first, length])).toEqual([
      ["CON", 1, 2],
      ["SH600000", 0, 4],
    ]);
    expect([...instruments[1]!.values.get("$close")!]).toEqual([f(1.1), NaN, f(1.3), f(1.4)]);
    expect([...instruments[1]!.values.get("$volume")!]).toEqual([NaN, NaN, 300, 400]);
    expect([...instruments[1]!.values.get("$change")!]).toEqual([NaN, NaN, f(1.3) / f(1.1) - 1, f(1.4) / f(1.3) - 1]);
    expect([...instruments[0]!.values.get("$volume")!]).toEqual([NaN, NaN]);
    expect(market.info().store).toBe("binary store of Qlib, float32");
  });

  it("reads the same when columns are not kept", async () => {
    const load = async (keepColumns: boolean) =>
      (await openMarket(folder, { keepColumns })).loadBars({ start: "2020-01-03", end: "2020-01-06" });
    expect((await load(false)).instruments).toEqual((await load(true)).instruments);
  });

  it("has universes with several spans of an instrument, cut to the stored range", async () => {
    await put(
      "instruments/csi2.txt",
      "sh600000\t2019-01-01\t2020-01-02\nSH600000\t2020-01-04\t2020-01-06\nGONE\t2019-01-01\t2020-01-02\n",
    );
    const market = await opened();
    const [member] = market.instruments("csi2");
    expect(member!.spans.map(({ start, end }) => [formatDatetime(start), formatDatetime(end)])).toEqual([
      ["2020-01-02", "2020-01-02"],
      ["2020-01-06", "2020-01-06"],
    ]);
    expect(market.info()["members in csi2.txt"]).toBe("1 instruments with bars, 1 without");
    expect(market.instruments("all").length).toBe(2);
  });

  it("tells which file and line is wrong", async () => {
    await put("instruments/bad.txt", "SH600000\t2020-01-02\t2020-01-03\nSH600000\t2020-02-01\t2020-01-03\n");
    await expect(opened()).rejects.toThrow(/bad.txt:2: start 2020-02-01 is after end 2020-01-03/);
    await put("instruments/bad.txt", "SH600000 2020-01-02\n");
    await expect(opened()).rejects.toThrow(/bad.txt:1: "SH600000 2020-01-02" has no name, start and end/);
    await rm(path.join(folder, "instruments", "bad.txt"));
    await bin("sh600000", "open.day", [3, 1, 2]);
    await expect(opened()).rejects.toThrow(/open.day.bin: 2 values from calendar index 3 on, but the calendar has 4/);
    await writeFile(path.join(folder, "features", "sh600000", "open.day.bin"), "abcde");
    await expect(opened()).rejects.toThrow(/open.day.bin: 5 bytes are no float32 values/);
    await put("calendars/day.txt", "2020-01-03\n2020-01-02\n");
    await expect(opened()).rejects.toThrow(/day.txt: [^]*does not ascend/);
  });

  it("is opened at a frequency it has, or one that can be made of it", async () => {
    await put("calendars/1min.txt", "2020-01-02 09:30:00\n2020-01-02 09:31:00\n2020-01-02 09:32:00\n");
    await bin("sh600000", "close.1min", [0, 1, 2, 3]);
    expect((await opened()).freq).toBe("1day");
    const minutes = await openMarket(folder, { freq: "1min" });
    expect([minutes.freq, minutes.calendar.length, minutes.fields]).toEqual([
      "1min",
      3,
      ["$close", "$factor", "$change"],
    ]);
    const two = await openMarket(folder, { freq: "2min" });
    expect([...(await two.loadBars({ fields: ["$close"] })).instruments[0]!.values.get("$close")!]).toEqual([2, 3]);
    expect((await openMarket(folder, { freq: "week" })).info().resampled).toBe("bars of 1week from bars of 1day");
    await expect(openMarket(folder, { freq: "7sec" })).rejects.toThrow(/Cannot read a frequency: "7sec"/);
    await rm(path.join(folder, "calendars", "1min.txt"));
    await expect(openMarket(folder, { freq: "1min" })).rejects.toThrow(/unknown frequency "1min"\n {2}known: 1day/);
  });

  it("has a fingerprint that a changed value changes", async () => {
    const before = await (await opened()).fingerprint();
    expect(before).toMatch(/rows=6 last=2020-01-07 float64 sha256=/);
    await bin("sh600000", "close.day", [0, 1.1, NaN, 1.3, 1.5]);
    expect(await (await opened()).fingerprint()).not.toBe(before);
  });
});
