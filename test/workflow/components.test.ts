import { describe, expect, it } from "vitest";
import { install } from "../../src/install.js";
import { componentNames, findComponent, findStandIn, fitsKind } from "../../src/workflow/components.js";
import { coverSecrets } from "../../src/workflow/cover-secrets.js";
import { parseOverride } from "../../src/workflow/overrides.js";

install();

describe("classes of a workflow", () => {
  it("are listed by what they are", () => {
    expect(componentNames("model")).toEqual(expect.arrayContaining(["LGBModel", "LinearModel"]));
    expect(componentNames("handler")).toEqual(["Alpha158", "Alpha360", "DataHandlerLP"]);
    expect(componentNames("dataset")).toEqual(["DatasetH", "TSDatasetH"]);
    expect(componentNames("executor")).toEqual(["NestedExecutor", "SimulatorExecutor"]);
    expect(componentNames("processor")).toContain("RobustZScoreNorm");
    expect(fitsKind("model", findComponent("handler", "Alpha158")!)).toBe(false);
  });

  it.each([
    "XGBModel",
    "DoubleEnsembleModel",
    "LSTM",
    "GATs",
    "TransformerModel",
    "MTSDatasetH",
    "Alpha158vwap",
    "DataHandler",
  ])("%s of Qlib's has a stand-in that is there", (name) => {
    const known = (["model", "dataset", "handler", "strategy"] as const).flatMap(componentNames);
    expect(known).not.toContain(name);
    expect(known.some((each) => findStandIn(name)!.includes(each))).toBe(true);
  });

  it("a name of an object's own has no stand-in", () => {
    expect(findStandIn("constructor")).toBeUndefined();
  });
});

describe("values for a path", () => {
  it("are YAML, and lists are counted from 0 in either spelling", () => {
    const values = ["a=64", "a=1e-3", "a=null", "a=[2015-01-01, null]", "a={ b: x }", "a=x=y", "a="].map(
      (text) => parseOverride(text).value,
    );
    expect(values).toEqual([64, 0.001, null, ["2015-01-01", null], { b: "x" }, "x=y", null]);
    expect(parseOverride("task.record.1.kwargs=1").path).toEqual(parseOverride("task.record[1].kwargs=1").path);
  });
});

describe("secrets", () => {
  it("are covered wherever they stand, by the template they came from", () => {
    const config = { a: ["x hunter2 y", 1], b: { c: "hunter2" }, d: 12345 };
    expect(coverSecrets(config, { PASS: "hunter2", PIN_KEY: "12345" })).toEqual({
      ...{ a: ["x {{ PASS }} y", 1], b: { c: "{{ PASS }}" }, d: "{{ PIN_KEY }}" },
    });
    expect(config.b.c).toBe("hunter2");
  });
});
