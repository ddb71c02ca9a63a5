/**
 * How a table crosses rooms: named typed arrays of equal length, in order.
 * Missing: NaN in floating and datetime columns, code −1 in text, null elsewhere.
 */
export interface EngineTable {
  readonly numRows: number;
  readonly columns: ReadonlyMap<string, EngineColumn>;
}

export type EngineColumn =
  | { readonly type: "float64"; readonly values: Float64Array }
  | { readonly type: "float32"; readonly values: Float32Array }
  /** Whole numbers; as `Float64Array` with NaN for missing where the source is wider than 32 bits or has NULLs. */
  | { readonly type: "integer"; readonly values: Int32Array | Float64Array }
  /** Epoch milliseconds, UTC. */
  | { readonly type: "datetime"; readonly values: Float64Array }
  | TextColumn
  | { readonly type: "boolean"; readonly values: readonly (boolean | null)[] }
  /** Lists, structs and whatever else has no typed array. */
  | { readonly type: "other"; readonly values: readonly unknown[] };

export interface TextColumn {
  readonly type: "text";
  readonly codes: Int32Array | Uint16Array | Uint8Array;
  /** `dictionary[code]`; a code outside it (−1, or the array type's largest value) is missing. */
  readonly dictionary: readonly string[];
}
