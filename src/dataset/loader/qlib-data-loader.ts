import type { ComponentConfig } from "../../config/component-config.js";
import { refuseUnknownOptions } from "../../engine/refuse-unknown-options.js";
import { InvalidArgumentError, UnknownNameError } from "../../errors.js";
import { fieldsKey } from "../../feature/content-key.js";
import { toFeatureSpec, type FeatureInput, type FeatureSpec } from "../../feature/feature-spec.js";
import { lookbackOf } from "../../feature/lookback.js";
import { parseExpression } from "../../feature/parse-expression.js";
import type { GroupedPanel } from "../grouped-panel.js";
import { loadRaw } from "../load-raw.js";
import type { DataLoader, LoadRequest } from "./data-loader.js";

/** Expressions or named ones; or Qlib's pair of lists, expressions and names. */
export type ExpressionList =
  readonly FeatureInput[] | readonly [expressions: readonly string[], names: readonly string[]];

export interface QlibDataLoaderOptions {
  /** Expressions by group, or one list, which is then of features. */
  readonly config: ExpressionList | Readonly<{ feature?: ExpressionList; label?: ExpressionList }>;
}

/**
 * Expressions evaluated on the handler's market.
 *
 * In Qlib: qlib.data.dataset.loader.QlibDataLoader
 *
 * @throws InvalidArgumentError for a name that occurs twice, or as many names as there are not expressions.
 * @example
 * new QlibDataLoader({ config: { feature: [["$close/$open"], ["UP"]] } }).features // -> [{ name: "UP", expression: "$close/$open" }]
 */
export class QlibDataLoader implements DataLoader {
  readonly features: readonly FeatureSpec[];
  readonly labels: readonly FeatureSpec[];

  constructor(options: QlibDataLoaderOptions) {
    refuseUnknownOptions("Cannot make a QlibDataLoader", options, ["config"]);
    const { config } = options;
    const groups = Array.isArray(config)
      ? { feature: config as ExpressionList }
      : (config as Readonly<{ feature?: ExpressionList; label?: ExpressionList }>);
    for (const name of Object.keys(groups))
      if (name !== "feature" && name !== "label")
        throw new UnknownNameError("group", name, ["feature", "label"], { context: "Cannot make a QlibDataLoader" });
    this.features = specsOf(groups.feature ?? []);
    this.labels = specsOf(groups.label ?? []);
    if (this.features.length + this.labels.length === 0)
      throw new InvalidArgumentError(
        'Cannot make a QlibDataLoader: no expressions\n  e.g. config: { feature: [["$close/$open"], ["UP"]] }',
      );
    const names = [...this.features, ...this.labels].map(({ name }) => name);
    const twice = names.find((name, i) => names.indexOf(name) !== i);
    if (twice !== undefined)
      throw new InvalidArgumentError(`Cannot make a QlibDataLoader: the name "${twice}" occurs twice`);
  }

  get labelHorizonDays(): number {
    return lookbackOf(this.labels.map(({ expression }) => parseExpression(expression))).right;
  }

  async load({ market, universe, start, end, dtype }: LoadRequest): Promise<GroupedPanel> {
    const { features, labels } = this;
    return loadRaw(await market(), {
      features,
      labels,
      start,
      end,
      dtype,
      ...(universe === undefined ? {} : { universe }),
    });
  }

  async contentKey({ market }: LoadRequest): Promise<string> {
    const { fingerprint, precision } = await factsOf(market);
    return JSON.stringify([fingerprint, precision, fieldsKey([...this.features, ...this.labels]), this.labels.length]);
  }

  config(): ComponentConfig {
    return { class: "QlibDataLoader", kwargs: { config: { feature: this.features, label: this.labels } } };
  }
}

async function factsOf(open: LoadRequest["market"]): Promise<{ fingerprint: string; precision: string }> {
  const market = await open();
  return { fingerprint: await market.fingerprint(), precision: market.precision };
}

function specsOf(list: ExpressionList): FeatureSpec[] {
  if (!Array.isArray(list[0])) return (list as readonly FeatureInput[]).map(toFeatureSpec);
  const [expressions, names = []] = list as readonly [readonly string[], readonly string[]];
  if (expressions.length !== names.length)
    throw new InvalidArgumentError(
      `Cannot make a QlibDataLoader: ${expressions.length} expressions and ${names.length} names`,
    );
  return expressions.map((expression, i) => ({ name: names[i]!, expression }));
}
