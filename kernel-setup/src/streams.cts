import { StringDecoder } from "node:string_decoder";

type Name = "stdout" | "stderr";
type Done = (error?: Error | null) => void;

const FLUSH_CHARS = 32 * 1024;
const FLUSH_MS = 40;

/**
 * Gathers what cells print and sends it in few messages: at 32 KiB, every 40 ms, and before any other output, so that the
 * order holds. `Owner` is the cell that printed; text of different owners is never mixed.
 */
export class Streams<Owner> {
  readonly #send: (name: Name, text: string, owner: Owner) => void;
  readonly #owner: () => Owner | undefined;
  readonly #decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
  #waiting:
    { readonly name: Name; readonly owner: Owner; readonly since: number; parts: string[]; length: number } | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(owner: () => Owner | undefined, send: (name: Name, text: string, owner: Owner) => void) {
    this.#owner = owner;
    this.#send = send;
  }

  /** Puts this in the place of the process's own stdout and stderr; what nobody owns goes where it went before. */
  capture(): void {
    for (const name of ["stdout", "stderr"] as const) {
      const stream = process[name];
      const original = stream.write.bind(stream) as (
        chunk: string | Uint8Array,
        encoding?: BufferEncoding,
        done?: Done,
      ) => boolean;
      stream.write = (chunk: string | Uint8Array, encodingOrDone?: BufferEncoding | Done, done?: Done): boolean => {
        const encoding = typeof encodingOrDone === "string" ? encodingOrDone : undefined;
        const after = typeof encodingOrDone === "function" ? encodingOrDone : done;
        if (!this.#write(name, chunk, encoding)) return original(chunk, encoding, after);
        if (after) queueMicrotask(after);
        return true;
      };
    }
  }

  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waiting = this.#waiting;
    if (!waiting) return;
    this.#waiting = undefined;
    this.#send(waiting.name, waiting.parts.join(""), waiting.owner);
  }

  #write(name: Name, chunk: string | Uint8Array, encoding: BufferEncoding = "utf8"): boolean {
    const owner = this.#owner();
    if (owner === undefined) return false;
    const isText = typeof chunk === "string" && /^utf-?8$/i.test(encoding);
    const text = isText
      ? chunk
      : this.#decoders[name].write(typeof chunk === "string" ? Buffer.from(chunk, encoding) : Buffer.from(chunk));
    if (text === "") return true;
    if (this.#waiting && (this.#waiting.name !== name || this.#waiting.owner !== owner)) this.flush();
    this.#waiting ??= { name, owner, since: performance.now(), parts: [], length: 0 };
    this.#waiting.parts.push(text);
    this.#waiting.length += text.length;
    if (this.#waiting.length > FLUSH_CHARS || performance.now() - this.#waiting.since > FLUSH_MS) this.flush();
    else this.#timer ??= setTimeout(() => this.flush(), FLUSH_MS);
    return true;
  }
}
