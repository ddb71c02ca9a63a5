import { mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import { replaceFile } from "../../engine/durable-file.js";
import { StoreError } from "../../errors.js";
import { isMissing, reason } from "../format.js";
import { isSamePlace, parseS3Address } from "./s3-address.js";

/** In a store's folder: where its artifacts are kept, for all processes that open it. */
export const PLACE_FILE = "artifacts.json";

/** What `artifacts.json` says. Nothing in it is secret. */
export interface ArtifactPlace {
  /** `s3://…`; undefined for the store's own folder. */
  readonly address?: string | undefined;
  /** A move to it has begun: what is saved from now on goes there too. */
  readonly next?: string | undefined;
  /** Where they were before the last move, and still are until that is removed. */
  readonly previous?: string | undefined;
  /** The name under which this history's artifacts lie in a bucket. */
  readonly owner?: string | undefined;
}

/** The word for the store's own folder, where a place is named. */
export const LOCAL = "local";

/**
 * Where a store's artifacts are kept: what the store remembers, else ALPHABOOK_ARTIFACTS, else its own folder. Read anew
 * whenever another process has changed it.
 */
export class ArtifactPlaces {
  readonly #file: string;
  #known: { readonly mark: string; readonly place: ArtifactPlace | undefined } | undefined;

  constructor(root: string) {
    this.#file = path.join(root, PLACE_FILE);
  }

  /**
   * @throws StoreError for a file that cannot be read, and when ALPHABOOK_ARTIFACTS names another place than the store remembers.
   */
  get current(): ArtifactPlace {
    const kept = this.#kept();
    const wanted = process.env.ALPHABOOK_ARTIFACTS || undefined;
    if (wanted === undefined || (wanted === LOCAL && kept?.address === undefined)) return kept ?? {};
    if (kept === undefined) {
      parseS3Address(wanted);
      return { address: wanted };
    }
    // The same bucket may be called by another name from here.
    if (kept.address !== undefined && wanted !== LOCAL && isSamePlace(kept.address, wanted))
      return { ...kept, address: wanted };
    throw new StoreError(
      `Cannot keep artifacts where ALPHABOOK_ARTIFACTS says: those of ${path.dirname(this.#file)} are kept in ${kept.address ?? "its own folder"}\n  move them: alphabook store move --to …; or unset the variable`,
    );
  }

  get isRemembered(): boolean {
    return this.#kept() !== undefined;
  }

  async remember(place: ArtifactPlace): Promise<void> {
    mkdirSync(path.dirname(this.#file), { recursive: true });
    const text = `${JSON.stringify(place, null, 2)}\n`;
    await replaceFile(this.#file, (temporary) => writeFileSync(temporary, text));
    this.#known = undefined;
  }

  #kept(): ArtifactPlace | undefined {
    const stat = statSync(this.#file, { throwIfNoEntry: false });
    const mark = stat === undefined ? "none" : `${stat.ino} ${stat.mtimeMs} ${stat.size}`;
    if (this.#known?.mark !== mark) this.#known = { mark, place: readPlace(this.#file) };
    return this.#known.place;
  }
}

function readPlace(file: string): ArtifactPlace | undefined {
  try {
    const { address, next, previous, owner } = JSON.parse(readFileSync(file, "utf8")) as Record<string, unknown>;
    const texts = [address, next, previous, owner];
    if (texts.some((text) => text !== undefined && typeof text !== "string")) throw new Error("texts expected");
    for (const place of [address, next, previous])
      if (place !== undefined && place !== LOCAL) parseS3Address(String(place));
    return { address, next, previous, owner } as ArtifactPlace;
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new StoreError(
      `Cannot read ${file}: ${reason(error)}\n  expected: { "address": "s3://bucket/prefix?endpoint=…" }`,
      { cause: error },
    );
  }
}
