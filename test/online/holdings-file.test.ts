import { writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, it } from "vitest";
import { DataError, UnknownNameError } from "../../src/errors.js";
import { readHoldingsFile } from "../../src/online/holdings-file.js";
import { temporaryFolder } from "../temporary-folder.js";

const file = path.join(temporaryFolder(), "holdings.csv");
const read = (text: string) => {
  writeFileSync(file, text);
  return readHoldingsFile(file, ["S0001", "S0002"]);
};

describe("a file of what is held", () => {
  it("gives the shares by instrument, with blanks, quotes, empty lines and a byte order mark passed over", () => {
    expect(read('\uFEFFinstrument, shares\r\n"S0001",300\r\n\r\n S0002 , 1.5\r\n')).toEqual({ S0001: 300, S0002: 1.5 });
    expect(read("instrument,shares")).toEqual({});
  });

  it.each([
    ["S0001,300\n", 1, /the first line is "S0001,300"\n {2}expected: instrument,shares/],
    ["shares,instrument\n300,S0001\n", 1, /expected: instrument,shares/],
    ["", 1, /the first line is ""/],
    ["instrument,shares\nS0001,many\n", 2, /"many" shares of "S0001"\n {2}expected: a number > 0/],
    ["instrument,shares\nS0001,\n", 2, /"" shares of "S0001"/],
    ["instrument,shares\nS0001,0\n", 2, /"0" shares/],
    ["instrument,shares\nS0001,-5\n", 2, /"-5" shares/],
    ["instrument,shares\nS0001,Infinity\n", 2, /"Infinity" shares/],
    ["instrument,shares\nS0001,1,200\n", 2, /"S0001,1,200" is no instrument and its shares/],
    ["instrument,shares\n,5\n", 2, /",5" is no instrument and its shares/],
    ["instrument,shares\n\nS0001,5\nS0001,6\n", 4, /"S0001" is held in line 3 already/],
  ])("points at the line that is wrong: %j", (text, line, message) => {
    expect(() => read(text)).toThrow(DataError);
    expect(() => read(text)).toThrow(`holdings.csv:${line}:`);
    expect(() => read(text)).toThrow(message);
  });

  it("names the nearest instrument for one that is not there, and a file that is not", () => {
    expect(() => read("instrument,shares\nS00002,5\n")).toThrow(UnknownNameError);
    expect(() => read("instrument,shares\nS00002,5\n")).toThrow(/holdings\.csv:2[^]*did you mean "S000/);
    expect(() => readHoldingsFile(`${file}.no`, [])).toThrow(/holdings\.csv\.no: there is no such file/);
    expect(() => readHoldingsFile(path.dirname(file), [])).toThrow(/this is no file/);
  });
});
