import type { EngineTable } from "../engine/columns.js";
import { fromArquero } from "../engine/arquero.js";
import { DataError, InvalidArgumentError } from "../errors.js";
import { Panel } from "../panel/panel.js";
import { isArqueroTable } from "./engine-table-of.js";
import { fromJsonText, toJsonText } from "./json-text.js";
import { panelToEngine } from "./panel-to-engine.js";

/**
 * How objects of one class become text and come back: models, scalers, whatever is more than data. Reading an artifact
 * never runs code that the artifact brings along, only the `fromText` of a codec that was registered here.
 */
export interface ArtifactCodec<T = unknown> {
  /** Stands in the artifact and finds the codec again; usually the class's name. */
  readonly name: string;
  /** Raise it when `toText` changes; `fromText` gets the version that wrote the text. */
  readonly version: number;
  accepts(value: unknown): value is T;
  toText(value: T): string;
  fromText(text: string, written: { version: number; class: string }): T | Promise<T>;
}

/** An object ready to be written. */
export type EncodedArtifact =
  | {
      readonly kind: "table";
      readonly extension: ".parquet";
      readonly table: EngineTable;
      readonly orderBy: readonly string[];
    }
  | {
      readonly kind: "json" | "text" | "model" | "bytes";
      readonly extension: string;
      readonly content: string | Uint8Array;
    };

const codecs = new Map<string, ArtifactCodec>();

/**
 * Makes objects of a class something that `saveObjects` and `loadObject` understand. A second codec of a name replaces
 * the first.
 *
 * @returns A function that takes the codec back.
 * @example
 * const forget = registerArtifactCodec({ name: "URL", version: 1, accepts: (value) => value instanceof URL, toText: String, fromText: (text) => new URL(text) });
 * forget() // -> true
 */
export function registerArtifactCodec<T>(codec: ArtifactCodec<T>): () => boolean {
  const kept = codec as ArtifactCodec<unknown>;
  codecs.set(codec.name, kept);
  return () => codecs.get(codec.name) === kept && codecs.delete(codec.name);
}

/**
 * Chooses how a value is kept: table or Panel → Parquet, sorted by (datetime, instrument); text → text; bytes → as they
 * are; an object a codec accepts → its text; everything else → JSON that gives back the same value.
 *
 * @throws InvalidArgumentError for what is none of these; the message names the path inside the value.
 */
export function encodeArtifact(name: string, value: unknown): EncodedArtifact {
  for (const codec of codecs.values())
    if (codec.accepts(value)) return { kind: "model", extension: ".txt", content: modelText(codec, value) };
  if (value instanceof Panel) return encodeTable(panelToEngine(value), []);
  if (isArqueroTable(value)) {
    const keys = ["datetime", "instrument"].filter((key) => value.columnNames().includes(key));
    return encodeTable(fromArquero(value), keys);
  }
  if (typeof value === "string") return { kind: "text", extension: ".txt", content: value };
  if (value instanceof Uint8Array) return { kind: "bytes", extension: ".bin", content: value };
  if (value === undefined)
    throw new InvalidArgumentError(
      `Cannot save "${name}": it is undefined\n  was an await forgotten, or a result not returned?`,
    );
  if (value instanceof Promise)
    throw new InvalidArgumentError(`Cannot save "${name}": it is a Promise\n  await it first`);
  return { kind: "json", extension: ".json", content: toJsonText(value, name) };
}

const encodeTable = (table: EngineTable, orderBy: readonly string[]): EncodedArtifact => ({
  kind: "table",
  extension: ".parquet",
  table,
  orderBy,
});

/** One line of JSON that says who reads the rest, then the codec's text. */
function modelText(codec: ArtifactCodec, value: unknown): string {
  const className = (value as object | null)?.constructor?.name ?? typeof value;
  return `${JSON.stringify({ codec: codec.name, version: codec.version, class: className })}\n${codec.toText(value)}`;
}

/** The value that `content` holds; tables are read elsewhere. @throws DataError and whatever a codec throws. */
export async function decodeArtifact(kind: string, content: Buffer): Promise<unknown> {
  switch (kind) {
    case "json":
      return fromJsonText(content.toString("utf8"));
    case "text":
      return content.toString("utf8");
    case "model":
      return decodeModel(content.toString("utf8"));
    case "bytes":
    case "file":
      return Uint8Array.from(content);
    default:
      throw new DataError(
        `Cannot read an artifact: kind "${kind}" is unknown to this version\n  known: table, json, text, model, bytes, file`,
      );
  }
}

function decodeModel(text: string): unknown {
  const end = text.indexOf("\n");
  const header = JSON.parse(text.slice(0, end < 0 ? undefined : end)) as {
    codec: string;
    version: number;
    class: string;
  };
  const codec = codecs.get(header.codec);
  if (!codec) {
    throw new DataError(
      `Cannot read a ${header.class}: codec "${header.codec}" is not registered\n  registered: ${[...codecs.keys()].join(", ") || "none"}\n  registerArtifactCodec({ name: "${header.codec}", … }) first`,
    );
  }
  return codec.fromText(text.slice(end + 1), { version: header.version, class: header.class });
}
