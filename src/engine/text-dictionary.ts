import type { TextColumn } from "./columns.js";
import { Blocks } from "./blocks.js";

const SLOTS = 1 << 14;
const ENTRY_WORDS = 4;
/** Texts of up to 12 bytes stand inside DuckDB's 16-byte entry; longer ones as length, first 4 bytes and address. */
const INLINE_BYTES = 12;

/**
 * Collects a text column as codes into a dictionary, so that each distinct text is decoded about once and not once per row:
 * equal entries (16 raw bytes) are recognised without looking at the text. Addresses are good for one chunk only.
 */
export class TextDictionary {
  readonly #codes = new Blocks((length) => new Int32Array(length));
  readonly #dictionary: string[] = [];
  readonly #codeOf = new Map<string, number>();
  readonly #seen = new Int32Array(SLOTS * ENTRY_WORDS);
  readonly #seenCode = new Int32Array(SLOTS).fill(-1);
  readonly #seenChunk = new Int32Array(SLOTS);
  #chunk = 0;

  /**
   * @param entries The vector's 16-byte entries, four words each.
   * @param textAt Decodes the text of a row.
   * @param isValid False where the row is NULL; undefined when none is.
   */
  add(entries: Int32Array, rows: number, textAt: (row: number) => string, isValid?: (row: number) => boolean): void {
    const codes = this.#codes.next(rows);
    this.#chunk++;
    for (let row = 0; row < rows; row++) {
      codes[row] = isValid && !isValid(row) ? -1 : this.#codeAt(entries, row, textAt);
    }
  }

  #codeAt(entries: Int32Array, row: number, textAt: (row: number) => string): number {
    const at = row * ENTRY_WORDS;
    const [w0, w1, w2, w3] = [entries[at]!, entries[at + 1]!, entries[at + 2]!, entries[at + 3]!];
    const slot =
      (Math.imul(w0 ^ Math.imul(w1, 0x9e3779b1) ^ Math.imul(w2, 0x85ebca6b) ^ Math.imul(w3, 0xc2b2ae35), 0x27d4eb2f) >>>
        18) &
      (SLOTS - 1);
    const seen = slot * ENTRY_WORDS;
    const known =
      this.#seen[seen] === w0 &&
      this.#seen[seen + 1] === w1 &&
      this.#seen[seen + 2] === w2 &&
      this.#seen[seen + 3] === w3;
    if (known && this.#seenCode[slot]! >= 0 && (w0 <= INLINE_BYTES || this.#seenChunk[slot] === this.#chunk))
      return this.#seenCode[slot]!;
    const code = this.codeOf(textAt(row));
    this.#seen[seen] = w0;
    this.#seen[seen + 1] = w1;
    this.#seen[seen + 2] = w2;
    this.#seen[seen + 3] = w3;
    this.#seenCode[slot] = code;
    this.#seenChunk[slot] = this.#chunk;
    return code;
  }

  /** The code of a text; a new text gets the next one. */
  codeOf(text: string): number {
    let code = this.#codeOf.get(text);
    if (code === undefined) this.#codeOf.set(text, (code = this.#dictionary.push(text) - 1));
    return code;
  }

  /** Where the codes of the next `rows` rows go. */
  nextCodes(rows: number): Int32Array {
    return this.#codes.next(rows);
  }

  finish(): TextColumn {
    return { type: "text", codes: this.#codes.join(), dictionary: this.#dictionary };
  }
}
