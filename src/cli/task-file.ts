import { readFileSync } from "node:fs";
import { LineCounter, parseDocument } from "yaml";
import { ConfigError } from "../errors.js";

/**
 * The tasks of a file: one definition, or a list of them, in JSON or YAML. `-` reads standard input.
 *
 * @throws ConfigError with the file, line and column of what cannot be read.
 */
export async function readTasks(file: string): Promise<object[]> {
  const [name, text] = file === "-" ? ["standard input", await readInput()] : [file, readFile(file)];
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const [error] = document.errors;
  if (error) {
    const { line, col } = lines.linePos(error.pos[0]);
    throw new ConfigError(`Cannot read tasks: ${name}:${line}:${col}: ${error.message}`, { cause: error });
  }
  const content = document.toJS() as unknown;
  const tasks = Array.isArray(content) ? content : [content];
  const wrong = tasks.findIndex((task) => typeof task !== "object" || task === null || Array.isArray(task));
  if (wrong >= 0)
    throw new ConfigError(
      `Cannot read tasks: ${name}: ${Array.isArray(content) ? `entry ${wrong + 1} of the list` : "the file"} is ${JSON.stringify(tasks[wrong]) ?? "empty"}\n  expected: a task as in a workflow's task: { model: …, dataset: …, record: … }, or a list of them`,
    );
  return tasks as object[];
}

function readFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new ConfigError(`Cannot read tasks: ${(error as Error).message}`, { cause: error });
  }
}

async function readInput(): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts).toString("utf8");
}
