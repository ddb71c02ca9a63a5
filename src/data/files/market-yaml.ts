import { readFile } from "node:fs/promises";
import type { Document } from "yaml";
import { ConfigError, nearest } from "../../errors.js";
import type { Region } from "../market.js";

/** What a folder says about itself in `market.yaml`; the same can be given as options, which win. */
export interface MarketDescription {
  /** New name → universe (stem of a bar file, or of a membership file). The old name goes. */
  readonly universes?: Readonly<Record<string, string>>;
  /** The universe that is meant when none is named. */
  readonly universe?: string;
  readonly benchmark?: string;
  readonly region?: Region;
}

const KEYS = ["universes", "universe", "benchmark", "region"];

/**
 * Reads a `market.yaml`:
 *
 *     universes: { stocks: us_stocks_daily, sp500: us_sp500 }
 *     universe: sp500
 *     benchmark: SPY
 *     region: us
 *
 * @throws ConfigError as `file:line:column` for text that is no YAML, an unknown key, or a value of the wrong kind.
 */
export async function readMarketYaml(file: string): Promise<MarketDescription> {
  const { LineCounter, parseDocument } = await import("yaml");
  const lineCounter = new LineCounter();
  const document = parseDocument(await readFile(file, "utf8"), { lineCounter });
  const at = (offset: number | undefined) => {
    const { line, col } = lineCounter.linePos(offset ?? 0);
    return `${file}:${line}:${col}`;
  };
  const [error] = document.errors;
  if (error)
    throw new ConfigError(
      `Cannot read ${at(error.pos[0])}: ${error.message.split("\n")[0]!.replace(/ at line.*/, "")}`,
      { cause: error },
    );
  const content: unknown = document.toJS() ?? {};
  if (!isMapping(content)) throw new ConfigError(`Cannot read ${at(0)}: keys expected\n  known: ${KEYS.join(", ")}`);
  for (const [key, value] of Object.entries(content)) check(key, value, at(offsetOf(document, key)));
  return content;
}

function check(key: string, value: unknown, place: string): void {
  if (!KEYS.includes(key)) {
    const near = nearest(key, KEYS);
    throw new ConfigError(
      `Cannot read ${place}: unknown key "${key}"\n  known: ${KEYS.join(", ")}${near ? `\n  did you mean "${near}"?` : ""}`,
    );
  }
  const isGood =
    key === "universes"
      ? isMapping(value) && Object.values(value).every((name) => typeof name === "string")
      : typeof value === "string";
  if (!isGood)
    throw new ConfigError(
      `Cannot read ${place}: ${key} is ${JSON.stringify(value)}, ${key === "universes" ? "names of universes" : "a name"} expected`,
    );
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function offsetOf(document: Document, key: string): number | undefined {
  const node = document.get(key, true) as { range?: readonly number[] } | undefined;
  return node?.range?.[0];
}
