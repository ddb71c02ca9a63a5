import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import { BAR_SHAPES, ROLLING_FAMILIES, TINY } from "./alpha158-families.js";
import type { FeatureSpec } from "./feature-spec.js";

/**
 * Which sections of Alpha158's construction are made; one that is not named is left out. In Qlib: the `config` of
 * Alpha158DL.
 */
export interface Alpha158FeatureConfig {
  /** The nine shapes of the day's bar; `true` or `{}`. */
  readonly kbar?: boolean | Readonly<Record<string, never>> | undefined;
  /** Prices of the day and of days before it, over today's close. */
  readonly price?: {
    /** Days back, 0 = today. Default [0, 1, 2, 3, 4]. */
    readonly windows?: readonly number[];
    /** Fields in capitals or not, without `$`. Default OPEN, HIGH, LOW, CLOSE, VWAP. */
    readonly feature?: readonly string[];
  };
  /** Volumes of the day and of days before it, over today's. */
  readonly volume?: {
    /** Days back, 0 = today. Default [0, 1, 2, 3, 4]. */
    readonly windows?: readonly number[];
  };
  /** The 29 families over the last d days. */
  readonly rolling?: {
    /** Lengths in trading days. Default [5, 10, 20, 30, 60]. */
    readonly windows?: readonly number[];
    /**
     * Families to make, `["MA", "STD"]`; null = all (default). `LOW`, Qlib's word for the family `MIN`, is understood
     * too.
     */
    readonly include?: readonly string[] | null;
    /** Families to leave out, also if included. Default none. */
    readonly exclude?: readonly string[];
  };
}

const RECENT = [0, 1, 2, 3, 4];
const ALPHA158: Alpha158FeatureConfig = {
  kbar: true,
  price: { windows: [0], feature: ["OPEN", "HIGH", "LOW", "VWAP"] },
  rolling: {},
};

/**
 * The features of Alpha158 as named expressions: 9 bar shapes, 4 prices, then 29 families × 5 windows, in Qlib's order.
 * All are free of the price's level. With a configuration of one's own: the sections it names.
 *
 * In Qlib: qlib.contrib.data.loader.Alpha158DL.get_feature_config
 *
 * @throws UnknownNameError for an unknown section or family; InvalidArgumentError for a window that is no whole number
 * of days.
 * @example
 * alpha158Features().length // -> 158
 * alpha158Features({ rolling: { windows: [5], include: ["MA"] } })[0].expression // -> Mean($close, 5)/$close
 */
export function alpha158Features(config: Alpha158FeatureConfig = ALPHA158): FeatureSpec[] {
  const sections = ["kbar", "price", "volume", "rolling"];
  for (const section of Object.keys(config))
    if (!sections.includes(section))
      throw new UnknownNameError("section", section, sections, { context: "Cannot make Alpha158's features" });
  const { kbar, price, volume, rolling } = config;
  return [
    ...(kbar ? BAR_SHAPES : []),
    ...(price ? priceFeatures(price) : []),
    ...(volume ? volumeFeatures(volume) : []),
    ...(rolling ? rollingFeatures(rolling) : []),
  ].map(([name, expression]) => ({ name, expression }));
}

type Named = readonly [name: string, expression: string];

function priceFeatures({
  windows = RECENT,
  feature = ["OPEN", "HIGH", "LOW", "CLOSE", "VWAP"],
}: NonNullable<Alpha158FeatureConfig["price"]>): Named[] {
  checkWindows("price", windows, 0);
  return feature.flatMap((field) =>
    windows.map((d): Named => [`${field.toUpperCase()}${d}`, `${daysAgo(`$${field.toLowerCase()}`, d)}/$close`]),
  );
}

function volumeFeatures({ windows = RECENT }: NonNullable<Alpha158FeatureConfig["volume"]>): Named[] {
  checkWindows("volume", windows, 0);
  return windows.map((d): Named => [`VOLUME${d}`, `${daysAgo("$volume", d)}/($volume+${TINY})`]);
}

function rollingFeatures({
  windows = [5, 10, 20, 30, 60],
  include,
  exclude = [],
}: NonNullable<Alpha158FeatureConfig["rolling"]>): Named[] {
  checkWindows("rolling", windows, 1);
  const left = new Set(exclude.map(familyOf));
  const wanted = include ? new Set(include.map(familyOf)) : undefined;
  return [...ROLLING_FAMILIES]
    .filter(([family]) => !left.has(family) && (!wanted || wanted.has(family)))
    .flatMap(([family, expression]) => windows.map((d): Named => [`${family}${d}`, expression(d)]));
}

/** A field some days ago; 0 is today. */
export const daysAgo = (field: string, days: number): string => (days === 0 ? field : `Ref(${field}, ${days})`);

function familyOf(name: string): string {
  const family = name === "LOW" ? "MIN" : name;
  if (!ROLLING_FAMILIES.has(family))
    throw new UnknownNameError("family", name, ROLLING_FAMILIES.keys(), { context: "Cannot make Alpha158's features" });
  return family;
}

function checkWindows(section: string, windows: readonly number[], atLeast: number): void {
  const wrong = windows.find((d) => !Number.isInteger(d) || d < atLeast);
  if (wrong !== undefined)
    throw new InvalidArgumentError(
      `Cannot make Alpha158's features: a window of ${section} is ${JSON.stringify(wrong)}\n  a whole number of days, at least ${atLeast}, expected`,
    );
}
