import { SourceMap } from "node:module";

/** A place in a text; both count from 1, as stacks show them. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

/** The steps from JavaScript that runs back to what the user wrote, the last step of translation first. */
type Chain = readonly string[];

/** Maps of texts just made, by the text; taken out when the next step, or the session, asks. */
const fresh = new Map<string, Chain>();
/** Maps of what has run, by the file name in stacks. */
const running = new Map<
  string,
  { readonly lines: number; readonly source: string; maps: Chain | readonly SourceMap[] }
>();
/** What tslab puts before a cell's text: `export {};` on a line of its own. */
const PREFIX_LINES = 1;

/** Remembers the map of `code`, before the maps of earlier steps. */
export function keepMap(code: string, map: string | undefined, earlier: Chain = []): void {
  if (map !== undefined) fresh.set(code, [map, ...earlier]);
}

export function takeMapOf(code: string): Chain {
  const chain = fresh.get(code) ?? [];
  fresh.delete(code);
  return chain;
}

/** From now on, places in `file` are told, by the maps of `code`, as places in `source`. */
export function publishMap(file: string, code: string, source = file): void {
  running.set(file, { lines: code.split("\n").length, source, maps: takeMapOf(code) });
}

export function forgetFreshMaps(): void {
  fresh.clear();
}

export function withoutMapComment(code: string): string {
  return code.replace(/\/\/# sourceMappingURL=.*\s*$/, "");
}

/** Whether `place` lies in what tslab writes after a cell's own code. */
export function isAfterCode(place: Place): boolean {
  const known = running.get(place.file);
  return known !== undefined && place.line > known.lines;
}

/** Where the user wrote what stands at `place`; undefined when its file has no maps or the place is ours. */
export function placeInSource({ file, ...place }: Place): Place | undefined {
  const known = running.get(file);
  if (known === undefined || known.maps.length === 0) return undefined;
  const maps = known.maps.map((map) => (typeof map === "string" ? new SourceMap(JSON.parse(map)) : map));
  known.maps = maps;
  let at = { line: place.line - 1, column: place.column - 1 };
  for (const map of maps) {
    const entry = map.findEntry(at.line, at.column);
    if (!("originalLine" in entry)) return undefined;
    at = { line: entry.originalLine, column: entry.originalColumn };
  }
  const line = file.startsWith("cell [") ? at.line - PREFIX_LINES : at.line;
  return line < 0 ? undefined : { file: known.source, line: line + 1, column: at.column + 1 };
}
