import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { ExpressionError, InvalidArgumentError, UnknownNameError } from "../../../src/errors.js";
import { parseFilter } from "../../../src/tracking/search/parse-filter.js";
import { parseOrder } from "../../../src/tracking/search/parse-order.js";
import { toConditions } from "../../../src/tracking/search/run-predicate.js";

const messageOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    expect(error).toBeInstanceOf(ExpressionError);
    return (error as Error).message;
  }
  throw new Error("nothing was thrown");
};

describe("a filter", () => {
  it("is clauses joined by and, in any case and spacing", () => {
    expect(
      parseFilter(
        `metrics.IC>0.03 AND params.model = 'ridge'\n and attributes.start_time >= '2026-01-02' and status!="FAILED"`,
      ),
    ).toEqual([
      { field: { of: "metric", key: "IC" }, is: ">", value: 0.03 },
      { field: { of: "param", key: "model" }, is: "=", value: "ridge" },
      { field: { of: "attribute", key: "start_time" }, is: ">=", value: new Date(Date.UTC(2026, 0, 2)) },
      { field: { of: "attribute", key: "status" }, is: "!=", value: "FAILED" },
    ]);
    expect(parseFilter("  ")).toEqual([]);
  });

  it("takes keys with blanks in quotes, and the odd keys of records without", () => {
    const keys = parseFilter(
      'metrics."Rank IC" > -1e-3 and metrics.1day.excess_return_with_cost.information_ratio >= .5 and tags.`a "b"` = \'x\' and params."say ""hi""" = 1',
    ).map(({ field, value }) => [field.key, value]);
    expect(keys).toEqual([
      ["Rank IC", -0.001],
      ["1day.excess_return_with_cost.information_ratio", 0.5],
      ['a "b"', "x"],
      ['say "hi"', 1],
    ]);
  });

  it("reads LIKE, a quote inside a text, epoch milliseconds and other names of attributes", () => {
    expect(
      parseFilter(
        "params.model like 'l%' and tags.note ILIKE 'it''s' and attributes.startTime < 86400000 and run_name = 'a and b'",
      ),
    ).toEqual([
      { field: { of: "param", key: "model" }, is: "LIKE", value: "l%" },
      { field: { of: "tag", key: "note" }, is: "ILIKE", value: "it's" },
      { field: { of: "attribute", key: "start_time" }, is: "<", value: new Date(86_400_000) },
      { field: { of: "attribute", key: "name" }, is: "=", value: "a and b" },
    ]);
  });

  it("gives every key and text back, whatever they hold", () => {
    const text = fc.string({ unit: "grapheme", minLength: 1 });
    fc.assert(
      fc.property(
        text,
        fc.string({ unit: "grapheme" }),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        (key, value, number) => {
          const quoted = `"${key.replaceAll('"', '""')}"`;
          expect(
            parseFilter(`tags.${quoted} = '${value.replaceAll("'", "''")}' and metrics.${quoted} < ${number}`),
          ).toEqual([
            { field: { of: "tag", key }, is: "=", value },
            { field: { of: "metric", key }, is: "<", value: Number(String(number)) },
          ]);
        },
      ),
    );
  });

  it("points at the fault", () => {
    expect(messageOf(() => parseFilter("metrics.IC > 'high'"))).toBe(
      'Cannot read the filter: metric "IC" is compared with a number\n' +
        "  metrics.IC > 'high'\n" +
        "               ^\n" +
        "  leave out the quotes",
    );
    expect(messageOf(() => parseFilter("metrics.IC > 1 or metrics.IC < 0"))).toBe(
      'Cannot read the filter: "and" or the end is expected\n' +
        "  metrics.IC > 1 or metrics.IC < 0\n" +
        "                 ^\n" +
        "  clauses are joined by and; for more use the option where, or sql`…`",
    );
  });

  it.each([
    ["metric.IC >", "a value is expected here"],
    ["params.model = ridge", "a text stands in quotes: 'ridge'"],
    ["params.model 'ridge'", "a comparison is expected"],
    ["params.model in ('a')", "is no part of a filter"],
    ["param.model = 'a", "the quote is not closed"],
    ["params. = 1", "a key is missing after the dot"],
    ["parms.model = 1", 'did you mean "params"?'],
    ["attributes.statu = 'RUNNING'", 'did you mean "status"?'],
    ["IC > 1", "a metric is metrics.IC, a param params.IC"],
    ["status = 'DONE'", 'no run has status "DONE"'],
    ["status = 1", "put the value in quotes"],
    ["start_time > 'soon'", "this is no date"],
    ["start_time like '2026%'", "LIKE compares texts"],
    ["metrics.IC like '0%'", "LIKE compares texts"],
    ["params.alpha > '0.05'", "leave out the quotes"],
    ["metrics.IC == 1", "equal is written ="],
    ["metrics.IC > 0.05x", "is no part of a filter"],
    ["and", '"and" is no field'],
    ["metrics.IC > 1 and", "a field is expected"],
    ["metrics.IC > 1; drop", "is no part of a filter"],
  ])("%s is refused", (filter, told) => {
    expect(messageOf(() => parseFilter(filter))).toContain(told);
  });
});

describe("an order", () => {
  it("is a field and a direction", () => {
    expect(parseOrder("start_time")).toEqual({ field: { of: "attribute", key: "start_time" }, descending: false });
    expect(parseOrder("params.alpha asc").descending).toBe(false);
    expect(messageOf(() => parseOrder("metrics.IC down"))).toContain("ASC, DESC or the end is expected");
    expect(messageOf(() => parseOrder("metrics.IC DESC, name"))).toContain('"," is no part');
    expect(messageOf(() => parseOrder(""))).toContain("a field is expected");
  });
});

describe("a predicate", () => {
  it("is conditions that must all hold", () => {
    expect(
      toConditions({
        metrics: { IC: { ">": 0.02, "<=": 0.1 } },
        params: { model: ["ridge", "ols"], shuffle: true, seed: null },
        tags: { team: { ilike: "A%" } },
        attributes: { status: "FINISHED", startTime: { ">=": "2026-01-02" } },
      }).map(({ field, is, value }) => [field.of, field.key, is, value]),
    ).toEqual([
      ["metric", "IC", ">", 0.02],
      ["metric", "IC", "<=", 0.1],
      ["param", "model", "IN", ["ridge", "ols"]],
      ["param", "shuffle", "=", true],
      ["param", "seed", "=", null],
      ["tag", "team", "ILIKE", "A%"],
      ["attribute", "status", "=", "FINISHED"],
      ["attribute", "start_time", ">=", new Date(Date.UTC(2026, 0, 2))],
    ]);
  });

  it("names what does not exist, and what cannot be compared", () => {
    expect(() => toConditions({ metric: {} } as never)).toThrow(UnknownNameError);
    expect(() => toConditions({ metrics: { IC: { "=>": 1 } } } as never)).toThrow('unknown comparison "=>"');
    expect(() => toConditions({ attributes: { statu: "x" } })).toThrow('did you mean "status"?');
    expect(() => toConditions({ metrics: { IC: "0.1" } } as never)).toThrow('metric "IC": "0.1" cannot be compared');
    expect(() => toConditions({ params: { a: [1, "b"] } })).toThrow("a list holds values of one type");
    expect(() => toConditions({ metrics: { IC: { like: "0%" } } })).toThrow(InvalidArgumentError);
    expect(() => toConditions({ params: { a: { ">": null } } } as never)).toThrow(InvalidArgumentError);
  });
});
