import { ConfigError } from "../errors.js";
import { formatDatetime, parseDatetime } from "../engine/datetime.js";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { keepDates, windowOf, type FilterWindow, type InstrumentFilter } from "./instrument-filter.js";
import type { InstrumentSpans, Market } from "./market.js";

export interface NameDFilterOptions extends FilterWindow {
  /** A regular expression that has to match from the beginning of the name. In Qlib: name_rule_re. */
  readonly nameRuleRe: string;
}

/**
 * Keeps the instruments whose name begins as a regular expression says.
 *
 * In Qlib: qlib.data.filter.NameDFilter
 *
 * @throws ConfigError for text that is no regular expression; UnknownNameError for an option that does not exist.
 * @example
 * new NameDFilter({ nameRuleRe: "SH[0-9]{4}55" }).toString() // -> NameDFilter(SH[0-9]{4}55)
 */
export class NameDFilter implements InstrumentFilter {
  readonly #options: NameDFilterOptions;
  readonly #rule: RegExp;

  constructor(options: NameDFilterOptions) {
    refuseUnknownOptions("Cannot make a NameDFilter", options, ["nameRuleRe", "fstartTime", "fendTime"]);
    this.#options = options;
    windowOf(options);
    if (typeof options.nameRuleRe !== "string")
      throw new ConfigError(
        `Cannot make a NameDFilter: nameRuleRe is ${JSON.stringify(options.nameRuleRe)}, a regular expression as text expected`,
      );
    try {
      this.#rule = new RegExp(`^(?:${options.nameRuleRe})`);
    } catch (cause) {
      throw new ConfigError(`Cannot make a NameDFilter: ${(cause as Error).message}`, { cause });
    }
  }

  async filter(market: Market, members: readonly InstrumentSpans[]): Promise<readonly InstrumentSpans[]> {
    const window = windowOf(this.#options);
    return members.map((member) =>
      this.#rule.test(member.instrument) ? member : keepDates(market, member, window, () => false),
    );
  }

  config(): Readonly<Record<string, unknown>> {
    return { class: "NameDFilter", kwargs: { nameRuleRe: this.#options.nameRuleRe, ...windowTexts(this.#options) } };
  }

  toString(): string {
    return `NameDFilter(${this.#options.nameRuleRe})`;
  }
}

/** The ends of a filter's window as texts, those that it has. */
export function windowTexts({ fstartTime, fendTime }: FilterWindow): FilterWindow {
  return {
    ...(fstartTime == null ? {} : { fstartTime: formatDatetime(parseDatetime(fstartTime)) }),
    ...(fendTime == null ? {} : { fendTime: formatDatetime(parseDatetime(fendTime)) }),
  };
}
