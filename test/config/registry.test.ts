import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { camelKeys, isComponentConfig } from "../../src/config/component-config.js";
import { Registry } from "../../src/config/registry.js";
import { InvalidArgumentError, UnknownNameError } from "../../src/errors.js";

class Ridge {}
class Tree {}

describe("Registry", () => {
  const registry = () =>
    new Registry().add("RidgeModel", Ridge).add("TreeModel", Tree, { module: "./tree.js", version: 3 });

  it("finds classes by name, and names by object", () => {
    expect(registry().get("TreeModel")).toBe(Tree);
    expect(registry().findIdentity(new Tree())).toEqual({ class: "TreeModel", module: "./tree.js", version: 3 });
    expect(registry().findIdentity(new Ridge())).toEqual({ class: "RidgeModel", module: "alphabook", version: 1 });
    expect(registry().findIdentity({})).toBeUndefined();
    expect(registry().find("Ridge")).toBeUndefined();
    expect(registry().names()).toEqual(["RidgeModel", "TreeModel"]);
  });

  it("names the nearest of what it does not have", () => {
    expect(() => registry().get("RidgModel", "model")).toThrow(UnknownNameError);
    expect(() => registry().get("RidgModel", "model")).toThrow(
      'Unknown model "RidgModel"\n  known: RidgeModel, TreeModel\n  did you mean "RidgeModel"?',
    );
  });

  it("a class that is defined again replaces the first, as when a cell is run twice", () => {
    class Again {}
    expect(registry().add("RidgeModel", Again).get("RidgeModel")).toBe(Again);
  });

  it("refuses an empty name and what is no class", () => {
    expect(() => registry().add(" ", Ridge)).toThrow(InvalidArgumentError);
    expect(() => registry().add("Ridge", {} as never)).toThrow("is no class");
  });
});

describe("component configurations", () => {
  it("snake_case becomes camelCase, digits included; camelCase stays", () => {
    expect(camelKeys({ fit_start_time: 1, clip_outlier: 2, lr_2x: 3, fieldsGroup: 4, _own: 5 })).toEqual({
      fitStartTime: 1,
      clipOutlier: 2,
      lr2x: 3,
      fieldsGroup: 4,
      _own: 5,
    });
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.integer()), (options) => {
        expect(camelKeys(camelKeys(options))).toEqual(camelKeys(options));
      }),
    );
  });

  it("objects of classes are no configurations", () => {
    expect(
      [{ class: "A" }, { class: "A", kwargs: {} }, new Tree(), { kwargs: {} }, null, "A", { class: 1 }].map(
        isComponentConfig,
      ),
    ).toEqual([true, true, false, false, false, false, false]);
  });
});
