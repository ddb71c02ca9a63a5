import type { EventLog, LogPiece } from "./event-log.js";
import { logLengths, readPiece, syncFiles, writePiece } from "./log-files.js";
import { isLaterPart, lastInStep, noteInStep, readState, writeState, type TeamState } from "./team-state.js";

/** Bytes added in one transaction. */
const BATCH_BYTES = 8_000_000;
const SAVE_EVERY_MS = 1_000;
/** After an outage others need a moment to say what they did meanwhile. */
const SETTLE_MS = 20_000;
const SHORT_MS = 60_000;

/**
 * One store's exchange with a shared history, while a connection lasts: its own logs are the outbox, the others' logs are
 * put beside them. Both may be done again after any interruption: a place in a file always has the same bytes.
 */
export class TeamSync {
  readonly #root: string;
  readonly #log: EventLog;
  readonly #state: TeamState;
  readonly #since: number;
  #saved = 0;
  #isDirty = false;

  constructor(root: string, log: EventLog, now = Date.now()) {
    this.#root = root;
    this.#log = log;
    this.#since = now;
    const state = readState(root);
    // The files of another history stay; of this one everything is asked for.
    this.#state =
      state.history === log.history ? state : { history: log.history, cursor: 0, shipped: {}, received: {} };
  }

  /** Adds what this store's processes have logged. @returns How many bytes. */
  async ship(): Promise<number> {
    const { shipped, received } = this.#state;
    const foreign = new Set(Object.values(received).map(({ name }) => name));
    const own = [...logLengths(this.#root)].filter(([name]) => !foreign.has(name) && !isLaterPart(name));
    const unknown = own.filter(([name]) => shipped[name] === undefined).map(([name]) => name);
    if (unknown.length > 0) {
      const lengths = await this.#log.lengths(unknown);
      for (const name of unknown) shipped[name] = lengths.get(name) ?? 0;
      this.#isDirty = true;
    }
    let total = 0;
    let batch: LogPiece[] = [];
    const add = async () => {
      const added = await this.#log.append(batch);
      for (const [i, { file, start, bytes }] of batch.entries()) {
        // Left out: it has another length than was thought, which is asked for the next time.
        if (added[i]) shipped[file] = start + bytes.length;
        else delete shipped[file];
      }
      total += batch.reduce((sum, { bytes }) => sum + bytes.length, 0);
      batch = [];
      this.#isDirty = true;
    };
    let size = 0;
    for (const [name, length] of own) {
      for (let start = shipped[name] ?? 0; start < length;) {
        const piece = readPiece(this.#root, name, start);
        if (!piece) break;
        batch.push(piece);
        start += piece.bytes.length;
        size += piece.bytes.length;
        if (size < BATCH_BYTES) continue;
        await add();
        size = 0;
      }
    }
    if (batch.length > 0) await add();
    return total;
  }

  /** Takes what the others have added. @returns How many pieces. */
  async receive(): Promise<number> {
    const { received } = this.#state;
    let total = 0;
    for (;;) {
      const { pieces, cursor } = await this.#log.read(this.#state.cursor);
      if (cursor === this.#state.cursor && pieces.length === 0) return total;
      const names = new Set<string>();
      const now = Date.now();
      for (const piece of pieces) {
        const known = (received[piece.file] = writePiece(this.#root, piece, received[piece.file], now));
        names.add(known.name);
      }
      syncFiles(this.#root, names);
      this.#state.cursor = cursor;
      this.save(now);
      total += pieces.length;
    }
  }

  /** Once nothing is left to take: says so, and keeps what is known, now and then. */
  settle(now = Date.now()): void {
    if (now - this.#saved < SAVE_EVERY_MS) return;
    if (this.#isDirty) this.save(now);
    this.#saved = now;
    const before = lastInStep(this.#root);
    if (now - this.#since > SETTLE_MS || (before !== undefined && now - before < SHORT_MS)) noteInStep(this.#root, now);
  }

  save(now = Date.now()): void {
    writeState(this.#root, this.#state, now);
    this.#isDirty = false;
    this.#saved = now;
  }
}
