import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { DataError } from "../../errors.js";

const BYTES = 4;

/** Calendar indices a `.bin` file has values for. */
export interface BinRange {
  readonly first: number;
  readonly length: number;
}

/**
 * The calendar range of a `.bin` file: little-endian float32, the calendar index of the first value before the values.
 * @throws DataError naming the file when its head or its size is none, or it goes beyond the calendar.
 */
export function readBinRange(file: string, calendarLength: number): BinRange {
  const handle = openSync(file, "r");
  try {
    const { size } = fstatSync(handle);
    if (size < BYTES || size % BYTES !== 0)
      throw new DataError(`Cannot read ${file}: ${size} bytes are no float32 values with their start in front`);
    const [first] = readFloats(handle, 0, 1);
    const length = size / BYTES - 1;
    if (!Number.isInteger(first) || first! < 0 || first! + length > calendarLength)
      throw new DataError(
        `Cannot read ${file}: ${length} values from calendar index ${first} on, but the calendar has ${calendarLength} entries`,
      );
    return { first: first!, length };
  } finally {
    closeSync(handle);
  }
}

/** Values of a `.bin` file from the `skip`-th on, exactly as stored. */
export function readBinValues(file: string, skip: number, length: number): Float32Array {
  const handle = openSync(file, "r");
  try {
    return readFloats(handle, 1 + skip, length);
  } finally {
    closeSync(handle);
  }
}

/** The bytes of a `.bin` file. Values are rounded to float32. */
export function binBytes(first: number, values: ArrayLike<number>): Uint8Array {
  const floats = new Float32Array(values.length + 1);
  floats[0] = first;
  floats.set(values, 1);
  return new Uint8Array(floats.buffer);
}

function readFloats(handle: number, place: number, length: number): Float32Array {
  const values = new Float32Array(length);
  const bytes = new Uint8Array(values.buffer);
  let done = 0;
  while (done < bytes.length) {
    const read = readSync(handle, bytes, done, bytes.length - done, place * BYTES + done);
    if (read === 0) break;
    done += read;
  }
  return values.subarray(0, done / BYTES);
}
