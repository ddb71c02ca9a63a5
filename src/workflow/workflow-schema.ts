import { z } from "zod";

const date = z.union([z.string(), z.null()]);
const classPath = {
  class: z.string(),
  /** Qlib's are ignored; a file (./my-model.ts) is loaded. */
  module_path: z.string().nullish(),
};
const component = (kwargs: z.ZodType = z.looseObject({})) => z.looseObject({ ...classPath, kwargs: kwargs.nullish() });
const placeholder = z.string().regex(/^<.+>$/);
const processors = z.array(z.union([z.string(), component()])).nullish();

const handlerOptions = {
  market: z.unknown().optional(),
  instruments: z.unknown().optional(),
  universe: z.unknown().optional(),
  start_time: date.optional(),
  end_time: date.optional(),
  fit_start_time: date.optional(),
  fit_end_time: date.optional(),
  freq: z.string().nullish(),
  label: z.unknown().optional(),
  infer_processors: processors,
  learn_processors: processors,
  inst_processors: processors,
  shared_processors: processors,
  process_type: z.enum(["append", "independent"]).nullish(),
  filter_pipe: z.array(z.unknown()).nullish(),
  drop_raw: z.boolean().nullish(),
};

const record = { skip_existing: z.boolean(), lenient: z.boolean() };
const exchange = z.strictObject({
  freq: z.string().optional(),
  codes: z.unknown().optional(),
  universe: z.unknown().optional(),
  limit_threshold: z.union([z.number(), z.null(), z.tuple([z.string(), z.string()])]).optional(),
  limit_basis: z.string().optional(),
  deal_price: z.union([z.string(), z.tuple([z.string(), z.string()]), z.null()]).optional(),
  open_cost: z.number().min(0).optional(),
  close_cost: z.number().min(0).optional(),
  min_cost: z.number().min(0).optional(),
  impact_cost: z.number().min(0).optional(),
  trade_unit: z.number().nullish(),
  volume_threshold: z.unknown().optional(),
});
const portAna = z.strictObject({
  strategy: component().optional(),
  executor: component().optional(),
  backtest: z
    .strictObject({
      start_time: date.optional(),
      end_time: date.optional(),
      account: z.union([z.number().positive(), z.looseObject({})]).optional(),
      benchmark: z.unknown().optional(),
      exchange_kwargs: exchange.nullish(),
      pos_type: z.string().optional(),
    })
    .optional(),
});
const freqs = z.union([z.string(), z.array(z.string()), z.null()]);
const portAnaRecord = {
  ...record,
  recorder: placeholder,
  config: portAna,
  market: z.unknown(),
  risk_analysis_freq: freqs,
  indicator_analysis_freq: freqs,
  indicator_analysis_method: z.string().nullable(),
};

/** What the known classes are made with; classes that are not listed take any options. */
export const KWARGS: Readonly<Record<string, z.ZodObject>> = {
  LinearModel: z.strictObject({
    estimator: z.enum(["ols", "nnls", "ridge", "lasso"]).optional(),
    alpha: z.number().min(0).optional(),
    fit_intercept: z.boolean().optional(),
    include_valid: z.boolean().optional(),
  }),
  DatasetH: z.strictObject({
    handler: component().or(z.string()),
    segments: z.record(z.string(), z.array(date).length(2)),
    leaks: z.enum(["warn", "error", "ignore"]).optional(),
    embargo_days: z.number().int().min(0).optional(),
    fetch_kwargs: z.looseObject({}).optional(),
  }),
  Alpha158: z.looseObject(handlerOptions),
  Alpha360: z.looseObject(handlerOptions),
  DataHandlerLP: z.looseObject(handlerOptions),
  SignalRecord: z.strictObject({ recorder: placeholder, model: placeholder, dataset: placeholder }).partial(),
  SigAnaRecord: z
    .strictObject({
      ...record,
      recorder: placeholder,
      ana_long_short: z.boolean(),
      ann_scaler: z.number().positive(),
      label_col: z.number().int().min(0),
    })
    .partial(),
  PortAnaRecord: z.strictObject(portAnaRecord).partial(),
  MultiPassPortAnaRecord: z
    .strictObject({
      ...portAnaRecord,
      pass_num: z.number().int().min(1),
      shuffle_init_score: z.boolean(),
      seed: z.number().int(),
    })
    .partial(),
  TopkDropoutStrategy: z.strictObject({
    signal: z.unknown().optional(),
    topk: z.number().int().min(1),
    n_drop: z.number().int().min(0),
    hold_thresh: z.number().min(0).optional(),
    only_tradable: z.boolean().optional(),
    forbid_all_trade_at_limit: z.boolean().optional(),
    risk_degree: z.number().min(0).max(1).optional(),
    method_sell: z.enum(["bottom", "random"]).optional(),
    method_buy: z.enum(["top", "random"]).optional(),
    seed: z.number().int().optional(),
    buy_sizing: z.enum(["intended", "executed"]).optional(),
    sizing: z.enum(["cash", "equalWeightOfAccount"]).optional(),
  }),
};
const TS_DATASET = { step_len: z.number().int().min(1).optional() };

/** The workflow file. Keys that it does not name may stand at the top: they hold anchors. */
export const WORKFLOW = z.looseObject({
  BASE_CONFIG_PATH: z.string().optional(),
  experiment_name: z.string().min(1).optional(),
  qlib_init: z.looseObject({
    provider_uri: z.union([z.string().min(1), z.record(z.string(), z.string())]),
    region: z.string().optional(),
  }),
  sys: z
    .strictObject({
      path: z.union([z.string(), z.array(z.string())]).optional(),
      rel_path: z.union([z.string(), z.array(z.string())]).optional(),
    })
    .nullish(),
  task: z.looseObject({
    model: component(),
    dataset: component(z.looseObject({ handler: z.unknown().optional(), segments: z.looseObject({}) })),
    record: z.union([component(), z.string(), z.array(z.union([component(), z.string()]))]).nullish(),
    reweighter: component().nullish(),
  }),
});

/**
 * The JSON schema of workflow files, for editors: completion and a wavy line under a wrong key.
 *
 * Classes of one's own are allowed everywhere; of the known ones the options are described.
 *
 * @example
 * workflowSchema().title // -> alphabook workflow
 */
export function workflowSchema(): Record<string, unknown> {
  const schema = z.toJSONSchema(WORKFLOW, { unrepresentable: "any" }) as Record<string, unknown>;
  const kwargs = { ...KWARGS, TSDatasetH: KWARGS.DatasetH!.extend(TS_DATASET) };
  const definitions = Object.fromEntries(
    Object.entries(kwargs).map(([name, each]) => {
      const { $schema: _, ...definition } = z.toJSONSchema(each, { unrepresentable: "any" }) as Record<string, unknown>;
      return [name, definition];
    }),
  );
  const described = {
    allOf: Object.keys(definitions).map((name) => ({
      if: { properties: { class: { const: name } }, required: ["class"] },
      then: { properties: { kwargs: { $ref: `#/$defs/${name}` } } },
    })),
  };
  const task = (schema.properties as Record<string, { properties: Record<string, unknown> }>).task!;
  for (const part of ["model", "dataset"]) Object.assign(task.properties[part] as object, described);
  const one = { anyOf: [{ type: "object", ...described }, { type: "string" }] };
  task.properties.record = { anyOf: [one, { type: "array", items: one }, { type: "null" }] };
  return { ...schema, title: "alphabook workflow", $defs: definitions };
}
