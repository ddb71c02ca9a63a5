import { camelKeys } from "../config/component-config.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import type { ConfigPath } from "../config/places.js";
import type { Market, Universe } from "../data/market.js";
import type { DatasetH } from "../dataset/dataset-h.js";
import { formatDatetime, parseDatetime } from "../engine/datetime.js";
import { fieldsOf } from "../feature/expression.js";
import { parseExpression } from "../feature/parse-expression.js";
import { placed } from "./at-its-place.js";
import { HANDLER, type WorkflowParts } from "./check-components.js";
import { checkTrading } from "./check-trading.js";
import { valueAt } from "./check-structure.js";
import { rangeText, spanText } from "./day-texts.js";
import { mistakeIn, type LoadedWorkflow } from "./load-workflow.js";

/** Trading days of a segment, as far as there are data. */
export interface SegmentDays {
  readonly segment: string;
  /** As written; null = open. */
  readonly start: string | null;
  readonly end: string | null;
  readonly days: number;
}

/** What the market has of what the workflow asks for. */
export interface DataFindings {
  readonly segments: readonly SegmentDays[];
  readonly instruments: number;
  /** What is left out, in sentences. */
  readonly notes: readonly string[];
}

const SEGMENTS: ConfigPath = ["task", "dataset", "kwargs", "segments"];

/**
 * Holds the workflow against the market: its universe, the days of its segments and of the processors' fit window, the fields
 * of its expressions, and what it trades. No prices are read.
 *
 * @throws ConfigError with the place of the first thing that the market does not have.
 */
export function checkData(workflow: LoadedWorkflow, parts: WorkflowParts, market: Market): DataFindings {
  const notes: string[] = [];
  const instruments = checkUniverse(workflow, parts.dataset, market);
  checkRoles(workflow, parts);
  const segments = checkSegments(workflow, parts.dataset, market, notes);
  checkFitWindow(workflow, parts.dataset, market);
  checkFields(workflow, parts.dataset, market);
  for (const { path } of parts.records) checkTrading(workflow, path, market);
  return { segments, instruments, notes };
}

function checkUniverse(workflow: LoadedWorkflow, { handler }: DatasetH, market: Market): number {
  const universe: Universe | undefined = handler.universe;
  try {
    return market.instruments(universe).length;
  } catch (cause) {
    const kwargs = valueAt(workflow.config, [...HANDLER, "kwargs"]);
    const key = ["instruments", "universe"].find((each) => isPlainObject(kwargs) && each in kwargs);
    if (key === undefined) throw placed(workflow, ["qlib_init", "provider_uri"], cause);
    const path = [...HANDLER, "kwargs", key];
    if (typeof universe !== "string") throw placed(workflow, path, cause);
    throw mistakeIn(workflow, {
      ...{ path, state: `the market has no universe "${universe}"`, cause },
      known: { what: "universes", names: market.universes, given: universe },
      next: ["one for all of them: -p market=NAME where the file has a key market: &market"],
    });
  }
}

/** The segments that the known parts need: one to learn from, one to forecast. */
function checkRoles(workflow: LoadedWorkflow, { dataset, records }: WorkflowParts): void {
  const needed = { train: "the model learns from it" } as Record<string, string>;
  if (records.length > 0) needed.test = "its days are forecast";
  for (const [name, why] of Object.entries(needed))
    if (!dataset.has(name))
      throw mistakeIn(workflow, {
        ...{ path: SEGMENTS, onKey: true, state: `there is no segment "${name}": ${why}` },
        known: { what: "segments", names: Object.keys(dataset.segments), given: name },
      });
  const made = new Set<unknown>();
  for (const { path, Template } of records) {
    for (let needs = Template.dependCls; needs; needs = needs.dependCls)
      if (
        ![...made].some(
          (each) => each === needs || (each as { prototype: object }).prototype instanceof (needs as never),
        )
      )
        throw mistakeIn(workflow, {
          ...{
            path,
            state: `${Template.name} needs what ${needs.name} records, and no ${needs.name} stands before it`,
          },
          next: [`- class: ${needs.name}`],
        });
    made.add(Template);
  }
}

function checkSegments(
  workflow: LoadedWorkflow,
  { segments }: DatasetH,
  { calendar }: Market,
  notes: string[],
): SegmentDays[] {
  const kwargs = camelKeys((valueAt(workflow.config, [...HANDLER, "kwargs"]) ?? {}) as Record<string, unknown>);
  const range = { start: kwargs.startTime as string | null, end: kwargs.endTime as string | null };
  const loaded = calendar.slice(range);
  if (loaded.length === 0)
    throw mistakeIn(workflow, {
      ...{
        path: [...HANDLER, "kwargs"],
        state: `the handler's days, ${rangeText(range)}, hold no trading day of the market`,
      },
      next: [spanText(calendar)],
    });
  return Object.entries(segments).map(([segment, [start, end]]) => {
    const days = loaded.slice({ start, end }).length;
    const path = [...SEGMENTS, segment];
    if (days === 0) {
      const inMarket = calendar.slice({ start, end }).length;
      throw mistakeIn(workflow, {
        ...{
          path,
          state: `segment "${segment}" (${rangeText({ start, end })}) holds no trading day of ${inMarket ? "the handler's" : "the market"}`,
        },
        next: [inMarket ? `start_time and end_time of the handler: ${rangeText(range)}` : spanText(calendar)],
      });
    }
    for (const [side, day] of [
      ["starts", start],
      ["ends", end],
    ] as const) {
      if (day === null) continue;
      const [edge, beyond] =
        side === "starts"
          ? [loaded.first, parseDatetime(day) < loaded.first]
          : [loaded.last, parseDatetime(day) > loaded.last];
      if (beyond && isFar(parseDatetime(day), edge))
        notes.push(
          `segment "${segment}" ${side} ${day}, the data ${side === "starts" ? "start" : "end"} ${formatDatetime(edge)}`,
        );
    }
    return { segment, start, end, days };
  });
}

/** A weekend or a holiday is not worth a note. */
const isFar = (a: number, b: number): boolean => Math.abs(a - b) > 10 * 86_400_000;

function checkFitWindow(workflow: LoadedWorkflow, { handler }: DatasetH, { calendar }: Market): void {
  const path = [...HANDLER, "kwargs"];
  for (const { processor, start, end } of handler.fitWindows) {
    if (start === undefined || end === undefined)
      throw mistakeIn(workflow, {
        ...{
          path,
          onKey: true,
          state: `"${start === undefined ? "fit_start_time" : "fit_end_time"}" is missing: ${processor} learns from the days of the fit window`,
        },
        next: [
          "usually those of the segment train:",
          "fit_start_time: <dataset.kwargs.segments.train.0>",
          "fit_end_time: <dataset.kwargs.segments.train.1>",
        ],
      });
    const window = { start, end };
    const key = Object.keys((valueAt(workflow.config, path) ?? {}) as object).find((each) => /^fit_?start/i.test(each));
    const at = { path: key === undefined ? path : [...path, key], onKey: true };
    if (start !== null && end !== null && parseDatetime(start) > parseDatetime(end))
      throw mistakeIn(workflow, { ...at, state: `the fit window, ${rangeText(window)}, ends before it starts` });
    if (calendar.slice(window).length === 0)
      throw mistakeIn(workflow, {
        ...{ ...at, state: `the fit window, ${rangeText(window)}, holds no trading day of the market` },
        next: [spanText(calendar)],
      });
  }
}

function checkFields(workflow: LoadedWorkflow, { handler }: DatasetH, market: Market): void {
  for (const { expression } of [...handler.features, ...handler.labels]) {
    const path = [...HANDLER, ...(findText(valueAt(workflow.config, HANDLER), expression) ?? ["class"])];
    let fields: Set<string>;
    try {
      fields = fieldsOf(parseExpression(expression));
    } catch (cause) {
      throw placed(workflow, path, cause);
    }
    for (const field of fields)
      if (!market.fields.includes(field))
        throw mistakeIn(workflow, {
          ...{ path, state: `the market has no field "${field}" (in ${expression})` },
          known: { what: "fields", names: market.fields, given: field },
        });
  }
}

/** Where a text stands in a part of the configuration. */
function findText(value: unknown, text: string): ConfigPath | undefined {
  if (value === text) return [];
  const entries: [string | number, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : isPlainObject(value)
      ? Object.entries(value)
      : [];
  for (const [key, item] of entries) {
    const found = findText(item, text);
    if (found) return [key, ...found];
  }
  return undefined;
}
