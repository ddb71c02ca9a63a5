import { existsSync, readFileSync, statSync } from "node:fs";
import { DataError, UnknownNameError } from "../errors.js";

const HEAD = "instrument,shares";

/**
 * The shares held, from a CSV file with the columns `instrument,shares`: real shares, one line per instrument, each > 0.
 * Empty lines are passed over; quotes and blanks around a value do not belong to it.
 *
 * @param instruments The names there are.
 * @throws DataError with `file:line` for another head, a value too many or too few, a number that is none or not above 0, an
 * instrument held twice, no such file; UnknownNameError with `file:line` for an instrument that the market does not have.
 *
 * @example
 * // readHoldingsFile("holdings.csv", market.allInstruments) // -> { S0001: 300, S0004: 120 }
 */
export function readHoldingsFile(file: string, instruments: readonly string[]): Record<string, number> {
  if (!existsSync(file)) throw new DataError(`Cannot read holdings ${file}: there is no such file`);
  if (!statSync(file).isFile()) throw new DataError(`Cannot read holdings ${file}: this is no file`);
  const lines = readFileSync(file, "utf8")
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/);
  const wrong = (line: number, state: string, next: string) =>
    new DataError(`Cannot read holdings ${file}:${line}: ${state}\n  ${next}`);
  if (valuesOf(lines[0]!).join(",") !== HEAD) throw wrong(1, `the first line is "${lines[0]!}"`, `expected: ${HEAD}`);
  const known = new Set(instruments);
  const firstLines = new Map<string, number>();
  const shares: [string, number][] = [];
  for (const [i, text] of lines.entries()) {
    if (i === 0 || text.trim() === "") continue;
    const values = valuesOf(text);
    const [instrument = "", word = ""] = values;
    if (values.length !== 2 || instrument === "")
      throw wrong(i + 1, `"${text}" is no instrument and its shares`, "expected: e.g. S0001,300");
    if (!known.has(instrument))
      throw new UnknownNameError("instrument", instrument, instruments, {
        context: `Cannot read holdings ${file}:${i + 1}`,
      });
    const first = firstLines.get(instrument);
    if (first !== undefined)
      throw wrong(i + 1, `"${instrument}" is held in line ${first} already`, "expected: one line per instrument");
    const held = word === "" ? NaN : Number(word);
    if (!(held > 0 && held < Infinity))
      throw wrong(i + 1, `"${word}" shares of "${instrument}"`, "expected: a number > 0, in real shares");
    firstLines.set(instrument, i + 1);
    shares.push([instrument, held]);
  }
  return Object.fromEntries(shares);
}

const valuesOf = (line: string): string[] => line.split(",").map((value) => value.trim().replace(/^"(.*)"$/, "$1"));
