import { mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { filterInstruments } from "../../src/data/instrument-filter.js";
import { NameDFilter } from "../../src/data/name-d-filter.js";
import type { InstrumentSpans, Market } from "../../src/data/market.js";
import { openMarket } from "../../src/data/open-market.js";
import { formatDatetime } from "../../src/engine/datetime.js";
import { ConfigError, DataError, ExpressionError } from "../../src/errors.js";
import { ExpressionDFilter } from "../../src/feature/expression-d-filter.js";
import { queryFeatures } from "../../src/feature/query-features.js";

let folder: string;
let market: Market;
beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "alphabook-filter-"));
  const file = path.join(folder, "prices.csv");
  // SH1 is suspended on the third day, SZ1 is listed on the second; SH2 has no price on the last.
  await writeFile(
    file,
    `datetime,instrument,close,score
2024-01-02,SH1,5,1
2024-01-03,SH1,6,0
2024-01-05,SH1,7,
2024-01-02,SH2,1,1
2024-01-03,SH2,9,2
2024-01-04,SH2,8,0
2024-01-05,SH2,,5
2024-01-03,SZ1,6,1
2024-01-04,SZ1,4,1
`,
  );
  market = await openMarket(file);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const shown = (members: readonly InstrumentSpans[]) =>
  members.map(
    ({ instrument, spans }) =>
      `${instrument} ${spans.map(({ start, end }) => `${formatDatetime(start).slice(8)}-${formatDatetime(end).slice(8)}`).join(" ")}`,
  );
const left = async (...filters: Parameters<typeof filterInstruments>[2]) =>
  shown(await filterInstruments(market, "all", filters));

describe("filters of instruments", () => {
  it("keep names that begin as the rule says", async () => {
    expect(await left(new NameDFilter({ nameRuleRe: "SH" }))).toEqual(["SH1 02-05", "SH2 02-05"]);
    expect(
      await left(new NameDFilter({ nameRuleRe: "H" }), new NameDFilter({ nameRuleRe: "S" })).catch(String),
    ).toMatch(/NameDFilter\(H\) leaves none of 3 instruments/);
    expect(() => new NameDFilter({ nameRuleRe: "S(" })).toThrow(ConfigError);
  });

  it("keep dates on which the rule holds; missing is no", async () => {
    expect(await left(new ExpressionDFilter({ ruleExpression: "$close > 5" }))).toEqual([
      "SH1 03-03 05-05",
      "SH2 03-04",
      "SZ1 03-03",
    ]);
    // A rule that is a number: its missing values count as no.
    expect(await left(new ExpressionDFilter({ ruleExpression: "$score" }))).toEqual([
      "SH1 02-02",
      "SH2 02-03 05-05",
      "SZ1 03-04",
    ]);
  });

  it("leave dates outside their window as they are", async () => {
    const window = { fstartTime: "2024-01-03", fendTime: "2024-01-04" };
    expect(await left(new ExpressionDFilter({ ruleExpression: "$close > 5", ...window }))).toEqual([
      "SH1 02-03 05-05",
      "SH2 02-05",
      "SZ1 03-03",
    ]);
    expect(await left(new NameDFilter({ nameRuleRe: "SZ", ...window }))).toEqual([
      "SH1 02-02 05-05",
      "SH2 02-02 05-05",
      "SZ1 03-04",
    ]);
    expect(() => new NameDFilter({ nameRuleRe: "S", fstartTime: "2024-01-04", fendTime: "2024-01-03" })).toThrow(
      /fstartTime 2024-01-04 is after fendTime 2024-01-03/,
    );
  });

  it("keep instruments without bars in the window only when told to", async () => {
    const rule = { ruleExpression: "$close > 0", fstartTime: "2024-01-02", fendTime: "2024-01-02" };
    const members = [...market.instruments(), { instrument: "SZ1", spans: market.instruments()[0]!.spans }];
    expect(shown(await new ExpressionDFilter(rule).filter(market, members)).at(-1)).toBe("SZ1 03-05");
    expect(shown(await new ExpressionDFilter({ ...rule, keep: true }).filter(market, members)).at(-1)).toBe(
      "SZ1 02-05",
    );
  });

  it("are applied one after another, and give a universe", async () => {
    const universe = await filterInstruments(market, "all", [
      new NameDFilter({ nameRuleRe: "SH" }),
      new ExpressionDFilter({ ruleExpression: "$close > Ref($close, 1)" }),
    ]);
    expect(shown(universe)).toEqual(["SH1 03-03", "SH2 03-03"]);
    const panel = await queryFeatures(market, ["Ref($close, 1)"], { universe });
    // Features look back past the spans.
    expect([...panel.get("Ref($close, 1)")]).toEqual([5, 1]);
    expect(
      new ExpressionDFilter({ ruleExpression: "$close > 1", keep: true, fendTime: "2024-01-03" }).config(),
    ).toEqual({
      class: "ExpressionDFilter",
      kwargs: { ruleExpression: "$close > 1", keep: true, fendTime: "2024-01-03" },
    });
    expect(new NameDFilter({ nameRuleRe: "S" }).config()).toEqual({
      class: "NameDFilter",
      kwargs: { nameRuleRe: "S" },
    });
  });

  it("point at the fault of a rule, and name what took the last instrument", async () => {
    await expect(left(new ExpressionDFilter({ ruleExpression: "$close >" }))).rejects.toThrow(ExpressionError);
    const none = new ExpressionDFilter({ ruleExpression: "$close > 100" });
    await expect(left(none)).rejects.toThrow(DataError);
    await expect(left(none)).rejects.toThrow(
      'Cannot filter universe "all" of market prices: ExpressionDFilter($close > 100) leaves none of 3 instruments',
    );
  });

  it("name an option that does not exist, and a rule that is none", () => {
    expect(() => new NameDFilter({ nameRule: "S" } as never)).toThrow('did you mean "nameRuleRe"?');
    expect(() => new NameDFilter({} as never)).toThrow(
      "nameRuleRe is undefined, a regular expression as text expected",
    );
    expect(() => new ExpressionDFilter({ ruleExpresion: "$close > 1" } as never)).toThrow(
      'did you mean "ruleExpression"?',
    );
    expect(() => new ExpressionDFilter({} as never)).toThrow(
      "ruleExpression is undefined, an expression as text expected",
    );
  });
});
