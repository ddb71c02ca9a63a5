import type { ColumnTable } from "arquero";
import { toArquero } from "../engine/arquero.js";
import type { EngineColumn } from "../engine/columns.js";
import { formatDatetime } from "../engine/datetime.js";
import { DataError } from "../errors.js";
import { host } from "../host/host.js";
import { takeRows } from "./join-tables.js";
import { indexKeys } from "./key-index.js";
import { joinInputs, keyedTables, type JoinedInputs, type KeyedTable } from "./keyed-tables.js";
import { entriesOf, isMapLike, type MapLike } from "./map-like.js";
import { keyText, TupleMap, type KeyPart } from "./tuple-map.js";

/**
 * The average of several forecasts, each standardised by date first, so that none outweighs the others by its scale.
 *
 * Every column of every table is one member. On each date a member's values become (x − mean) / sd, with the sample sd
 * (divisor n − 1) of its values there that are not missing; a row's score is the mean of its members that have one. A
 * member with one value on a date, all equal ones, or an infinite one has no say on that date; a row no member speaks
 * for stays, with NaN. The average is not standardised again, and a single member is standardised too. Numbers a date,
 * without instruments (an IC), have nothing to be compared with: all NaN.
 *
 * In Qlib: qlib.model.ens.ensemble.AverageEnsemble.
 *
 * @param map Tables or Panels with `datetime`, `instrument` and columns of numbers; maps of such maps are flattened.
 * @returns `datetime`, `instrument`, `score`: the outer join of all keys, ascending.
 * @throws InvalidArgumentError for an empty map. @throws DataError for a key that a table has twice, and for a column
 * of text.
 * @example
 * const a = table({ datetime: ["d", "d", "d"].fill("2024-01-02"), instrument: ["X", "Y", "Z"], score: [1, 2, 3] });
 * (await averageEnsemble({ a })).array("score") // -> [-1, 0, 1]
 */
export async function averageEnsemble(map: MapLike): Promise<ColumnTable> {
  const inputs = keyedTables(flatten(map), ACTION);
  const joined = joinInputs(inputs.map(numbersOnly), ACTION);
  const { table, datetimes, ranks, numInstruments, starts } = joined;
  const inputOf = inputOfRow(starts, table.numRows);
  const index = await indexKeys(datetimes, ranks, numInstruments, (row, before) => {
    if (before >= 0 && inputOf[before] === inputOf[row]) throw doubled(inputs[inputOf[row]!]!, joined, row);
  });
  const sum = new Float64Array(index.numKeys);
  const votes = new Int32Array(index.numKeys);
  const dates = new DateMoments(index.numDates);
  for (const [input, { table: own }] of inputs.entries()) {
    await host.breathe();
    const [from, to] = [starts[input]!, starts[input + 1]!];
    const dateOfRow = index.dateOfRow.subarray(from, to);
    const keyOfRow = index.keyOfRow.subarray(from, to);
    for (const values of membersOf(inputs[input]!.key, own.columns)) {
      const z = dates.standardise(values, dateOfRow);
      for (let row = 0; row < z.length; row++) {
        if (Number.isNaN(z[row])) continue;
        sum[keyOfRow[row]!]! += z[row]!;
        votes[keyOfRow[row]!]!++;
      }
    }
  }
  for (let key = 0; key < sum.length; key++) sum[key] = votes[key] ? sum[key]! / votes[key]! : NaN;
  const keys = takeRows(table, index.lastRowOf);
  const columns = new Map<string, EngineColumn>([...keys.columns, ["score", { type: "float64", values: sum }]]);
  return toArquero({ numRows: keys.numRows, columns });
}

const ACTION = "average forecasts";
const KEYS = ["datetime", "instrument"];

function flatten(map: MapLike): MapLike {
  if (!isMapLike(map)) return map;
  const flat = new TupleMap();
  const walk = (inner: MapLike, path: readonly KeyPart[]) => {
    for (const [key, value] of entriesOf(inner))
      if (isMapLike(value)) walk(value, [...path, key]);
      else flat.set([...path, key], value);
  };
  walk(map, []);
  return flat;
}

/** Only the keys are joined; members are read where they are. */
function numbersOnly({ key, table }: KeyedTable): KeyedTable {
  return {
    key,
    table: { numRows: table.numRows, columns: new Map([...table.columns].filter(([name]) => KEYS.includes(name))) },
  };
}

function inputOfRow(starts: readonly number[], numRows: number): Int32Array {
  const inputs = new Int32Array(numRows);
  for (let input = 0; input + 1 < starts.length; input++) inputs.fill(input, starts[input], starts[input + 1]);
  return inputs;
}

function* membersOf(key: KeyPart, columns: ReadonlyMap<string, EngineColumn>): Generator<ArrayLike<number>> {
  for (const [name, column] of columns) {
    if (KEYS.includes(name)) continue;
    if (column.type !== "float64" && column.type !== "float32" && column.type !== "integer")
      throw new DataError(
        `Cannot ${ACTION}: column "${name}" of ${keyText(key)} holds ${column.type}, numbers expected\n  choose columns with table.select(…) first`,
      );
    yield column.values;
  }
}

function doubled({ key }: KeyedTable, { table, datetimes }: JoinedInputs, row: number): DataError {
  const column = table.columns.get("instrument");
  const instrument = column?.type === "text" ? `, ${column.dictionary[column.codes[row]!]}` : "";
  return new DataError(
    `Cannot ${ACTION}: ${keyText(key)} has (${formatDatetime(datetimes[row]!)}${instrument}) twice\n  each key may occur once in a table`,
  );
}

/** Mean and sample sd of one member by date; its arrays are used again for the next member. */
class DateMoments {
  readonly #n: Float64Array;
  readonly #mean: Float64Array;
  readonly #squares: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;

  constructor(numDates: number) {
    this.#n = new Float64Array(numDates);
    this.#mean = new Float64Array(numDates);
    this.#squares = new Float64Array(numDates);
    this.#min = new Float64Array(numDates);
    this.#max = new Float64Array(numDates);
  }

  standardise(values: ArrayLike<number>, dateOfRow: Int32Array): Float64Array {
    const [n, mean, squares, min, max] = [this.#n, this.#mean, this.#squares, this.#min, this.#max];
    n.fill(0);
    mean.fill(0);
    squares.fill(0);
    min.fill(Infinity);
    max.fill(-Infinity);
    for (let row = 0; row < values.length; row++) {
      const [x, date] = [values[row]!, dateOfRow[row]!];
      if (Number.isNaN(x)) continue;
      n[date]!++;
      mean[date]! += x;
      if (x < min[date]!) min[date] = x;
      if (x > max[date]!) max[date] = x;
    }
    for (let date = 0; date < n.length; date++) mean[date]! /= n[date]!;
    for (let row = 0; row < values.length; row++) {
      const distance = values[row]! - mean[dateOfRow[row]!]!;
      if (!Number.isNaN(values[row])) squares[dateOfRow[row]!]! += distance * distance;
    }
    const z = new Float64Array(values.length);
    for (let row = 0; row < values.length; row++) {
      const date = dateOfRow[row]!;
      // Rounding can leave a tiny sd for equal values.
      const isConstant = max[date] === min[date];
      z[row] = isConstant ? NaN : (values[row]! - mean[date]!) / Math.sqrt(squares[date]! / (n[date]! - 1));
    }
    return z;
  }
}
