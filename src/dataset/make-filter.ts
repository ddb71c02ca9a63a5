import { camelKeys, isComponentConfig, type ComponentConfig } from "../config/component-config.js";
import { registry } from "../config/registry.js";
import type { InstrumentFilter } from "../data/instrument-filter.js";
import { NameDFilter, type NameDFilterOptions } from "../data/name-d-filter.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { ExpressionDFilter, type ExpressionDFilterOptions } from "../feature/expression-d-filter.js";

/** A filter, `{ class, kwargs }`, or as Qlib writes it: `{ filter_type: "NameDFilter", name_rule_re: "SH" }`. */
export type FilterInput = InstrumentFilter | ComponentConfig | Readonly<Record<string, unknown>>;

type Options = Readonly<Record<string, unknown>>;

const FILTERS: ReadonlyMap<string, (options: Options) => InstrumentFilter> = new Map<
  string,
  (options: Options) => InstrumentFilter
>([
  ["NameDFilter", (options) => new NameDFilter(options as unknown as NameDFilterOptions)],
  ["ExpressionDFilter", (options) => new ExpressionDFilter(options as unknown as ExpressionDFilterOptions)],
]);

/**
 * A filter of instruments from what a configuration may hold. Names are those of Qlib, then those of the registry.
 *
 * @throws UnknownNameError with the nearest name; InvalidArgumentError for something that is no filter.
 * @example
 * makeFilter({ filter_type: "NameDFilter", name_rule_re: "SH", filter_end_time: "2020-01-31" }).config().kwargs // -> { nameRuleRe: "SH", fendTime: "2020-01-31" }
 */
export function makeFilter(input: FilterInput): InstrumentFilter {
  if (isFilter(input)) return input;
  const { name, options } = parts(input);
  const make = FILTERS.get(name);
  if (make) return make(options);
  const Filter = registry.find(name) as (new (options: Options) => unknown) | undefined;
  if (!Filter)
    throw new UnknownNameError("filter", name, [...FILTERS.keys()], { context: "Cannot filter instruments" });
  const filter = new Filter(options);
  if (isFilter(filter)) return filter;
  throw new InvalidArgumentError(`Cannot filter instruments: ${name} has no method "filter"`);
}

function parts(input: FilterInput): { name: string; options: Options } {
  if (isComponentConfig(input)) return { name: input.class, options: camelKeys(input.kwargs ?? {}) };
  const { filter_type: name, filter_start_time, filter_end_time, ...rest } = input as Options;
  if (typeof name !== "string")
    throw new InvalidArgumentError(
      `Cannot filter instruments: ${JSON.stringify(input)} is no filter\n  expected: new NameDFilter({ … }) or { class: "NameDFilter", kwargs: { … } }`,
    );
  return { name, options: camelKeys({ ...rest, fstart_time: filter_start_time, fend_time: filter_end_time }) };
}

const isFilter = (value: unknown): value is InstrumentFilter =>
  typeof value === "object" && value !== null && typeof (value as Partial<InstrumentFilter>).filter === "function";
