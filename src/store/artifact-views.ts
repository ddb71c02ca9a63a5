import path from "node:path";
import { quotedIdentifier, quotedString } from "../engine/sql-quote.js";
import type { Engine } from "../engine/engine.js";
import { artifactRefs } from "./artifacts/artifact-refs.js";
import { FETCHED, sharingOf } from "./artifacts/artifact-sharing.js";

/** The views of schema `artifact`: one per name of a table artifact, over the Parquet files of all runs. */
export class ArtifactViews {
  readonly #engine: Engine;
  readonly #root: string;
  /** Name → whether its view is made and still true. */
  readonly #current = new Map<string, boolean>();
  readonly #missing = new Map<string, number>();

  constructor(engine: Engine, root: string) {
    this.#engine = engine;
    this.#root = root;
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
      // What is on its way to a bucket may be there the next time.
      this.#current.set(name, !this.#missing.get(name) || !sharingOf(this.#root).isShared);
    }
  }

  /** After a file has gone: the next statement looks again. */
  invalidate(): void {
    this.touch(this.names());
  }

  async #make(name: string): Promise<void> {
    const view = `artifact.${quotedIdentifier(name)}`;
    const files = await this.files(name);
    const present = files.filter((file) => file !== undefined);
    this.#missing.set(name, files.length - present.length);
    if (present.length === 0) {
      await this.#engine.run(`DROP VIEW IF EXISTS ${view}`, [], { signal: null });
      return;
    }
    await this.#engine.run(`CREATE OR REPLACE VIEW ${view} AS ${artifactRows(this.#root, present)}`, [], {
      signal: null,
    });
  }

  /**
   * The files that the log names for a table artifact, of all runs, by run; undefined for one that is gone. Files that are kept
   * elsewhere are fetched.
   */
  async files(name: string): Promise<(string | undefined)[]> {
    const table = await this.#engine.query(
      `SELECT run_id, path, bytes, sha256 FROM live.artifacts WHERE name = $1 AND kind = 'table' ORDER BY run_id`,
      [name],
      { signal: null },
    );
    const found = await sharingOf(this.#root).locate(artifactRefs(table));
    return found.map((file) => file?.files.resolve(file.path));
  }
}

/** SQL for the rows of table artifacts: `run_id`, then the columns of all files by name. */
export function artifactRows(root: string, files: readonly string[]): string {
  const start = `${path.join(root).split(path.sep).join("/")}/`.length + 1;
  // artifacts/<run>/…, or fetched/artifacts/<run>/…
  const below = `substr(replace(file_of_run, '\\', '/'), ${start})`;
  return `SELECT split_part(${below}, '/', CASE WHEN starts_with(${below}, '${FETCHED}/') THEN 3 ELSE 2 END) AS run_id, * EXCLUDE (file_of_run)
    FROM read_parquet([${files.map(quotedString).join(", ")}], union_by_name = true, filename = 'file_of_run')`;
}
