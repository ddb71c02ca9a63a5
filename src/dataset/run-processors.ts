import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { DataError, InvalidArgumentError } from "../errors.js";
import type { PanelColumn } from "../panel/panel.js";
import type { GroupedPanel } from "./grouped-panel.js";
import type { Processor, ProcessorState } from "./processor.js";

/** Days that processors may learn from, both inclusive; null = open, undefined = not set. */
export interface FitWindow {
  readonly start: DatetimeInput | null | undefined;
  readonly end: DatetimeInput | null | undefined;
}

export interface Processed {
  readonly data: GroupedPanel;
  /** One for each processor, in order; an empty object for those that learn nothing. */
  readonly states: readonly ProcessorState[];
}

export interface RunOptions {
  /** What the processors learnt earlier: they are applied as they were. */
  readonly states?: readonly ProcessorState[] | undefined;
  /** What they all learn from; default: what the one before made. */
  readonly fitOn?: GroupedPanel | undefined;
}

/** The window of a processor: its own, where it has one, else the handler's. */
export function fitWindowOf(processor: Processor, handlers: FitWindow): FitWindow {
  const { fitStartTime = handlers.start, fitEndTime = handlers.end } = processor;
  return { start: fitStartTime, end: fitEndTime };
}

/**
 * Runs processors one after the other, each fitted on what the one before it made, or applied with a state it learnt earlier.
 *
 * @throws InvalidArgumentError when a processor that learns has no fit window; DataError when its window has no rows.
 */
export async function runProcessors(
  data: GroupedPanel,
  processors: readonly Processor[],
  window: FitWindow,
  { states, fitOn }: RunOptions = {},
): Promise<Processed> {
  if (states && states.length !== processors.length)
    throw new InvalidArgumentError(
      `Cannot apply a fitted state: it holds ${states.length} processors, the handler has ${processors.length}`,
    );
  const learnt: ProcessorState[] = [];
  let current = data;
  // Columns may be views on the same memory.
  const given = new Set([...data.panel.columns.values()].map(({ buffer }) => buffer));
  const mayOverwrite = ({ buffer }: PanelColumn) => !given.has(buffer);
  for (const [i, processor] of processors.entries()) {
    const state = states
      ? states[i]!
      : processor.fit
        ? await processor.fit(rowsToFit(fitOn ?? current, processor, window))
        : {};
    learnt.push(state);
    current = await processor.apply(current, state, mayOverwrite);
  }
  return { data: current, states: learnt };
}

function rowsToFit(data: GroupedPanel, processor: Processor, handlers: FitWindow): GroupedPanel {
  const { start, end } = fitWindowOf(processor, handlers);
  const name = processor.config().class;
  if (start === undefined || end === undefined) {
    throw new InvalidArgumentError(
      `Cannot fit ${name}: no fit window\n  set fitStartTime and fitEndTime, usually the train segment's, so that nothing is learnt from the days to be forecast\n  (null leaves an end open)`,
    );
  }
  const panel = data.panel.between(start, end);
  if (panel.numRows === 0) {
    const text = (time: DatetimeInput | null, open: string) =>
      time === null ? open : formatDatetime(parseDatetime(time));
    throw new DataError(
      `Cannot fit ${name}: no rows between ${text(start, "the start")} and ${text(end, "the end")}\n  ${spanOf(data)}`,
    );
  }
  return { ...data, panel };
}

/** What range the data cover, for messages. */
export function spanOf({ panel }: GroupedPanel): string {
  return panel.numRows
    ? `the data run from ${formatDatetime(panel.dates[0]!)} to ${formatDatetime(panel.dates.at(-1)!)}`
    : "the data have no rows at all";
}
