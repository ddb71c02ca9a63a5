import { describe, expect, it } from "vitest";
import { synthetic } from "../../src/data/synthetic/synthetic.js";
import { UnknownNameError } from "../../src/errors.js";
import { lookback } from "../../src/feature/lookback.js";
import { parseExpression } from "../../src/feature/parse-expression.js";
import { printExpression } from "../../src/feature/print-expression.js";
import { queryFeatures } from "../../src/feature/query-features.js";

const market = synthetic({ instruments: 6, days: 120, seed: 3 });

describe("an expression for another instrument", () => {
  it("gives every instrument the other's values of the same days", async () => {
    const panel = await queryFeatures(market, [
      { name: "own", expression: "Mean($close, 5)" },
      { name: "other", expression: 'ChangeInstrument("S0001", Mean($close, 5))' },
      { name: "masked", expression: "Mask(Mean($close, 5), 'S0001')" },
    ]);
    const code = panel.instruments.indexOf("S0001");
    let compared = 0;
    for (let d = 0; d < panel.numDates; d++) {
      const [from, to] = panel.rowsOf(d);
      const row = panel.codes.subarray(from, to).indexOf(code);
      const expected = row < 0 ? NaN : panel.get("own")[from + row];
      for (let i = from; i < to; i++) {
        expect(panel.get("other")[i]).toEqual(expected);
        compared++;
      }
    }
    expect(compared).toBe(panel.numRows);
    expect(panel.get("masked")).toEqual(panel.get("other"));
  });

  it("takes part in pair operators, and windows begin with the other's own history", async () => {
    const beta = "Cov($change, ChangeInstrument(\"S0002\", $change), 20) / ChangeInstrument('S0002', Var($change, 20))";
    const whole = await queryFeatures(market, [{ name: "beta", expression: beta }]);
    const late = await queryFeatures(market, [{ name: "beta", expression: beta }], { start: market.calendar.at(60) });
    const expected = whole.between(market.calendar.at(60)).get("beta");
    expect(late.numRows).toBe(expected.length);
    // Running sums begin elsewhere: the last digit may differ.
    late.get("beta").forEach((value, row) => expect(value).toBeCloseTo(expected[row]!, 12));
    const own = whole.filter(Uint8Array.from(whole.codes, (code) => Number(whole.instruments[code] === "S0002")));
    const known = own.get("beta").filter((value) => !Number.isNaN(value));
    expect(known.length).toBeGreaterThan(80);
    for (const value of known) expect(value).toBeCloseTo(1, 9);
  });

  it("is computed once however often it occurs, and may be nested: the inner name counts", async () => {
    const panel = await queryFeatures(market, [
      { name: "a", expression: 'ChangeInstrument("S0001", ChangeInstrument("S0002", $close))' },
      { name: "b", expression: 'ChangeInstrument("S0002", $close)' },
      { name: "zero", expression: 'ChangeInstrument("S0002", $close) - ChangeInstrument("S0002",$close)' },
    ]);
    expect(panel.get("a")).toEqual(panel.get("b"));
    const present = panel.get("zero").filter((value) => !Number.isNaN(value));
    expect(present.length).toBeGreaterThan(400);
    expect(new Set(present)).toEqual(new Set([0]));
  });

  it("reaches as far as what is inside, and is printed as it is read", () => {
    const text = 'ChangeInstrument("SPY", Ref($close, -2)) / Mean($close, 5)';
    expect(lookback(parseExpression(text))).toEqual({ left: 4, right: 2 });
    expect(printExpression(parseExpression(text))).toBe(text);
  });

  it("names an instrument that is not there, and points at one that is not a text", async () => {
    await expect(queryFeatures(market, ['ChangeInstrument("S001", $close)'])).rejects.toThrow(UnknownNameError);
    await expect(queryFeatures(market, ['ChangeInstrument("S0001", $clsoe)'])).rejects.toThrow(
      /did you mean "\$close"/,
    );
    expect(() => parseExpression("ChangeInstrument($close, 'A')")).toThrow(
      /an instrument's name in quotes expected\n {2}Change.*\n {19}\^\n {2}usage: ChangeInstrument\("SPY", x\)/,
    );
    expect(() => parseExpression("Mask($close, 'A)")).toThrow(/no closing quote/);
    expect(() => parseExpression("'A' + 1")).toThrow(/not "'A'"/);
  });
});
