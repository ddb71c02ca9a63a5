import path from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { isAfterCode, placeInSource, type Place } from "./source-maps.cjs";

const FRAMES = 20;
/** A path that leads up by more than this is no shorter for it. */
const UP = path.join("..", "..", "..", "..");
let notebookFolder: string | undefined;
const tslabFolder = path.dirname(require.resolve("tslab/package.json")) + path.sep;
/** Frames that tell the user nothing: how the kernel came to run the cell. */
const isOurs = ({ file }: Place) =>
  ["node:", tslabFolder, __dirname + path.sep].some((start) => file.startsWith(start));

const packageFolder = `${pathToFileURL(path.dirname(__dirname)).href}/`;
/** Frames inside the package: where an error was made that says all there is to say. Built-in functions among them have no file. */
const isOfPackage = ({ file }: Place) =>
  file.startsWith(packageFolder) || file.includes("/node_modules/alphabook/dist/");

/**
 * From now on every stack in this process (printed, logged, of a cause, of an error kept for later) shows the lines that the user
 * wrote, `cell [3]:2:7`, and leaves out tslab's, Node's and our frames. The package's own frames are left out of errors that it
 * raised on purpose, and shown in those that it did not (a fault of ours, or of what was handed in). Paths are told as seen from the
 * notebook's folder.
 */
export function showCellLinesInStacks(folder: string): void {
  notebookFolder = folder;
  Error.stackTraceLimit = FRAMES;
  Error.prepareStackTrace = (error, frames) => {
    const told = isRaisedOnPurpose(error);
    const shown = frames
      .map((frame) => ({ frame, place: placeOf(frame) }))
      .filter(
        ({ place }) => !isOurs(place) && !isAfterCode(place) && !(told && (isOfPackage(place) || place.file === "")),
      );
    // Built-in functions have no file; those that only called hidden frames go with them.
    while (shown.at(-1)?.place.file === "") shown.pop();
    return [headOf(error), ...shown.map(({ frame, place }) => `    at ${describe(frame, place)}`)].join("\n");
  };
}

/** Whether an error is one of the package's: by the name of a class it descends from, whichever copy of the package made it. */
function isRaisedOnPurpose(error: unknown): boolean {
  for (let kind: unknown = Object(error); kind !== null; kind = Object.getPrototypeOf(kind)) {
    if (Object.hasOwn(kind as object, "constructor") && (kind as object).constructor.name === "WorkflowError")
      return true;
  }
  return false;
}

function placeOf(frame: NodeJS.CallSite): Place {
  const file = frame.getFileName() ?? frame.getEvalOrigin() ?? "";
  return { file, line: frame.getLineNumber() ?? 0, column: frame.getColumnNumber() ?? 0 };
}

function describe(frame: NodeJS.CallSite, place: Place): string {
  const text = String(frame);
  const source = placeInSource(place);
  if (!source) return text.replace(place.file, fromNotebook(place.file));
  // Functions of cells live on the object of shared variables; that is nothing the user wrote.
  return text
    .replace(/^(async )?(?:Object|exports|Proxy)\./, "$1")
    .replace(show(place), show({ ...source, file: fromNotebook(source.file) }));
}

/** A file's path as seen from the notebook's folder; what is no file, or far away, as it is. */
function fromNotebook(file: string): string {
  const absolute = file.startsWith("file:") ? fileURLToPath(file) : file;
  if (notebookFolder === undefined || !path.isAbsolute(absolute)) return file;
  const relative = path.relative(notebookFolder, absolute);
  return relative.startsWith(UP) ? absolute : relative.startsWith("..") ? relative : `.${path.sep}${relative}`;
}

const show = ({ file, line, column }: Place) => `${file}:${line}:${column}`;

function headOf(error: unknown): string {
  try {
    return Error.prototype.toString.call(error);
  } catch {
    return "Error (its message cannot be shown)";
  }
}
