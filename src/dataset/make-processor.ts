import { camelKeys, classNameOf, isComponentConfig } from "../config/component-config.js";
import { registry, type ComponentClass } from "../config/registry.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import type { Processor, ProcessorInput } from "./processor.js";
import { ConfigSectionProcessor } from "./processors/config-section-processor.js";
import { CSRankNorm } from "./processors/cs-rank-norm.js";
import { CSZFillna } from "./processors/cs-z-fillna.js";
import { CSZScoreNorm } from "./processors/cs-z-score-norm.js";
import { DropCol } from "./processors/drop-col.js";
import { DropnaLabel } from "./processors/dropna-label.js";
import { DropnaProcessor } from "./processors/dropna-processor.js";
import { Fillna } from "./processors/fillna.js";
import { FilterCol } from "./processors/filter-col.js";
import { HashStockFormat } from "./processors/hash-stock-format.js";
import { MinMaxNorm } from "./processors/min-max-norm.js";
import { ProcessInf } from "./processors/process-inf.js";
import { RobustZScoreNorm } from "./processors/robust-z-score-norm.js";
import { TanhProcess } from "./processors/tanh-process.js";
import { ZScoreNorm } from "./processors/z-score-norm.js";

/** The processors of this room, by Qlib's names. */
export const PROCESSORS: ReadonlyMap<string, ComponentClass<Processor>> = new Map(
  Object.entries({
    ConfigSectionProcessor,
    CSRankNorm,
    CSZFillna,
    CSZScoreNorm,
    DropCol,
    DropnaLabel,
    DropnaProcessor,
    Fillna,
    FilterCol,
    HashStockFormat,
    MinMaxNorm,
    ProcessInf,
    RobustZScoreNorm,
    TanhProcess,
    ZScoreNorm,
  }),
);

/**
 * A processor of what a user may give: the object itself, a class's name, or `{ class, kwargs }`.
 *
 * Names are those of {@link PROCESSORS}, then those of the registry.
 *
 * @throws UnknownNameError with the nearest name; InvalidArgumentError for something that is no processor.
 */
export function makeProcessor(input: ProcessorInput): Processor {
  const config = typeof input === "string" ? { class: input } : input;
  if (!isComponentConfig(config)) return checked(config, "It");
  const name = classNameOf(config.class);
  const found = PROCESSORS.get(name) ?? registry.find(name);
  if (!found) throw new UnknownNameError("processor", config.class, [...PROCESSORS.keys(), ...registeredProcessors()]);
  const Component = found as unknown as new (options: Record<string, unknown>) => object;
  return checked(new Component(camelKeys(config.kwargs ?? {})), config.class);
}

const registeredProcessors = (): string[] =>
  registry.names().filter((name) => typeof (registry.get(name).prototype as Partial<Processor>).apply === "function");

function checked(value: object, name: string): Processor {
  if (
    typeof (value as Partial<Processor>).apply === "function" &&
    typeof (value as Partial<Processor>).inferSafe === "boolean"
  )
    return value as Processor;
  throw new InvalidArgumentError(
    `Cannot use a processor: ${name} has no apply() or does not say inferSafe\n  a processor, its class's name or { class, kwargs } expected`,
  );
}
