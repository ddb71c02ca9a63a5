import type { Frequency } from "../../calendar/frequency.js";

/** Names that Windows keeps for devices; the store prefixes them. */
const RESERVED = /^(con|prn|aux|nul|com\d|lpt\d)$/i;
const PREFIX = "_qlib_";

/** The folder of an instrument's features. */
export function folderOf(instrument: string): string {
  const lower = instrument.toLowerCase();
  return RESERVED.test(lower) ? PREFIX + lower : lower;
}

/** The instrument a folder of features belongs to, in capitals as the store's lists have it. */
export function instrumentOf(folder: string): string {
  return (folder.startsWith(PREFIX) ? folder.slice(PREFIX.length) : folder).toUpperCase();
}

/** A frequency as file names have it: `day`, `1min`, `week`. */
export function freqName({ count, unit }: Frequency): string {
  return count === 1 && unit !== "min" ? unit : `${count}${unit}`;
}
