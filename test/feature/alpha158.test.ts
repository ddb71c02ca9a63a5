import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";
import { alpha158Features } from "../../src/feature/alpha158.js";
import { alpha360Features } from "../../src/feature/alpha360.js";
import { parseExpression } from "../../src/feature/parse-expression.js";
import { itGolden, sharedPath } from "../shared.js";

const names = (config?: Parameters<typeof alpha158Features>[0]) => alpha158Features(config).map(({ name }) => name);
const goldenNames = (file: string) =>
  readFileSync(sharedPath("golden", file), "utf8")
    .trim()
    .split("\n")
    .slice(1)
    .map((line) => line.split(",")[0]!);

describe("The features of Alpha158", () => {
  itGolden("have Qlib's names in Qlib's order", () => {
    const { alpha158_columns } = JSON.parse(readFileSync(sharedPath("golden", "alpha158-info.json"), "utf8")) as {
      alpha158_columns: string[];
    };
    expect([...names(), "LABEL0"]).toEqual(alpha158_columns);
  });

  it("compute 158 different things", () => {
    const trees = alpha158Features().map(({ expression }) =>
      JSON.stringify(parseExpression(expression), (key, value: unknown) => (key === "at" ? undefined : value)),
    );
    expect(new Set(trees).size).toBe(158);
  });

  it("are only those of the sections a configuration names", () => {
    expect(names({})).toEqual([]);
    expect(names({ kbar: {} })).toHaveLength(9);
    expect(names({ kbar: false, rolling: { windows: [5] } })).toHaveLength(29);
    expect(names({ price: {} })).toHaveLength(25);
  });

  it("go back as many days as the windows of price and volume say", () => {
    expect(alpha158Features({ price: { windows: [0, 2], feature: ["open"] }, volume: { windows: [0, 1] } })).toEqual([
      { name: "OPEN0", expression: "$open/$close" },
      { name: "OPEN2", expression: "Ref($open, 2)/$close" },
      { name: "VOLUME0", expression: "$volume/($volume+1e-12)" },
      { name: "VOLUME1", expression: "Ref($volume, 1)/($volume+1e-12)" },
    ]);
  });

  it("take included families that are not excluded, in the set's own order", () => {
    expect(names({ rolling: { windows: [5], include: ["STD", "MA", "MIN"], exclude: ["STD"] } })).toEqual([
      "MA5",
      "MIN5",
    ]);
    expect(names({ rolling: { windows: [5], include: null, exclude: ["ROC"] } })).toHaveLength(28);
    expect(names({ rolling: { include: ["MA"], windows: [3, 7] } })).toEqual(["MA3", "MA7"]);
  });

  it("know the family MIN by Qlib's word LOW too", () => {
    expect(names({ rolling: { windows: [5], include: ["LOW"] } })).toEqual(["MIN5"]);
    expect(names({ rolling: { windows: [5], exclude: ["LOW"] } })).not.toContain("MIN5");
  });

  it("refuse unknown families and sections with the nearest name, and windows that are no days", () => {
    expect(() => names({ rolling: { include: ["RSRQ"] } })).toThrow(UnknownNameError);
    expect(() => names({ rolling: { include: ["RSRQ"] } })).toThrow('did you mean "RSQR"?');
    expect(() => names({ kbars: {} } as object)).toThrow('did you mean "kbar"?');
    expect(() => names({ rolling: { windows: [0] } })).toThrow(InvalidArgumentError);
    expect(() => names({ price: { windows: [-1] } })).toThrow("a window of price is -1");
  });
});

describe("The features of Alpha360", () => {
  itGolden("have Qlib's names in Qlib's order", () => {
    expect([...alpha360Features().map(({ name }) => name), "LABEL0"]).toEqual(goldenNames("alpha360-summary.csv"));
  });

  it("go from the oldest of 60 days to today, series by series", () => {
    const features = alpha360Features();
    expect(features).toHaveLength(360);
    expect([features[59], features[60], features[359]]).toEqual([
      { name: "CLOSE0", expression: "$close/$close" },
      { name: "OPEN59", expression: "Ref($open, 59)/$close" },
      { name: "VOLUME0", expression: "$volume/($volume+1e-12)" },
    ]);
  });
});
