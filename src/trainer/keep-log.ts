import type { Recorder } from "../tracking/recorder.js";

const KEPT_CHARS = 1 << 20;

/**
 * Does the work; what this process prints meanwhile is saved as `log` with the run that the work tells of, also when it
 * fails.
 */
export async function keepLog<T>(work: (tell: (run: Recorder) => void) => Promise<T>): Promise<T> {
  let [text, run]: [string, Recorder | undefined] = ["", undefined];
  const leave = [process.stdout, process.stderr].map((stream) =>
    listen(stream, (part) => (text = (text + part).slice(-KEPT_CHARS))),
  );
  try {
    return await work((told) => (run = told));
  } finally {
    for (const end of leave) end();
    if (text !== "") await (run as Recorder | undefined)?.saveObjects({ log: text });
  }
}

/** Hears all that is written to a stream, which goes on as before. @returns What ends it. */
function listen(stream: NodeJS.WriteStream, hear: (text: string) => void): () => void {
  const before = Object.getOwnPropertyDescriptor(stream, "write");
  const write = stream.write.bind(stream) as (...given: unknown[]) => boolean;
  stream.write = (part: string | Uint8Array, ...rest: unknown[]) => {
    hear(typeof part === "string" ? part : Buffer.from(part).toString("utf8"));
    return write(part, ...rest);
  };
  return () => {
    if (before) Object.defineProperty(stream, "write", before);
    else Reflect.deleteProperty(stream, "write");
  };
}
