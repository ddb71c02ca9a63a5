import { inspect } from "node:util";
import type { MimeBundle } from "./bridge.cjs";

const DISPLAY = Symbol.for("Jupyter.display");
const INSPECT = { depth: 4, maxArrayLength: 100, maxStringLength: 20_000, breakLength: 100 } as const;

/** A value ready for the wire. */
export interface Shown {
  readonly data: MimeBundle;
  readonly metadata: Record<string, unknown>;
}

interface Formatter {
  readonly test: (value: unknown) => boolean;
  readonly format: (value: unknown) => MimeBundle | Promise<MimeBundle>;
}

/** How values become bundles: their own `Symbol.for("Jupyter.display")`, a formatter, else the text that Node shows. */
export class Display {
  readonly #formatters: Formatter[] = [];

  addFormatter(test: Formatter["test"], format: Formatter["format"]): void {
    this.#formatters.unshift({ test, format });
  }

  /**
   * @throws what the value's own display throws; TypeError when its bundle is none.
   */
  async show(value: unknown): Promise<Shown> {
    const own = await this.#ownBundle(value);
    if (own === undefined || own === null) return { data: { "text/plain": inspect(value, INSPECT) }, metadata: {} };
    const { data, metadata = {} } = isWrapped(own) ? own : { data: own as MimeBundle };
    const shown = wireBundle(data);
    if (!("text/plain" in shown)) shown["text/plain"] = inspect(value, INSPECT);
    return { data: shown, metadata };
  }

  #ownBundle(value: unknown): unknown {
    if ((typeof value === "object" || typeof value === "function") && value !== null) {
      const display = (value as Record<symbol, unknown>)[DISPLAY];
      if (typeof display === "function") return display.call(value);
    }
    return this.#formatters.find(({ test }) => test(value))?.format(value);
  }
}

function isWrapped(bundle: unknown): bundle is { data: MimeBundle; metadata?: Record<string, unknown> } {
  const data = (bundle as { data?: unknown }).data;
  return typeof data === "object" && data !== null;
}

/**
 * A bundle as it goes over the wire: bytes as base64, the rest as JSON.
 * @throws TypeError naming the MIME type whose value is no JSON.
 */
export function wireBundle(bundle: MimeBundle): MimeBundle {
  if (typeof bundle !== "object" || bundle === null) {
    throw new TypeError(`Cannot display: expected a bundle {"text/html": …}, got ${inspect(bundle)}`);
  }
  const result: MimeBundle = {};
  for (const [mime, value] of Object.entries(bundle)) {
    if (value === undefined || value === null) continue;
    if (value instanceof Uint8Array) {
      result[mime] = Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString("base64");
      continue;
    }
    try {
      if (JSON.stringify(value) === undefined) throw new TypeError(`a ${typeof value} is no JSON`);
    } catch (cause) {
      throw new TypeError(`Cannot display ${mime}: ${(cause as Error).message.split("\n")[0]}`, { cause });
    }
    result[mime] = value;
  }
  return result;
}
