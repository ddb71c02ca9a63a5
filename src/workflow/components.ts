import { EXECUTORS, STRATEGIES } from "../backtest/make-strategy.js";
import { registry, type ComponentClass } from "../config/registry.js";
import { DataHandlerLP } from "../dataset/data-handler-lp.js";
import { DatasetH } from "../dataset/dataset-h.js";
import { PROCESSORS } from "../dataset/make-processor.js";
import { RecordTemp } from "../record-template/record-temp.js";

/** What a part of a workflow can be. */
export type ComponentKind = "model" | "dataset" | "handler" | "processor" | "record template" | "strategy" | "executor";

const isA = (parent: ComponentClass) => (component: ComponentClass) =>
  component === parent || component.prototype instanceof parent;
const isModel = (component: ComponentClass): boolean =>
  hasMethods("fit", "predict", "toText")(component) && "fromText" in component;
const hasMethods =
  (...methods: readonly string[]) =>
  ({ prototype }: ComponentClass) =>
    methods.every((method) => typeof (prototype as Record<string, unknown>)[method] === "function");

/** How a class of each kind is told from others, and what a class of one's own needs. */
const KINDS: Readonly<
  Record<ComponentKind, { readonly fits: (component: ComponentClass) => boolean; readonly needs: string }>
> = {
  model: { fits: isModel, needs: "methods fit, predict and toText, and a static fromText" },
  dataset: { fits: isA(DatasetH), needs: "to extend DatasetH" },
  handler: { fits: isA(DataHandlerLP), needs: "to extend DataHandlerLP" },
  processor: { fits: hasMethods("apply"), needs: "a method apply" },
  "record template": { fits: isA(RecordTemp), needs: "to extend RecordTemp" },
  strategy: { fits: hasMethods("decide"), needs: "a method decide" },
  executor: {
    fits: (component) => [...EXECUTORS.values()].some((one) => isA(one)(component)),
    needs: "to extend SimulatorExecutor",
  },
};

const OF_A_ROOM: Partial<Record<ComponentKind, ReadonlyMap<string, ComponentClass>>> = {
  processor: PROCESSORS,
  strategy: STRATEGIES,
  executor: EXECUTORS,
};

/** Names of the classes of a kind that a configuration can use. */
export function componentNames(kind: ComponentKind): string[] {
  const registered = registry.names().filter((name) => KINDS[kind].fits(registry.get(name)));
  return [...new Set([...(OF_A_ROOM[kind]?.keys() ?? []), ...registered])].sort();
}

/** A class by its name, whatever its kind. */
export function findComponent(kind: ComponentKind, name: string): ComponentClass | undefined {
  return OF_A_ROOM[kind]?.get(name) ?? registry.find(name);
}

export const fitsKind = (kind: ComponentKind, component: ComponentClass): boolean => KINDS[kind].fits(component);
export const needsOf = (kind: ComponentKind): string => KINDS[kind].needs;

const NEURAL = "LGBModel, or a class of your own with fit and predict (there are no neural networks)";

/** Classes of Qlib's that are not here → what to use instead. */
const STAND_INS: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["XGBModel", "CatBoostModel", "DEnsembleModel", "DoubleEnsembleModel", "HFLGBModel"].map((name) => [
      name,
      "LGBModel",
    ]),
  ),
  ...Object.fromEntries(
    "DNNModelPytorch LSTM GRU ALSTM GATs TCN TRAModel TabnetModel TransformerModel LocalformerModel SFM HIST ADD ADARNN IGMTF KRNN Sandwich TCTS GeneralPTNN"
      .split(" ")
      .map((name) => [name, NEURAL]),
  ),
  MTSDatasetH: "TSDatasetH",
  Alpha158vwap: 'Alpha158 with kwargs label: [["Ref($vwap, -2)/Ref($vwap, -1) - 1"], ["LABEL0"]]',
  Alpha360vwap: 'Alpha360 with kwargs label: [["Ref($vwap, -2)/Ref($vwap, -1) - 1"], ["LABEL0"]]',
  DataHandler: "DataHandlerLP",
  HighFreqHandler: "DataHandlerLP with kwargs features",
  SBBStrategyEMA: "TWAPStrategy",
  SBBStrategyBase: "TWAPStrategy",
  RandomOrderStrategy: "FileOrderStrategy with a table of orders",
};

/** What to use for a class of Qlib's that is not here. */
export const findStandIn = (name: string): string | undefined =>
  Object.hasOwn(STAND_INS, name) ? STAND_INS[name] : undefined;
