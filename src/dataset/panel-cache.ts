import { createHash } from "node:crypto";
import { InvalidArgumentError } from "../errors.js";
import type { Panel } from "../panel/panel.js";
import type { Processed } from "./run-processors.js";
import type { Processor, ProcessorState } from "./processor.js";

/** A view that is kept: its columns, and as text what else belongs to it. */
export interface CachedPanel {
  readonly panel: Panel;
  readonly facts: string;
}

/** Where views may be kept between sessions; the key says everything they depend on, an entry never changes. */
export interface PanelCache {
  get(key: string): CachedPanel | undefined | Promise<CachedPanel | undefined>;
  put(key: string, entry: CachedPanel): void | Promise<void>;
}

let ofStore: (() => PanelCache) | undefined;

/** Tells what `cache: "store"` means; called once where the rooms are tied together. */
export function provideCache(open: () => PanelCache): void {
  ofStore = open;
}

/** The cache that an option means. @throws InvalidArgumentError for `"store"` where no store is provided. */
export function cacheOf(option: PanelCache | "store" | undefined): PanelCache | undefined {
  if (option !== "store") return option;
  if (!ofStore)
    throw new InvalidArgumentError(
      'Cannot keep features: cache is "store", but no store is provided\n  give an object with get and put',
    );
  return ofStore();
}

/** The view of an entry. */
export function fromEntry({ panel, facts }: CachedPanel): Processed {
  const { feature, label, states } = JSON.parse(facts) as {
    feature: string[];
    label: string[];
    states: ProcessorState[];
  };
  return { data: { panel: panel.select([...feature, ...label]), feature, label }, states };
}

export function toEntry({ data: { panel, feature, label }, states }: Processed): CachedPanel {
  return { panel, facts: JSON.stringify({ feature, label, states }) };
}

/** A key of fixed length for facts of any length. */
export const hashOf = (facts: unknown): string => createHash("sha256").update(JSON.stringify(facts)).digest("hex");

/** What a processor is: its configuration, and the text of its class, which a cell may change under the same name. */
export const processorKey = (processor: Processor): unknown => [processor.config(), processor.constructor.toString()];
