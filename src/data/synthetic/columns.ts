export const FIELDS = ["open", "high", "low", "close", "volume", "vwap", "factor"] as const;

/** One value per calendar day in each field, NaN on days without trading. */
export type Columns = Readonly<Record<(typeof FIELDS)[number], Float64Array>>;

export const emptyColumns = (days: number): Columns =>
  Object.fromEntries(FIELDS.map((field) => [field, new Float64Array(days).fill(NaN)])) as unknown as Columns;
