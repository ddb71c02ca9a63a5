import { ConfigError, nearest } from "../errors.js";

/** Keys and indices from the root to a value. */
export type ConfigPath = readonly (string | number)[];

/** Where something stands: a line and a column of a file, both from 1, and the line itself. */
export interface Place {
  /** As it is shown: a file's name, or `-p` for an override. */
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly source: string;
  /** Where line and column are not those of the file, because a template was rendered: a sentence about it. */
  readonly rendered?: string;
}

/** `task.record[1].class` */
export const pathText = (path: ConfigPath): string =>
  path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    "",
  );

/** Where the keys and the values of a configuration stand in the files it was read from. */
export class Places {
  readonly #keys = new Map<string, Place>();
  readonly #values = new Map<string, Place>();

  set(path: ConfigPath, value: Place, key: Place = value): void {
    this.#values.set(idOf(path), value);
    this.#keys.set(idOf(path), key);
  }

  /** Where the value stands; of a value that is not there, the nearest thing that holds it. */
  of(path: ConfigPath): Place | undefined {
    return find(this.#values, path);
  }

  /** Where the key of a value stands. */
  ofKey(path: ConfigPath): Place | undefined {
    return find(this.#keys, path);
  }

  /** These places with those of a configuration laid over it. */
  with(over: Places): Places {
    const both = new Places();
    for (const from of [this, over]) {
      for (const [id, place] of from.#values) both.#values.set(id, place);
      for (const [id, place] of from.#keys) both.#keys.set(id, place);
    }
    return both;
  }
}

const idOf = (path: ConfigPath) => JSON.stringify(path);

function find(places: ReadonlyMap<string, Place>, path: ConfigPath): Place | undefined {
  for (let length = path.length; length >= 0; length--) {
    const place = places.get(idOf(path.slice(0, length)));
    if (place) return place;
  }
  return undefined;
}

export interface MistakeOptions {
  /** The configuration, as it is called: a file's name. */
  readonly name: string;
  readonly place?: Place | undefined;
  readonly path?: ConfigPath;
  /** What is wrong, without full stop. */
  readonly state: string;
  /** What there is instead; the name nearest to `given` is offered. */
  readonly known?: { readonly what: string; readonly names: Iterable<string>; readonly given?: string };
  /** What to do next, a line each. */
  readonly next?: readonly string[];
  readonly cause?: unknown;
}

const [SHOWN_NAMES, SHOWN_WIDTH] = [16, 100];

/** One screen about one mistake: file, line, column and path, the line with a caret, what there is, the nearest name. */
export function mistakeAt({ name, place, path = [], state, known, next = [], cause }: MistakeOptions): ConfigError {
  const where = place ? `${place.file}:${place.line}:${place.column}` : name;
  const at = path.length > 0 ? ` at ${pathText(path)}` : "";
  const lines = [`Cannot read workflow ${where}${at}: ${state}`];
  if (place && place.source.trim() !== "") lines.push(...pointed(place));
  if (place?.rendered !== undefined) lines.push(`  ${place.rendered}`);
  if (known) {
    const names = [...new Set(known.names)].sort();
    const more = names.length > SHOWN_NAMES ? ` … (${names.length})` : "";
    lines.push(`  ${known.what}: ${names.slice(0, SHOWN_NAMES).join(", ") || "none"}${more}`);
    const near = known.given === undefined ? undefined : nearest(known.given, names);
    if (near !== undefined) lines.push(`  did you mean "${near}"?`);
  }
  lines.push(...next.map((line) => `  ${line}`));
  return new ConfigError(lines.join("\n"), cause === undefined ? undefined : { cause });
}

/** The line of a place and a caret below it; a long line is cut around the column. */
function pointed({ line, column, source }: Place): string[] {
  const from = Math.max(0, Math.min(column - 1 - SHOWN_WIDTH / 2, source.length - SHOWN_WIDTH));
  const text = source.slice(from, from + SHOWN_WIDTH);
  const number = `  ${line} | `;
  const bar = `${" ".repeat(number.length - 2)}| `;
  return [`${number}${text}`, `${bar}${" ".repeat(column - 1 - from)}^`];
}
