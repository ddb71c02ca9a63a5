import type { ColumnTable } from "arquero";
import { columnValues } from "../engine/arquero.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { DataError, UnknownNameError } from "../errors.js";
import type { Direction, Order } from "./order.js";
import type { Strategy, TradeStep } from "./strategy.js";

/**
 * Columns `datetime`, `instrument`, `direction` (`buy` or `sell`; 1 or 0) and `amount` (adjusted, ≥ 0), in any order
 * of rows.
 */
export type OrderTable = ColumnTable | Readonly<Record<string, ArrayLike<unknown>>>;

/**
 * Gives the orders of a list: what was traded elsewhere, or what is to be tried.
 *
 * An order is dealt in the step its datetime lies in; those of one step in the list's order.
 *
 * In Qlib: qlib.contrib.strategy.FileOrderStrategy
 *
 * @example
 * const file = { datetime: ["2024-01-02"], instrument: ["A"], direction: ["buy"], amount: [100] };
 * new FileOrderStrategy({ file }).size // -> 1
 */
export class FileOrderStrategy implements Strategy {
  /** Ascending by time. */
  readonly #orders: readonly { readonly at: number; readonly order: Order }[];

  /** @throws UnknownNameError for a missing column; DataError for a row that is no order, with its number. */
  constructor({ file }: { readonly file: OrderTable }) {
    const [times, names, directions, amounts] = ["datetime", "instrument", "direction", "amount"].map((name) =>
      column(file, name),
    ) as [ArrayLike<unknown>, ArrayLike<unknown>, ArrayLike<unknown>, ArrayLike<unknown>];
    this.#orders = Array.from(names, (name, row) => {
      const direction = DIRECTIONS.get(String(directions[row]).toLowerCase());
      const amount = Number(amounts[row]);
      if (typeof name !== "string" || !direction || !(amount >= 0))
        throw new DataError(
          `Cannot read the orders: row ${row} is ${String(directions[row])} ${String(amounts[row])} of ${String(name)}\n  buy or sell and an amount ≥ 0 expected`,
        );
      return { at: parseDatetime(times[row] as DatetimeInput), order: { instrument: name, direction, amount } };
    }).sort((a, b) => a.at - b.at);
  }

  /** Number of orders. */
  get size(): number {
    return this.#orders.length;
  }

  decide({ exchange, day }: Pick<TradeStep, "exchange" | "day">): Order[] {
    const { calendar } = exchange;
    const [from, to] = [calendar.at(day), day + 1 < calendar.length ? calendar.at(day + 1) : Infinity];
    return this.#orders.filter(({ at }) => at >= from && at < to).map(({ order }) => order);
  }

  toString(): string {
    const [first, last] = [this.#orders[0], this.#orders.at(-1)];
    if (!first || !last) return "FileOrderStrategy without orders";
    return `FileOrderStrategy: ${this.size} orders, ${formatDatetime(first.at)} to ${formatDatetime(last.at)}`;
  }
}

const DIRECTIONS: ReadonlyMap<string, Direction> = new Map([
  ["buy", "buy"],
  ["1", "buy"],
  ["sell", "sell"],
  ["0", "sell"],
]);

function column(file: OrderTable, name: string): ArrayLike<unknown> {
  if (typeof file.columnNames === "function") {
    const table = file as ColumnTable;
    if (table.columnNames().includes(name)) return columnValues(table, name);
    throw new UnknownNameError("column", name, table.columnNames(), { context: "Cannot read the orders" });
  }
  const columns = file as Readonly<Record<string, ArrayLike<unknown>>>;
  const values = columns[name];
  if (!values) throw new UnknownNameError("column", name, Object.keys(columns), { context: "Cannot read the orders" });
  return values;
}
