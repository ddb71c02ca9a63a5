import { DataError } from "../errors.js";
import { host } from "../host/host.js";
import type { ProcessorState } from "./processor.js";

/** Center and scale by column; null where the fit window had no value. */
export type ScaleState = ProcessorState & {
  readonly center?: Readonly<Record<string, number | null>>;
  readonly scale?: Readonly<Record<string, number | null>>;
};

export function asState(scales: ReadonlyMap<string, readonly [center: number, scale: number]>): ScaleState {
  const pick = (i: 0 | 1) =>
    Object.fromEntries([...scales].map(([name, pair]) => [name, Number.isFinite(pair[i]) ? pair[i] : null]));
  return { center: pick(0), scale: pick(1) };
}

/** @throws DataError for a column that was not there when the processor was fitted. */
export function scaleOf(state: ScaleState, column: string, processor: string): [center: number, scale: number] {
  const [center, scale] = [state.center?.[column], state.scale?.[column]];
  if (center === undefined || scale === undefined) {
    throw new DataError(
      `Cannot apply ${processor}: it was not fitted on column "${column}"\n  fitted on: ${Object.keys(state.center ?? {}).join(", ") || "nothing"}`,
    );
  }
  return [center ?? NaN, scale ?? NaN];
}

/** Says which columns a processor could not scale, if any; what became of them is in `outcome`. */
export function tellUnscaled(processor: string, columns: readonly string[], outcome: string): void {
  if (columns.length === 0) return;
  const named = columns.slice(0, 5).join(", ") + (columns.length > 5 ? ` and ${columns.length - 5} more` : "");
  host.notice(`${processor}: ${columns.length} ${columns.length === 1 ? "column" : "columns"} ${outcome}: ${named}`);
}
