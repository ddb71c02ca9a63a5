import path from "node:path";
import { isAfterCode, placeInSource, type Place } from "./source-maps.cjs";

const FRAMES = 20;
const tslabFolder = path.dirname(require.resolve("tslab/package.json")) + path.sep;
/** Frames that tell the user nothing: how the kernel came to run the cell. */
const isOurs = ({ file }: Place) => ["node:", tslabFolder, __dirname + path.sep].some((start) => file.startsWith(start));

/**
 * From now on every stack in this process (printed, logged, of a cause, of an error kept for later) shows the lines that the user
 * wrote, `cell [3]:2:7`, and leaves out tslab's, Node's and our frames.
 */
export function showCellLinesInStacks(): void {
  Error.stackTraceLimit = FRAMES;
  Error.prepareStackTrace = (error, frames) => {
    const shown = frames.map((frame) => ({ frame, place: placeOf(frame) })).filter(({ place }) => !isOurs(place) && !isAfterCode(place));
    // Built-in functions have no file; those that only called hidden frames go with them.
    while (shown.at(-1)?.place.file === "") shown.pop();
    return [headOf(error), ...shown.map(({ frame, place }) => `    at ${describe(frame, place)}`)].join("\n");
  };
}

function placeOf(frame: NodeJS.CallSite): Place {
  const file = frame.getFileName() ?? frame.getEvalOrigin() ?? "";
  return { file, line: frame.getLineNumber() ?? 0, column: frame.getColumnNumber() ?? 0 };
}

function describe(frame: NodeJS.CallSite, place: Place): string {
  const text = String(frame);
  const source = placeInSource(place);
  if (!source) return text;
  // Functions of cells live on the object of shared variables; that is nothing the user wrote.
  return text.replace(/^(async )?(?:Object|exports|Proxy)\./, "$1").replace(show(place), show(source));
}

const show = ({ file, line, column }: Place) => `${file}:${line}:${column}`;

function headOf(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error (its message cannot be shown)";
  }
}
