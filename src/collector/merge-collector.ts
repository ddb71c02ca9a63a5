import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { Collected, type ReplacedArtifact, type SkippedArtifact } from "./collected.js";
import type { Collector } from "./collector.js";
import { processCollect, type CollectProcess } from "./process-collect.js";
import { keyText, type KeyPart } from "./tuple-map.js";

export interface MergeCollectorOptions {
  /** Collectors by name; all are run, each with its own process chain. */
  readonly collectorDict: Readonly<Record<string, Collector>>;
  /** Steps for each merged value. Default none. */
  readonly processList?: CollectProcess | readonly CollectProcess[];
  /** The key of a value. Default `[collector's name, its key]`. */
  readonly mergeFunc?: (collectorKey: string, key: KeyPart) => KeyPart;
}

/**
 * What several collectors find, in one map.
 *
 * In Qlib: qlib.workflow.task.collect.MergeCollector.
 *
 * @example
 * const preds = { collect: async () => new Collected(), run: async () => new Collected([["pred", 1]]) };
 * const merged = await new MergeCollector({ collectorDict: { A: preds, B: preds } }).run();
 * merged.keys() // -> [["A", "pred"], ["B", "pred"]]
 */
export class MergeCollector implements Collector {
  readonly #options: MergeCollectorOptions;

  constructor(options: MergeCollectorOptions) {
    if (typeof options?.collectorDict !== "object")
      throw new InvalidArgumentError(
        "Cannot merge collectors: none are given\n  expected: new MergeCollector({ collectorDict: { name: collector, … } })",
      );
    refuseUnknownOptions("Cannot merge collectors", options, ["collectorDict", "processList", "mergeFunc"]);
    this.#options = options;
  }

  /** @throws InvalidArgumentError when `mergeFunc` gives one key to two values. */
  async collect(): Promise<Collected> {
    const { collectorDict, mergeFunc = (collectorKey, key): KeyPart => [collectorKey, key] } = this.#options;
    const merged = new Map<string, [KeyPart, unknown]>();
    const skipped: SkippedArtifact[] = [];
    const replaced: ReplacedArtifact[] = [];
    for (const [name, collector] of Object.entries(collectorDict)) {
      const found = await collector.run();
      skipped.push(...found.skipped);
      replaced.push(...found.replaced);
      for (const [key, value] of found) {
        const mergedKey = mergeFunc(name, key);
        const text = keyText(mergedKey);
        if (merged.has(text))
          throw new InvalidArgumentError(
            `Cannot merge collectors: key ${text} comes twice, the second time from collector "${name}" for ${keyText(key)}\n  mergeFunc has to give each value a key of its own`,
          );
        merged.set(text, [mergedKey, value]);
      }
    }
    return new Collected(merged.values(), { skipped, replaced });
  }

  async run(...args: readonly unknown[]): Promise<Collected> {
    const collected = await this.collect();
    return new Collected(await processCollect(collected, this.#options.processList ?? [], ...args), collected);
  }
}
