import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { ConfigError } from "../errors.js";
import { keepDates, windowOf, type FilterWindow, type InstrumentFilter } from "../data/instrument-filter.js";
import type { InstrumentSpans, Market } from "../data/market.js";
import { windowTexts } from "../data/name-d-filter.js";
import { queryFeatures } from "./query-features.js";

export interface ExpressionDFilterOptions extends FilterWindow {
  /** An expression; dates on which its value is neither 0 nor missing are kept. In Qlib: rule_expression. */
  readonly ruleExpression: string;
  /** Whether instruments without any bar in the window are kept. Default false. */
  readonly keep?: boolean;
}

/**
 * Keeps the dates on which a rule holds: `$close > 5`, `Mean($volume * $close, 20) > 1e6`. The rule sees the instrument's whole
 * history. A missing value, as on a suspended day, is no; a comparison with a missing side is no.
 *
 * In Qlib: qlib.data.filter.ExpressionDFilter (there a rule that is itself missing counts as yes)
 *
 * @throws ExpressionError, with a caret, when it is applied and the rule is no expression; UnknownNameError for an option that does
 * not exist.
 * @example
 * const market = synthetic({ instruments: 20, days: 60 });
 * const dear = await filterInstruments(market, "all", [new ExpressionDFilter({ ruleExpression: "$close > 40" })]);
 * (await queryFeatures(market, ["$close"], { universe: dear })).get("$close").every((close) => close > 40) // -> true
 */
export class ExpressionDFilter implements InstrumentFilter {
  readonly #options: ExpressionDFilterOptions;

  constructor(options: ExpressionDFilterOptions) {
    refuseUnknownOptions("Cannot make an ExpressionDFilter", options, [
      "ruleExpression",
      "keep",
      "fstartTime",
      "fendTime",
    ]);
    if (typeof options.ruleExpression !== "string")
      throw new ConfigError(
        `Cannot make an ExpressionDFilter: ruleExpression is ${JSON.stringify(options.ruleExpression)}, an expression as text expected`,
      );
    windowOf(options);
    this.#options = options;
  }

  async filter(market: Market, members: readonly InstrumentSpans[]): Promise<readonly InstrumentSpans[]> {
    const { ruleExpression, keep = false, fstartTime = null, fendTime = null } = this.#options;
    const window = windowOf(this.#options);
    const { calendar } = market;
    const panel = await queryFeatures(market, [{ name: "rule", expression: ruleExpression }], {
      universe: members.map(({ instrument }) => instrument),
      start: fstartTime,
      end: fendTime,
    });
    const rule = panel.get("rule");
    const holds = new Map(panel.instruments.map((instrument) => [instrument, new Uint8Array(calendar.length)]));
    for (let d = 0; d < panel.numDates; d++) {
      const day = calendar.indexOf(panel.dates[d]!);
      for (let row = panel.offsets[d]!; row < panel.offsets[d + 1]!; row++) {
        const value = rule[row]!;
        if (value !== 0 && !Number.isNaN(value)) holds.get(panel.instruments[panel.codes[row]!]!)![day] = 1;
      }
    }
    return members.map((member) => {
      const days = holds.get(member.instrument);
      return keepDates(market, member, window, (index) => (days ? days[index] === 1 : keep));
    });
  }

  config(): Readonly<Record<string, unknown>> {
    const { ruleExpression, keep } = this.#options;
    const kwargs = { ruleExpression, ...(keep === undefined ? {} : { keep }), ...windowTexts(this.#options) };
    return { class: "ExpressionDFilter", kwargs };
  }

  toString(): string {
    return `ExpressionDFilter(${this.#options.ruleExpression})`;
  }
}
