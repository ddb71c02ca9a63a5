import { camelKeys } from "../config/component-config.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import type { ConfigPath } from "../config/places.js";
import type { Market, Universe } from "../data/market.js";
import { parseDatetime } from "../engine/datetime.js";
import { WorkflowError } from "../errors.js";
import { placed } from "./at-its-place.js";
import { valueAt } from "./check-structure.js";
import { rangeText, spanText } from "./day-texts.js";
import { mistakeIn, type LoadedWorkflow } from "./load-workflow.js";

/** Holds a back-test's configuration against the market: dates, benchmark, prices, instruments. */
export function checkTrading(workflow: LoadedWorkflow, record: ConfigPath, market: Market): void {
  const path = [...record, "kwargs", "config", "backtest"];
  const written = valueAt(workflow.config, path);
  if (!isPlainObject(written)) return;
  const { startTime, endTime, benchmark, exchangeKwargs } = camelKeys(written);
  checkDays(workflow, path, { start: startTime, end: endTime }, market);
  checkBenchmark(workflow, path, benchmark, market);
  if (!isPlainObject(exchangeKwargs)) return;
  const within = [...path, keyOf(written, "exchangeKwargs")];
  const { dealPrice, codes, universe = codes } = camelKeys(exchangeKwargs);
  for (const price of [dealPrice].flat()) {
    if (typeof price !== "string") continue;
    const field = price.startsWith("$") ? price : `$${price}`;
    if (!market.fields.includes(field))
      throw mistakeIn(workflow, {
        ...{
          path: [...within, keyOf(exchangeKwargs, "dealPrice")],
          state: `the market has no field "${field}" to deal at`,
        },
        known: { what: "fields", names: market.fields, given: field },
      });
  }
  if (universe == null) return;
  try {
    market.instruments(universe as Universe);
  } catch (cause) {
    throw placed(workflow, within, cause);
  }
}

function checkDays(
  workflow: LoadedWorkflow,
  path: ConfigPath,
  range: { readonly start: unknown; readonly end: unknown },
  { calendar }: Market,
): void {
  const written = valueAt(workflow.config, path) as object;
  const ms = (day: unknown, key: string): number | null => {
    if (day == null) return null;
    try {
      return parseDatetime(day as string);
    } catch (cause) {
      if (!(cause instanceof WorkflowError)) throw cause;
      throw placed(workflow, [...path, keyOf(written, key)], cause);
    }
  };
  const [start, end] = [ms(range.start, "startTime"), ms(range.end, "endTime")];
  const fault =
    start !== null && end !== null && start > end
      ? "ends before it starts"
      : calendar.slice({ start, end }).length === 0
        ? "holds no trading day of the market"
        : undefined;
  if (fault)
    throw mistakeIn(workflow, {
      path,
      onKey: true,
      state: `the back-test, ${rangeText(range)}, ${fault}`,
      next: [spanText(calendar)],
    });
}

function checkBenchmark(workflow: LoadedWorkflow, path: ConfigPath, benchmark: unknown, market: Market): void {
  for (const instrument of [benchmark].flat())
    if (typeof instrument === "string" && !market.allInstruments.includes(instrument))
      throw mistakeIn(workflow, {
        ...{ path: [...path, "benchmark"], state: `the market has no instrument "${instrument}" to compare with` },
        known: { what: "instruments", names: market.allInstruments, given: instrument },
        next: [
          market.benchmark
            ? `left out: the market's own, ${market.benchmark}; null: none`
            : "without one: benchmark: null",
        ],
      });
}

/** A key as it is written: in snake_case or camelCase. */
const keyOf = (mapping: object, camel: string): string =>
  Object.keys(mapping).find((key) => camel in camelKeys({ [key]: 0 })) ?? camel;
