import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { itData, sharedPath } from "./shared.js";
import { temporaryFolder } from "./temporary-folder.js";

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), "..");
const folder = path.join(root, "notebooks");
const temporary = temporaryFolder("notebooks");

interface Output {
  output_type: string;
  text?: string | string[];
  data?: Record<string, unknown>;
  metadata?: Record<string, unknown>;
}
interface Notebook {
  cells: {
    cell_type: string;
    metadata: { tags?: string[] };
    source: string | string[];
    outputs?: Output[];
    execution_count?: number | null;
  }[];
}

describe("notebooks", () => {
  for (const name of readdirSync(folder).filter((file) => file.endsWith(".ipynb"))) {
    const test = name.includes("real-market") ? itData : it;
    test(`${name} runs from top to bottom and shows what it showed when it was committed`, () => {
      const attempt = mkdtempSync(path.join(temporary, "attempt-"));
      const out = path.join(attempt, name);
      const cli = path.join(root, "dist", "cli", "main.js");
      execFileSync(process.execPath, [cli, "notebook", "run", path.join(folder, name), "-o", out], {
        env: {
          ...process.env,
          ALPHABOOK_STORE: path.join(attempt, "store"),
          ALPHABOOK_DATA: sharedPath("data"),
        },
        stdio: "pipe",
      });
      const [committed, executed] = [readNotebook(path.join(folder, name)), readNotebook(out)];
      expect(executed.cells.map((cell) => cell.source)).toEqual(committed.cells.map((cell) => cell.source));
      executed.cells.forEach((cell, index) => {
        expect(cell.outputs?.filter((output) => output.output_type === "error") ?? [], `cell ${index}`).toEqual([]);
        // Of a cell whose outputs tell who did what, and when, only their kinds are the same each time.
        const facts = cell.metadata.tags?.includes("varies") ? kinds : comparable;
        expect(lasting(cell.outputs).map(facts), `cell ${index}`).toEqual(
          lasting(committed.cells[index]!.outputs).map(facts),
        );
      });
    }, 180_000);
  }
});

function readNotebook(file: string): Notebook {
  return JSON.parse(readFileSync(file, "utf8")) as Notebook;
}

/** Progress is shown only by slow work, so its last line comes and goes. */
const lasting = (outputs: readonly Output[] = []) =>
  outputs.filter((output) => output.metadata?.alphabook !== "progress");

const kinds = ({ output_type, data = {} }: Output) => [output_type, ...Object.keys(data).sort()];

/** An output without what differs from run to run: ids, times, durations, paths, host, commit; numbers of specs to 9 digits. */
function comparable(output: Output): unknown {
  if (output.output_type === "stream") return { stream: mask(joined(output.text)) };
  const data = Object.entries(output.data ?? {}).map(([mime, value]) => {
    if (mime === "image/png") return [mime, pngFacts(String(value))];
    if (mime.endsWith("+json"))
      return [
        mime,
        JSON.parse(JSON.stringify(value), (_, x: unknown) =>
          typeof x === "number" ? Number(x.toPrecision(9)) : typeof x === "string" ? mask(x) : x,
        ),
      ];
    return [mime, mask(joined(value as string | string[]))];
  });
  return { [output.output_type]: Object.fromEntries(data), metadata: output.metadata };
}

const joined = (text: string | string[] | undefined) => [text ?? ""].flat().join("");

function mask(text: string): string {
  return text
    .replace(/<style>[^]*?<\/style>/g, "<style>")
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, "<id>")
    .replace(/\b[0-9a-f]{8}(…|&hellip;|\b)/g, "<id>")
    .replace(/\b[0-9a-f]{40}\b|\b[0-9a-f]{7,12}\b(?=[ <])/g, "<commit>")
    .replace(/\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}(:\d{2})?(\.\d+)?Z?/g, "<time>")
    .replace(/\b\d+(\.\d+)? (ms|s|min)\b/g, "<duration>")
    .replace(/(\/[\w.@-]+){2,}/g, "<path>")
    .replaceAll(os.hostname(), "<host>");
}

/** Width and height of a PNG, and that it has a picture's weight. */
function pngFacts(base64: string): unknown {
  const bytes = Buffer.from(base64, "base64");
  return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20), notBlank: bytes.length > 3000 };
}
