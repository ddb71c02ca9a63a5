import type { Readable } from "node:stream";

/** Ends what one task printed, on each of its two streams; a text nobody prints by chance. */
export const END_OF_OUTPUT = "\u0000alphabook: end of task\u0000\n";

const KEPT_CHARS = 1 << 20;
const PATIENCE_MS = 1_000;

/** What a process prints, both streams in one text; a long one keeps its end. */
export class TaskOutput {
  readonly #streams: readonly { text: string; readonly stream: Readable }[];
  #text = "";
  #ended = 0;
  #onEnd: (() => void) | undefined;

  constructor(streams: readonly Readable[]) {
    this.#streams = streams.map((stream) => ({ text: "", stream }));
    for (const entry of this.#streams)
      entry.stream.setEncoding("utf8").on("data", (part: string) => this.#take(entry, part));
  }

  /** From here on it is another task's. */
  begin(): void {
    [this.#text, this.#ended] = ["", 0];
  }

  /** All that was printed up to the end of the task, or, of a process that has died, up to now. */
  async end(isAlive: boolean): Promise<string> {
    if (isAlive && this.#ended < this.#streams.length)
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, PATIENCE_MS);
        this.#onEnd = () => (clearTimeout(timer), resolve());
      });
    this.#onEnd = undefined;
    for (const entry of this.#streams) {
      this.#add(entry.text);
      entry.text = "";
    }
    return this.#text;
  }

  /** An end that comes in two parts is waited for. */
  #take(entry: { text: string }, part: string): void {
    const [before, ...rest] = (entry.text + part).split(END_OF_OUTPUT);
    const text = [before, ...rest].join("");
    const open = partOfEnd(text);
    entry.text = text.slice(text.length - open);
    this.#add(text.slice(0, text.length - open));
    this.#ended += rest.length;
    if (this.#ended >= this.#streams.length) this.#onEnd?.();
  }

  #add(text: string): void {
    this.#text = (this.#text + text).slice(-KEPT_CHARS);
  }
}

/** How many of its last characters may be the beginning of an end. */
function partOfEnd(text: string): number {
  const at = text.lastIndexOf(END_OF_OUTPUT[0]!, text.length - 1);
  return at >= 0 && END_OF_OUTPUT.startsWith(text.slice(at)) ? text.length - at : 0;
}
