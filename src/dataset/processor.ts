import type { ComponentConfig } from "../config/component-config.js";
import type { DatetimeInput } from "../engine/datetime.js";
import type { PanelColumn } from "../panel/panel.js";
import type { GroupedPanel } from "./grouped-panel.js";

/** What a processor learnt from the fit window: plain data that survives JSON (a missing number is null). */
export type ProcessorState = Readonly<Record<string, unknown>>;

/**
 * One step between raw features and what a model sees. A processor keeps no data: what it learnt is `fit`'s answer, which is
 * handed to `apply` again, today and on tomorrow's rows.
 *
 * A class of one's own needs `inferSafe`, `apply` and `config`; `fit` only when it learns something.
 */
export interface Processor {
  /** May it run on rows to forecast? False for what looks at labels or drops rows by them. */
  readonly inferSafe: boolean;
  /** The processor's own fit window, both ends inclusive, null = open; undefined: the handler's. */
  readonly fitStartTime?: DatetimeInput | null | undefined;
  readonly fitEndTime?: DatetimeInput | null | undefined;
  /** @param data Only rows inside the fit window. */
  fit?(data: GroupedPanel): ProcessorState | Promise<ProcessorState>;
  /**
   * New columns or fewer rows; writes into no column it was given but those that `mayOverwrite` allows.
   * @param state What `fit` returned; an empty object when there is no `fit`.
   * @param mayOverwrite Whether nobody will read a column again: a step before made it for this one. Large data need no
   * second copy then.
   */
  apply(
    data: GroupedPanel,
    state: ProcessorState,
    mayOverwrite?: (column: PanelColumn) => boolean,
  ): GroupedPanel | Promise<GroupedPanel>;
  /** Makes an equal processor again. */
  config(): ComponentConfig;
}

/** A processor, its class's name, or its configuration. */
export type ProcessorInput = Processor | string | ComponentConfig;

/** The fit window as a processor may set it; default: the handler's. */
export interface FitWindowOptions {
  readonly fitStartTime?: DatetimeInput | null;
  readonly fitEndTime?: DatetimeInput | null;
}

/** `{ class, kwargs }` without the options that were not given. */
export function processorConfig(name: string, kwargs: Readonly<Record<string, unknown>>): ComponentConfig {
  return { class: name, kwargs: Object.fromEntries(Object.entries(kwargs).filter(([, value]) => value !== undefined)) };
}
