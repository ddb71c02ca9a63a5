import { DuckDBTableFunction, VARCHAR, type DuckDBConnection } from "@duckdb/node-api";
import { quotedIdentifier, quotedString } from "./sql-quote.js";
import duckdb from "@duckdb/node-bindings";
import { InvalidArgumentError } from "../errors.js";
import type { EngineTable } from "./columns.js";
import { columnWriter, type ColumnWriter } from "./write-column.js";

const FUNCTION = "alphabook_table";
const VECTOR_ROWS = 2048;

interface OfferedTable {
  readonly numRows: number;
  readonly names: readonly string[];
  readonly writers: readonly ColumnWriter[];
}

/** Tables in this process's memory that SQL can read: one table function over all of them, the table chosen by key. */
export class TableScan {
  readonly #tables = new Map<string, OfferedTable>();
  #next = 0;

  constructor(connection: DuckDBConnection) {
    connection.registerTableFunction(this.#tableFunction());
  }

  /** Offers a table under a new key. */
  add(table: EngineTable): string {
    if (table.columns.size === 0) throw new InvalidArgumentError("Cannot hand a table to SQL: it has no columns");
    const names = [...table.columns.keys()];
    const writers = names.map((name) => columnWriter(name, table.columns.get(name)!));
    const key = `t${this.#next++}`;
    this.#tables.set(key, { numRows: table.numRows, names, writers });
    return key;
  }

  delete(key: string): void {
    this.#tables.delete(key);
  }

  /** SELECT that reads the table with the types a user expects (text as VARCHAR). */
  select(key: string): string {
    const { names, writers } = this.#tables.get(key)!;
    const columns = names.map((name, index) => {
      const { castTo } = writers[index]!;
      return castTo ? `${quotedIdentifier(name)}::${castTo} AS ${quotedIdentifier(name)}` : quotedIdentifier(name);
    });
    return `SELECT ${columns.join(", ")} FROM ${FUNCTION}(${quotedString(key)})`;
  }

  #tableFunction(): DuckDBTableFunction {
    return DuckDBTableFunction.create({
      name: FUNCTION,
      parameterTypes: [VARCHAR],
      supportsProjectionPushdown: true,
      bindFunction: (bind) => {
        const table = this.#tables.get(String(bind.getParameter(0)));
        if (!table) return bind.setError("this table is no longer registered");
        table.names.forEach((name, index) => bind.addResultColumn(name, table.writers[index]!.type));
        bind.setCardinality(table.numRows, true);
        bind.setBindData(table);
      },
      initFunction: (init) => {
        init.setMaxThreads(1);
        init.setInitData({ row: 0, columns: init.getColumnIndexes() });
      },
      mainFunction: (scan, output) => {
        const table = scan.bindData as OfferedTable;
        const state = scan.initData as { row: number; columns: number[] };
        const rows = Math.min(VECTOR_ROWS, table.numRows - state.row);
        output.rowCount = rows;
        if (rows === 0) return;
        // A column index outside the table is DuckDB's row number, asked for by `count(*)`.
        state.columns.forEach((column, index) =>
          table.writers[column]?.write(duckdb.data_chunk_get_vector(output.chunk, index), state.row, rows),
        );
        state.row += rows;
      },
    });
  }
}
