import path from "node:path";
import { isAfterCode, placeInSource, type Place } from "./source-maps.cjs";

const FRAMES = 20;
const tslabFolder = path.dirname(require.resolve("tslab/package.json"));
/** Frames that tell the user nothing: how the kernel came to run the cell. */
const isOurs = (file: string) =>
  file === "" || file.startsWith("node:") || file.startsWith(tslabFolder) || file.startsWith(__dirname + path.sep);

/**
 * From now on every stack in this process (printed, logged, of a cause, of an error kept for later) shows the lines that the user
 * wrote, `cell [3]:2:7`, and leaves out tslab's, Node's and our frames.
 */
export function showCellLinesInStacks(): void {
  Error.stackTraceLimit = FRAMES;
  Error.prepareStackTrace = (error, frames) => {
    const lines = frames.filter((frame) => !isOurs(fileOf(frame)) && !isAfterCode(fileOf(frame), placeOf(frame))).map((frame) => `    at ${describe(frame)}`);
    return [headOf(error), ...lines].join("\n");
  };
}

const placeOf = (frame: NodeJS.CallSite): Place => ({ line: frame.getLineNumber() ?? 0, column: frame.getColumnNumber() ?? 0 });
const fileOf = (frame: NodeJS.CallSite) => frame.getFileName() ?? frame.getEvalOrigin() ?? "";

function describe(frame: NodeJS.CallSite): string {
  const text = String(frame);
  const file = fileOf(frame);
  const { line, column } = placeOf(frame);
  const place = placeInSource(file, { line, column });
  if (!place) return text;
  // Functions of cells live on the object of shared variables; that is nothing the user wrote.
  return text.replace(/^(async )?(?:Object|exports|Proxy)\./, "$1").replace(`${file}:${line}:${column}`, `${file}:${place.line}:${place.column}`);
}

function headOf(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error (its message cannot be shown)";
  }
}
