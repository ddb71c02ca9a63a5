/** The key under which a class says how it shows itself; `display/` turns the answer into a MIME bundle. */
export const VIEW: unique symbol = Symbol.for("alphabook.view") as never;

/** Plain data that describe what to show. Kinds that carry a `ref` (a run) are drawn by `report/`. */
export interface View {
  /** `facts`, `table`, `run`, `experiment`, `market`, `signal-report` … */
  readonly kind: string;
  readonly title?: string;
  /** Key figures or properties, in order; numbers are formatted by the display. */
  readonly facts?: Readonly<Record<string, Fact>>;
  /** The rows to show: an arquero table or an array of plain objects. */
  readonly table?: unknown;
  /** Code and other texts of many lines, below the table. */
  readonly texts?: readonly ViewText[];
  /** Notes below the table: conventions, what was dropped, what to do next. */
  readonly notes?: readonly string[];
  readonly ref?: unknown;
}

/** A text shown as it is, in a fixed-width font. */
export interface ViewText {
  readonly title?: string;
  readonly text: string;
  /** Lines that begin with `+` and `-` are added and removed ones, and are coloured so. */
  readonly diff?: boolean;
}

export type Fact = string | number | boolean | Date | null | undefined;

export interface Viewable {
  [VIEW](): View;
}

export function isViewable(value: unknown): value is Viewable {
  return typeof value === "object" && value !== null && typeof (value as Partial<Viewable>)[VIEW] === "function";
}
