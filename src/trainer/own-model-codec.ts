import { registry } from "../config/registry.js";
import { ConfigError } from "../errors.js";
import type { Model } from "../model/model.js";

type ModelClass = (abstract new (...args: never[]) => Model) & { fromText?: (text: string) => Model };

/**
 * How a fitted model of a user's class is kept as an artifact: its own text, and the name of its class. To read it, the class
 * must be registered under that name.
 */
export const ownModelCodec = {
  name: "Model",
  version: 1,
  accepts(value: unknown): value is Model {
    if (typeof value !== "object" || value === null) return false;
    const methods = ["fit", "predict", "toText"].map((name) => (value as Record<string, unknown>)[name]);
    return methods.every((each) => typeof each === "function");
  },
  toText: (model: Model): string => model.toText(),
  fromText(text: string, written: { readonly class: string }): Model {
    const found = registry.find(written.class) as unknown as ModelClass | undefined;
    if (typeof found?.fromText === "function") return found.fromText(text);
    throw new ConfigError(
      found
        ? `Cannot read a ${written.class}: the class has no static fromText(text)`
        : `Cannot read a ${written.class}: the class is not registered\n  put it into a file of its own, import it and call registry.add("${written.class}", ${written.class})`,
    );
  },
} as const;
