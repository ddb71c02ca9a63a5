import { existsSync } from "node:fs";
import path from "node:path";
import { quotedIdentifier, quotedString } from "@duckdb/node-api";
import type { Engine } from "../engine/engine.js";

/** The views of schema `artifact`: one per name of a table artifact, over the Parquet files of all runs. */
export class ArtifactViews {
  readonly #engine: Engine;
  readonly #folder: string;
  /** Name → whether its view is made and still true. */
  readonly #current = new Map<string, boolean>();
  readonly #missing = new Map<string, number>();

  constructor(engine: Engine, root: string) {
    this.#engine = engine;
    this.#folder = path.join(root, "artifacts");
  }

  /** Artifacts that events named: their views are made anew when next asked for. */
  touch(names: Iterable<string>): void {
    for (const name of names) this.#current.set(name, false);
  }

  /** Files that the log names and that are gone, by artifact. */
  missing(): { name: string; count: number }[] {
    return [...this.#missing].filter(([, count]) => count > 0).map(([name, count]) => ({ name, count }));
  }

  names(): string[] {
    return [...this.#current.keys()];
  }

  /** Makes the views a statement names; a view opens every file's footer, so only those. */
  async prepare(statement: string): Promise<void> {
    const text = statement.toLowerCase();
    if (!text.includes("artifact")) return;
    for (const [name, isCurrent] of this.#current) {
      if (isCurrent || !text.includes(name.toLowerCase())) continue;
      await this.#make(name);
      this.#current.set(name, true);
    }
  }

  /** After a file has gone: the next statement looks again. */
  invalidate(): void {
    this.touch(this.names());
  }

  async #make(name: string): Promise<void> {
    const view = `artifact.${quotedIdentifier(name)}`;
    const paths = await this.files(name);
    const present = paths.filter((file) => existsSync(file));
    this.#missing.set(name, paths.length - present.length);
    if (present.length === 0) {
      await this.#engine.run(`DROP VIEW IF EXISTS ${view}`, [], { signal: null });
      return;
    }
    await this.#engine.run(
      `CREATE OR REPLACE VIEW ${view} AS ${artifactRows(path.dirname(this.#folder), present)}`,
      [],
      { signal: null },
    );
  }

  /** The files that the log names for a table artifact, of all runs. */
  async files(name: string): Promise<string[]> {
    const { columns, numRows } = await this.#engine.query(
      `SELECT run_id, path FROM live.artifacts WHERE name = $1 AND kind = 'table' ORDER BY run_id`,
      [name],
      { signal: null },
    );
    const [runs, files] = [columns.get("run_id"), columns.get("path")];
    if (runs?.type !== "text" || files?.type !== "text") return [];
    return Array.from({ length: numRows }, (_, row) =>
      path.join(this.#folder, runs.dictionary[runs.codes[row]!]!, ...files.dictionary[files.codes[row]!]!.split("/")),
    );
  }
}

/** SQL for the rows of table artifacts: `run_id`, then the columns of all files by name. */
export function artifactRows(root: string, files: readonly string[]): string {
  const start = `${path.join(root, "artifacts").split(path.sep).join("/")}/`.length + 1;
  return `SELECT split_part(substr(replace(file_of_run, '\\', '/'), ${start}), '/', 1) AS run_id, * EXCLUDE (file_of_run)
    FROM read_parquet([${files.map(quotedString).join(", ")}], union_by_name = true, filename = 'file_of_run')`;
}
