import { inspect } from "node:util";
import type { Universe } from "../data/market.js";
import type { DatetimeInput } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError, UnknownNameError } from "../errors.js";
import type { PanelSource } from "../panel/panel-from.js";
import type { Direction } from "./order.js";

/**
 * A value by instrument and day: a field of the market (`"$limit_up"`), or a table of what was computed from it, its
 * first column counting: `await queryFeatures(market, { features: ["$close / Ref($close, 1) > 1.098"] })`.
 */
export type QuoteInput = string | PanelSource;

/**
 * `current`: no more than this in one step. `cum`: no more than this on the day, less what was dealt before. Adjusted
 * amounts.
 */
export type VolumeLimit = readonly ["current" | "cum", QuoteInput];

export interface ExchangeOptions {
  /** Whose quotes are loaded. Default `all`. */
  readonly universe?: Universe;
  readonly start?: DatetimeInput | null;
  readonly end?: DatetimeInput | null;
  /** Field name as `"close"`, or one for buying and one for selling, also as a pair. Default `close`. */
  readonly dealPrice?: string | { readonly buy: string; readonly sell: string } | readonly [buy: string, sell: string];
  /** Share of the traded value; default 0.0005. */
  readonly openCost?: number;
  /** Share of the traded value; default 0.0015. */
  readonly closeCost?: number;
  /** Least cost of a filled order, money; default 5. */
  readonly minCost?: number;
  /** Slippage: this × (order value ÷ traded value of the day)², added to the cost's share; default 0. */
  readonly impactCost?: number;
  /** Lot in real shares; null: fractions are dealt. Default: the region's (cn 100, us 1, tw 1000). */
  readonly tradeUnit?: number | null;
  /**
   * |change| of the day from which it is limited; null: no limits. Default: the region's (cn 0.095, us none, tw 0.1).
   * Or what says for each side (also as a pair: buying, selling) that it is limited: a value that is not 0; a missing
   * one limits too.
   */
  readonly limitThreshold?: number | null | LimitInputs | readonly [buy: QuoteInput, sell: QuoteInput];
  /**
   * What the change is measured by: the day's `close` as in Qlib (default; it is not known yet when dealing at the
   * open), or the `dealPrice` of the side.
   */
  readonly limitBasis?: "close" | "dealPrice";
  /** How much can be dealt; one limit, or some for both sides (`all`) and for each. Default none. */
  readonly volumeThreshold?: VolumeLimit | Readonly<Partial<Record<"all" | Direction, VolumeLimit>>>;
}

/** What says for each side that it is limited. */
export interface LimitInputs {
  readonly buy: QuoteInput;
  readonly sell: QuoteInput;
}

/** Limits that are given by side, whichever way they are written; undefined for a number or none. */
export function limitInputs({ limitThreshold }: ExchangeOptions): LimitInputs | undefined {
  if (typeof limitThreshold !== "object" || limitThreshold === null) return undefined;
  const isPair = (given: object): given is readonly [QuoteInput, QuoteInput] => Array.isArray(given);
  const { buy, sell } = isPair(limitThreshold) ? { buy: limitThreshold[0], sell: limitThreshold[1] } : limitThreshold;
  if (buy == null || sell == null)
    throw new InvalidArgumentError(
      "Cannot open the exchange: limitThreshold says nothing for one side\n  a number, null, { buy, sell } or [buy, sell] expected",
    );
  return { buy, sell };
}

/** All options there are. */
export const EXCHANGE_OPTIONS: readonly (keyof ExchangeOptions)[] = [
  "universe",
  "start",
  "end",
  "dealPrice",
  "openCost",
  "closeCost",
  "minCost",
  "impactCost",
  "tradeUnit",
  "limitThreshold",
  "limitBasis",
  "volumeThreshold",
];

/** Options with their defaults, checked. */
export interface ExchangeSettings {
  readonly openCost: number;
  readonly closeCost: number;
  readonly minCost: number;
  readonly impactCost: number;
  readonly tradeUnit: number | null;
  /** `fields`: the limits stand in the quotes. */
  readonly limitThreshold: number | null | "fields";
  readonly limitBasis: "close" | "dealPrice";
  /** Field names with their `$`. */
  readonly priceField: Readonly<Record<Direction, string>>;
  /** In which field of the quotes each limit stands, and which sides it holds for. */
  readonly volumeLimits: readonly NamedVolumeLimit[];
}

export interface NamedVolumeLimit {
  readonly field: string;
  readonly kind: "current" | "cum";
  readonly side: "all" | Direction;
  readonly input: QuoteInput;
}

const REGIONS: Readonly<Record<string, { unit: number; limit: number | null }>> = {
  cn: { unit: 100, limit: 0.095 },
  us: { unit: 1, limit: null },
  tw: { unit: 1000, limit: 0.1 },
};

/** @throws InvalidArgumentError for negative costs, a lot or threshold that is not > 0, or an unknown word. */
export function exchangeSettings(options: ExchangeOptions, regionName: string): ExchangeSettings {
  refuseUnknownOptions("Cannot open the exchange", options, EXCHANGE_OPTIONS);
  const region = REGIONS[regionName] ?? REGIONS.us!;
  const { limitThreshold = region.limit } = options;
  const settings: ExchangeSettings = {
    openCost: options.openCost ?? 0.0005,
    closeCost: options.closeCost ?? 0.0015,
    minCost: options.minCost ?? 5,
    impactCost: options.impactCost ?? 0,
    tradeUnit: options.tradeUnit === undefined ? region.unit : options.tradeUnit,
    limitThreshold: limitInputs(options) ? "fields" : (limitThreshold as number | null),
    limitBasis: options.limitBasis ?? "close",
    priceField: priceFields(options),
    volumeLimits: namedVolumeLimits(options),
  };
  for (const name of ["openCost", "closeCost", "minCost", "impactCost"] as const)
    if (typeof settings[name] !== "number" || !(settings[name] >= 0))
      throw new InvalidArgumentError(`Cannot open the exchange: ${name} is ${settings[name]}, a number ≥ 0 expected`);
  for (const name of ["tradeUnit", "limitThreshold"] as const) {
    const value = settings[name];
    const isFields = name === "limitThreshold" && limitInputs(options) !== undefined;
    if (value !== null && !isFields && !(typeof value === "number" && value > 0))
      throw new InvalidArgumentError(
        `Cannot open the exchange: ${name} is ${inspect(value)}, a number > 0 or null expected`,
      );
  }
  if (settings.limitBasis !== "close" && settings.limitBasis !== "dealPrice")
    throw new UnknownNameError("limitBasis", String(settings.limitBasis), ["close", "dealPrice"]);
  return settings;
}

function priceFields({ dealPrice = "close" }: ExchangeOptions): Record<Direction, string> {
  const isPair = (given: object): given is readonly [string, string] => Array.isArray(given);
  const bySide = typeof dealPrice === "string" ? { buy: dealPrice, sell: dealPrice } : dealPrice;
  const { buy, sell } = isPair(bySide) ? { buy: bySide[0], sell: bySide[1] } : bySide;
  if (typeof buy !== "string" || typeof sell !== "string")
    throw new InvalidArgumentError(
      `Cannot open the exchange: dealPrice is ${inspect(dealPrice)}\n  a field's name, { buy, sell } or [buy, sell] expected`,
    );
  const field = (name: string) => (name.startsWith("$") ? name : `$${name}`);
  return { buy: field(buy), sell: field(sell) };
}

function namedVolumeLimits({ volumeThreshold = {} }: ExchangeOptions): NamedVolumeLimit[] {
  const isOne = (value: object): value is VolumeLimit => Array.isArray(value);
  const bySide = isOne(volumeThreshold) ? { all: volumeThreshold } : volumeThreshold;
  return Object.entries(bySide).map(([side, [kind, input]]) => {
    if (side !== "all" && side !== "buy" && side !== "sell")
      throw new UnknownNameError("side of a volume limit", side, ["all", "buy", "sell"]);
    if (kind !== "current" && kind !== "cum")
      throw new UnknownNameError("kind of volume limit", String(kind), ["current", "cum"]);
    return { field: `${kind} volume limit, ${side}`, kind, side, input };
  });
}
