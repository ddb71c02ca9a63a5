import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node, type Pair } from "yaml";
import { mistakeAt, Places, type ConfigPath, type Place } from "./places.js";

/** A configuration and where its parts stand. */
export interface LocatedConfig {
  readonly config: Record<string, unknown>;
  readonly places: Places;
}

export interface ReadYamlOptions {
  /** The text before its template was rendered. Default: it has none. */
  readonly raw?: string;
  /** The text as messages may show it, line for line: without secrets. */
  readonly shown?: string;
  /** Values put in where the text itself has what holds them, so that aliases of an anchor there follow. */
  readonly overrides?: readonly { readonly path: ConfigPath; readonly value: unknown }[];
}

/**
 * Reads a YAML 1.2 text whose top is a mapping, and remembers where every value stands.
 *
 * Anchors, aliases and merge keys are followed; `yes`, `on` and `2008-01-01` stay text, `1_000` is a number. What an
 * alias brings in is said to stand where its anchor is.
 *
 * @param name What the text is called in messages.
 * @throws ConfigError with file, line and column for what is no YAML, a key twice, an alias without an anchor, or a top
 *   that is no mapping.
 */
export function readYaml(
  text: string,
  name: string,
  { raw = text, shown = text, overrides = [] }: ReadYamlOptions = {},
): LocatedConfig {
  const counter = new LineCounter();
  const document = parseDocument(text, {
    ...{ lineCounter: counter, merge: true, prettyErrors: false },
    customTags: [underscored],
  });
  const reader = new YamlReader(document, counter, name, linesOf(shown), linesOf(raw));
  const [error] = document.errors;
  if (error) throw reader.mistake(pastBlanks(text, error.pos[0]), [], firstLine(error.message), error, hints(error));
  const { contents } = document;
  if (contents === null) throw reader.mistake(0, [], "the file is empty");
  if (!isMap(contents)) throw reader.mistake(contents.range?.[0] ?? 0, [], "the top is no mapping (key: value)");
  for (const { path, value } of overrides) override(document, path, value);
  const config = reader.read(contents, []) as Record<string, unknown>;
  return { config, places: reader.places };
}

/** `1_000`, as YAML 1.1 and Qlib have it. */
const underscored = {
  tag: "tag:yaml.org,2002:int",
  default: true,
  format: "UNDERSCORED",
  test: /^[-+]?\d+(?:_\d+)+$/,
  resolve: (text: string) => Number(text.replaceAll("_", "")),
} as const;

const linesOf = (text: string): string[] => text.split(/\r?\n/);

const firstLine = (message: string): string => {
  const line = message.split("\n")[0]!.replace(/ at line \d+, column \d+:?$/, "");
  return line.charAt(0).toLowerCase() + line.slice(1);
};

/** Puts a value in where the path does not lead through an alias; an anchor that stood there stays. */
function override(document: Document, path: ConfigPath, value: unknown): void {
  let holder: unknown = document.contents;
  for (const step of path.slice(0, -1)) holder = isMap(holder) || isSeq(holder) ? holder.get(step, true) : undefined;
  const last = path.at(-1)!;
  if (!isMap(holder) && !isSeq(holder)) return;
  const old = holder.get(last, true) as Node | undefined;
  if (old === undefined && (isSeq(holder) || path.length === 1)) return;
  const node = document.createNode(value) as Node;
  if (old?.range) node.range = old.range;
  if (old && !isAlias(old) && old.anchor !== undefined) (node as { anchor?: string }).anchor = old.anchor;
  const pair = isMap(holder)
    ? holder.items.find(({ key }) => isScalar(key) && String(key.value) === String(last))
    : undefined;
  if (pair) pair.value = node;
  else if (isMap(holder)) holder.items.push(document.createPair(last, node));
  else holder.set(last, node);
}

/** The place of an error is where its line begins; what it is about stands behind the blanks. */
const pastBlanks = (text: string, offset: number): number => offset + /^ */.exec(text.slice(offset))![0].length;

/** What a parser's words do not say. */
function hints({ code, message }: { readonly code: string; readonly message: string }): string[] {
  const closing = /end with a ([\]}])/.exec(message)?.[1];
  if (closing !== undefined) return [`is a ${closing} missing in a line above?`];
  if (code === "BLOCK_AS_IMPLICIT_KEY" || code === "BAD_INDENT" || code === "MISSING_CHAR")
    return ["does it begin in the column of the lines it belongs to?"];
  return [];
}

class YamlReader {
  readonly places = new Places();
  readonly #open = new Set<Node>();

  constructor(
    readonly document: Document,
    readonly counter: LineCounter,
    readonly name: string,
    readonly lines: readonly string[],
    readonly rawLines: readonly string[],
  ) {}

  mistake(offset: number, path: ConfigPath, state: string, cause?: unknown, next: readonly string[] = []): Error {
    return mistakeAt({ ...{ name: this.name, place: this.#place(offset), path, state, cause, next } });
  }

  read(node: unknown, path: ConfigPath, key?: Place): unknown {
    const offset = (node as Node | null)?.range?.[0];
    if (isAlias(node)) return this.read(this.#resolved(node, path), path, key);
    const place = offset === undefined ? key : this.#place(offset);
    if (place) this.places.set(path, place, key);
    if (isScalar(node)) return node.value;
    if (!isMap(node) && !isSeq(node)) return null;
    if (this.#open.has(node)) throw this.mistake(offset ?? 0, path, "the value contains itself");
    this.#open.add(node);
    const value = isMap(node)
      ? Object.fromEntries(this.#entries(node.items, path))
      : node.items.map((item, i) => this.read(item, [...path, i]));
    this.#open.delete(node);
    return value;
  }

  /** Keys in order; what merge keys bring in stands behind what is written. */
  #entries(items: readonly Pair[], path: ConfigPath): Map<string, unknown> {
    const written = new Map<string, unknown>();
    const merges: Pair[] = [];
    for (const pair of items) {
      const name = isScalar(pair.key) ? pair.key.value : undefined;
      if (name === "<<" || typeof name === "symbol") {
        merges.push(pair);
        continue;
      }
      // What an override brought in has no place of its own.
      const offset = (pair.key as Node).range?.[0];
      if (name === undefined || name === null)
        throw this.mistake(offset ?? 0, path, "a key is no text", undefined, [
          'a text like "<MODEL>" or {{ … }} needs quotes',
        ]);
      const place = offset === undefined ? undefined : this.#place(offset);
      written.set(String(name), this.read(pair.value, [...path, String(name)], place));
    }
    if (merges.length === 0) return written;
    const merged = new Map<string, unknown>();
    for (const { key, value } of merges)
      for (const one of isSeq(value) ? value.items : [value]) {
        const source = isAlias(one) ? this.#resolved(one, path) : one;
        if (!isMap(source))
          throw this.mistake((key as Node).range?.[0] ?? 0, path, "<< takes a mapping or a list of them");
        const brought = this.#entries(
          source.items.filter(
            (pair) =>
              !(isScalar(pair.key) && (written.has(String(pair.key.value)) || merged.has(String(pair.key.value)))),
          ),
          path,
        );
        for (const [name, item] of brought) if (!written.has(name) && !merged.has(name)) merged.set(name, item);
      }
    return new Map([...merged, ...written]);
  }

  #resolved(alias: Node & { source: string; resolve(document: Document): Node | undefined }, path: ConfigPath): Node {
    const found = alias.resolve(this.document);
    if (found) return found;
    const anchors = anchorsOf(this.document.contents);
    throw mistakeAt({
      ...{ name: this.name, place: this.#place(alias.range?.[0] ?? 0), path },
      state: `no anchor &${alias.source} stands before this alias`,
      known: { what: "anchors", names: anchors, given: alias.source },
    });
  }

  #place(offset: number): Place {
    const { line, col } = this.counter.linePos(offset);
    const source = this.lines[line - 1] ?? "";
    const rendered = this.#rendering(line, source);
    return {
      file: this.name,
      line: Math.max(1, line),
      column: Math.max(1, col),
      source,
      ...(rendered && { rendered }),
    };
  }

  /** What is to be said of a line that stands otherwise in the file. */
  #rendering(line: number, source: string): string | undefined {
    if (this.rawLines.length !== this.lines.length)
      return `line ${line} is that of the rendered text: the file's template has ${this.rawLines.length} lines, what it gives ${this.lines.length}`;
    const raw = this.rawLines[line - 1] ?? "";
    return raw === source ? undefined : `as rendered; in the file: ${raw.trim()}`;
  }
}

function anchorsOf(node: unknown, found: string[] = []): string[] {
  if (isScalar(node) || isMap(node) || isSeq(node)) if (node.anchor) found.push(node.anchor);
  if (isMap(node)) for (const pair of node.items) anchorsOf(pair.value, found);
  if (isSeq(node)) for (const item of node.items) anchorsOf(item, found);
  return found;
}
