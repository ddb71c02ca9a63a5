import type { StoredRange } from "./bar-source.js";

/** How a field that the source lacks is filled from others. */
interface DerivedField {
  readonly rule: string;
  readonly needs: readonly string[];
  /** Whether a day's value needs the days before it. */
  readonly looksBack?: true;
  /** Fills `out` for one instrument's days. */
  fill(out: Float64Array, inputs: readonly Float64Array[]): void;
}

const DERIVED: ReadonlyMap<string, DerivedField> = new Map<string, DerivedField>([
  [
    "$factor",
    {
      rule: "1",
      needs: ["$close"],
      fill(out, [close]) {
        for (let t = 0; t < out.length; t++) out[t] = Number.isNaN(close![t]!) ? NaN : 1;
      },
    },
  ],
  [
    "$change",
    {
      rule: "$close / previous traded $close - 1",
      looksBack: true,
      needs: ["$close"],
      fill(out, [close]) {
        let previous = NaN;
        for (let t = 0; t < out.length; t++) {
          out[t] = close![t]! / previous - 1;
          if (!Number.isNaN(close![t]!)) previous = close![t]!;
        }
      },
    },
  ],
  [
    "$vwap",
    {
      rule: "($high + $low + $close) / 3",
      needs: ["$high", "$low", "$close"],
      fill(out, [high, low, close]) {
        for (let t = 0; t < out.length; t++) out[t] = (high![t]! + low![t]! + close![t]!) / 3;
      },
    },
  ],
]);

/** Fields that can be filled in although the source lacks them, with their rules. */
export function derivableFields(stored: readonly string[]): Readonly<Record<string, string>> {
  const rules = [...DERIVED].filter(
    ([field, { needs }]) => !stored.includes(field) && needs.every((need) => stored.includes(need)),
  );
  return Object.fromEntries(rules.map(([field, { rule }]) => [field, rule]));
}

/** The stored fields a derived one is made of. */
export const inputsOf = (field: string): readonly string[] => DERIVED.get(field)!.needs;

/** Whether a derived field's value of a day needs the days before it. */
export const looksBack = (field: string): boolean => DERIVED.get(field)!.looksBack ?? false;

/** A derived field as a flat column. */
export function deriveField(
  field: string,
  ranges: readonly StoredRange[],
  stored: ReadonlyMap<string, Float64Array>,
): Float64Array {
  const { needs, fill } = DERIVED.get(field)!;
  const inputs = needs.map((need) => stored.get(need)!);
  const out = new Float64Array(inputs[0]!.length);
  for (const { offset, length } of ranges) {
    const cut = (column: Float64Array) => column.subarray(offset, offset + length);
    fill(cut(out), inputs.map(cut));
  }
  return out;
}
