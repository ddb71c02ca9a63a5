import {
  DuckDBInstance,
  type DuckDBConnection,
  type DuckDBPreparedStatement,
  type DuckDBResult,
  type DuckDBType,
  type DuckDBValue,
} from "@duckdb/node-api";
import { quotedIdentifier, quotedString } from "./sql-quote.js";
import { InterruptedError, InvalidArgumentError, WorkflowError } from "../errors.js";
import { host } from "../host/host.js";
import type { EngineColumn, EngineTable } from "./columns.js";
import { replaceFile } from "./durable-file.js";
import { engineSettings } from "./engine-settings.js";
import { columnReader } from "./read-column.js";
import { sqlError } from "./sql-error.js";
import { bindValue, type SqlValue } from "./sql-value.js";
import { TableScan } from "./table-scan.js";

export interface QueryOptions {
  /** Stops the statement when aborted; default: the running cell's or command's signal. null: never. */
  readonly signal?: AbortSignal | null;
}

export interface ReadParquetOptions extends QueryOptions {
  /** Columns in this order; default all. */
  readonly columns?: readonly string[];
  /** A condition in SQL, such as `datetime >= $1`. */
  readonly where?: string;
  /** Values of `$1`, `$2` … in `where`. */
  readonly params?: readonly SqlValue[];
  /** Columns to sort by, ascending. */
  readonly orderBy?: readonly string[];
}

export interface WriteParquetOptions extends QueryOptions {
  /** Columns to sort by, ascending; default: the table's order. */
  readonly orderBy?: readonly string[];
}

/** An in-memory DuckDB. Statements may run at the same time; each has a connection of its own. */
export class Engine {
  readonly #instance: DuckDBInstance;
  readonly #idle: DuckDBConnection[];
  readonly #scan: TableScan;
  readonly #registered = new Map<string, string>();

  private constructor(instance: DuckDBInstance, first: DuckDBConnection) {
    this.#instance = instance;
    this.#idle = [first];
    this.#scan = new TableScan(first);
  }

  /** @param memoryShare Largest part of the machine's memory it may use; `ALPHABOOK_MEMORY_LIMIT` (such as `4GB`) overrides it. */
  static async open({ memoryShare = 0.6 }: { memoryShare?: number } = {}): Promise<Engine> {
    const instance = await DuckDBInstance.create(":memory:", engineSettings(memoryShare));
    const first = await instance.connect();
    // An instant with a zone is read the same on every machine: as UTC, like every datetime here.
    await first.run("SET GLOBAL TimeZone = 'UTC'");
    return new Engine(instance, first);
  }

  /**
   * Rows of a reading statement as typed columns.
   *
   * DOUBLE and DECIMAL → float64, REAL → float32, whole numbers → integer (beyond 2^53 the nearest double), DATE and every TIMESTAMP →
   * datetime (epoch ms; infinite ones are missing), VARCHAR, ENUM, UUID, TIME, INTERVAL → text, BOOLEAN → boolean, JSON → other, parsed;
   * lists and structs → other, as arrays and objects. Of two columns with one name the second is renamed (`x:1`).
   *
   * @param params Values of `$1`, `$2` …
   * @throws SqlError with DuckDB's message and the statement. @throws InterruptedError when the signal was aborted.
   * @example
   * (await (await Engine.open()).query("SELECT $1 + 1 AS x", [41])).columns.get("x").values[0] // -> 42
   */
  async query(sql: string, params: readonly SqlValue[] = [], options: QueryOptions = {}): Promise<EngineTable> {
    return this.#withConnection(sql, options, async (connection, checkAborted) => {
      const { values, types } = boundValues(params);
      return readResult(
        values.length ? await connection.stream(sql, values, types) : await connection.stream(sql),
        checkAborted,
      );
    });
  }

  /**
   * The same for a statement that `prepare` looks at before it runs; what it has prepared is run, so that the statement is planned
   * once. DuckDB holds the result whole until it is read: where few rows of many are taken that is several times faster than a
   * stream of nearly empty chunks.
   *
   * @param prepare Gives nothing for a statement that cannot be prepared by itself.
   * @internal DuckDB's own types are 160 files, which no cell that imports the package is to be checked against.
   */
  async queryPrepared(
    sql: string,
    params: readonly SqlValue[],
    prepare: (connection: DuckDBConnection) => Promise<DuckDBPreparedStatement | undefined>,
    options: QueryOptions = {},
  ): Promise<EngineTable> {
    return this.#withConnection(sql, options, async (connection, checkAborted) => {
      const { values, types } = boundValues(params);
      const prepared = await prepare(connection);
      checkAborted();
      if (!prepared)
        return readResult(
          values.length ? await connection.run(sql, values, types) : await connection.run(sql),
          checkAborted,
        );
      try {
        if (values.length) prepared.bind(values, types);
        return await readResult(await prepared.run(), checkAborted);
      } finally {
        prepared.destroySync();
      }
    });
  }

  /**
   * The same rows in batches, for results that are larger than memory: a batch is freed when the next one is asked for. The
   * statement ends with the loop, also when the loop is left early.
   *
   * @param options.rows About how many rows a batch has; default 500,000.
   */
  async *queryBatches(
    sql: string,
    { rows: wanted = 500_000 }: { readonly rows?: number } = {},
  ): AsyncGenerator<EngineTable> {
    const connection = this.#idle.pop() ?? (await this.#instance.connect());
    try {
      const result = await connection.stream(sql).catch((error: unknown) => {
        throw sqlError(sql, error);
      });
      const names = result.deduplicatedColumnNames();
      for (let isLast = false; !isLast;) {
        const readers = result.columnTypes().map(columnReader);
        let numRows = 0;
        while (numRows < wanted && !isLast) {
          await host.breathe();
          const chunk = await result.fetchChunk();
          const rows = chunk?.rowCount ?? 0;
          isLast = rows === 0;
          if (!chunk || isLast) break;
          readers.forEach((reader, index) => reader.add(chunk, index, rows));
          numRows += rows;
        }
        if (numRows) yield { numRows, columns: new Map(names.map((name, index) => [name, readers[index]!.finish()])) };
      }
    } finally {
      this.#idle.push(connection);
    }
  }

  /** Runs statements for their effect. */
  async run(sql: string, params: readonly SqlValue[] = [], options: QueryOptions = {}): Promise<void> {
    await this.#withConnection(sql, options, async (connection) => {
      const { values, types } = boundValues(params);
      await connection.run(sql, values.length ? values : undefined, types);
    });
  }

  /** Rows of one or more Parquet files, read as one table with the union of their columns. */
  async readParquet(paths: string | readonly string[], options: ReadParquetOptions = {}): Promise<EngineTable> {
    const files = (typeof paths === "string" ? [paths] : paths).map(quotedString).join(", ");
    const columns = options.columns?.map(quotedIdentifier).join(", ") ?? "*";
    const where = options.where ? ` WHERE ${options.where}` : "";
    return this.query(
      `SELECT ${columns} FROM read_parquet([${files}], union_by_name = true)${where}${orderClause(options.orderBy)}`,
      options.params,
      options,
    );
  }

  /**
   * Writes a Parquet file (zstd): datetime as TIMESTAMP, text dictionary-encoded, NaN as NULL, ±∞ kept, "other" as JSON. The file
   * appears complete or not at all.
   */
  async writeParquet(file: string, table: EngineTable, options: WriteParquetOptions = {}): Promise<void> {
    const key = this.#scan.add(table);
    try {
      await replaceFile(file, (temporary) =>
        this.run(
          `COPY (${this.#scan.select(key)}${orderClause(options.orderBy)}) TO ${quotedString(temporary)} (FORMAT parquet, COMPRESSION zstd)`,
          [],
          options,
        ),
      );
    } finally {
      this.#scan.delete(key);
    }
  }

  /** Makes a table in memory readable in SQL under a name, without copying it; a second table of the name replaces the first. */
  async register(name: string, table: EngineTable): Promise<void> {
    const key = this.#scan.add(table);
    try {
      await this.run(`CREATE OR REPLACE VIEW ${quotedIdentifier(name)} AS ${this.#scan.select(key)}`, [], {
        signal: null,
      });
    } catch (error) {
      this.#scan.delete(key);
      throw error;
    }
    const previous = this.#registered.get(name);
    if (previous !== undefined) this.#scan.delete(previous);
    this.#registered.set(name, key);
  }

  /** Takes a registered name back; a name that is not registered is an error. */
  async unregister(name: string): Promise<void> {
    const key = this.#registered.get(name);
    if (key === undefined)
      throw new InvalidArgumentError(`Cannot unregister "${name}": no table is registered under it`);
    this.#registered.delete(name);
    await this.run(`DROP VIEW ${quotedIdentifier(name)}`, [], { signal: null });
    this.#scan.delete(key);
  }

  /** A SELECT that reads a table in memory from any connection of this engine, until `end` is called. */
  lend(table: EngineTable): { readonly select: string; end(): void } {
    const key = this.#scan.add(table);
    return { select: this.#scan.select(key), end: () => this.#scan.delete(key) };
  }

  /**
   * Hands a connection to `work`, for what needs several statements on one (appender, transaction, prepared statements).
   * @internal
   */
  async withConnection<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    const connection = this.#idle.pop() ?? (await this.#instance.connect());
    try {
      return await work(connection);
    } finally {
      this.#idle.push(connection);
    }
  }

  async #withConnection<T>(
    sql: string,
    { signal = host.signal }: QueryOptions,
    work: (connection: DuckDBConnection, checkAborted: () => void) => Promise<T>,
  ): Promise<T> {
    const checkAborted = () => {
      if (signal?.aborted) throw new InterruptedError();
    };
    checkAborted();
    return this.withConnection(async (connection) => {
      const interrupt = () => connection.interrupt();
      signal?.addEventListener("abort", interrupt, { once: true });
      try {
        return await work(connection, checkAborted);
      } catch (error) {
        checkAborted();
        throw error instanceof WorkflowError ? error : sqlError(sql, error);
      } finally {
        signal?.removeEventListener("abort", interrupt);
      }
    });
  }

  /** Frees the memory at once; the engine cannot be used afterwards. */
  close(): void {
    for (const connection of this.#idle.splice(0)) connection.closeSync();
    this.#instance.closeSync();
  }
}

function boundValues(params: readonly SqlValue[]): { values: DuckDBValue[]; types: DuckDBType[] } {
  const bound = params.map((value, index) => bindValue(value, `$${index + 1}`));
  return { values: bound.map(({ value }) => value), types: bound.map(({ type }) => type) };
}

async function readResult(result: DuckDBResult, checkAborted: () => void): Promise<EngineTable> {
  const readers = result.columnTypes().map(columnReader);
  let numRows = 0;
  for (;;) {
    checkAborted();
    const chunk = await result.fetchChunk();
    const rows = chunk?.rowCount ?? 0;
    if (!chunk || rows === 0) break;
    readers.forEach((reader, index) => reader.add(chunk, index, rows));
    numRows += rows;
  }
  const names = result.deduplicatedColumnNames();
  const columns = new Map<string, EngineColumn>(names.map((name, index) => [name, readers[index]!.finish()]));
  return { numRows, columns };
}

const orderClause = (columns?: readonly string[]) =>
  columns?.length ? ` ORDER BY ${columns.map(quotedIdentifier).join(", ")}` : "";
