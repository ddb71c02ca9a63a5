import { readFileSync } from "node:fs";
import path from "node:path";
import { hidePasswords } from "../engine/hide-passwords.js";
import { host, type CellInfo } from "../host/host.js";

/** Where a run was started from, beside what the columns of `runs` and `attempts` hold; kept as tags `source.…`. */
export interface SourceFacts {
  readonly "source.kind": "notebook" | "script";
  /** The cell's id, else its number as `[3]`. */
  readonly "source.cell"?: string;
  /** The cell's code as it was run. */
  readonly "source.code"?: string;
  readonly "source.node": string;
  readonly "source.alphabook": string;
}

let version: string | undefined;

/** The package's own version. */
function packageVersion(): string {
  version ??= (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string })
    .version;
  return version;
}

export function sourceFacts(cell: CellInfo | undefined): SourceFacts {
  const common = { "source.node": process.versions.node, "source.alphabook": packageVersion() };
  if (!cell) return { "source.kind": host.kind === "notebook" ? "notebook" : "script", ...common };
  return {
    "source.kind": "notebook",
    "source.cell": cell.id ?? `[${cell.executionCount}]`,
    "source.code": hidePasswords(cell.code),
    ...common,
  };
}

/** The command line, without passwords of addresses; environment variables are never kept. */
export function commandLine(): string {
  return hidePasswords([process.argv0, ...process.argv.slice(1)].join(" "));
}

/** The folder whose code a run belongs to: the notebook's, else the process's. */
export function sourceFolder(cell: CellInfo | undefined): string {
  return cell?.notebook ? path.dirname(cell.notebook) : process.cwd();
}

/** Whether two executions are of one cell: by its id; where the front end sends none, by its number or its code. */
export function isSameCell(a: CellInfo | undefined, b: CellInfo | undefined): boolean {
  if (!a || !b) return false;
  if (a.id !== undefined && b.id !== undefined) return a.id === b.id;
  return a.executionCount === b.executionCount || a.code === b.code;
}

/** A cell as a message names it: `cell [3] (5f2c…) of ic.ipynb`. */
export function describeCell(cell: CellInfo): string {
  const id = cell.id === undefined ? "" : ` (${cell.id})`;
  return `cell [${cell.executionCount}]${id}${cell.notebook ? ` of ${path.basename(cell.notebook)}` : ""}`;
}
