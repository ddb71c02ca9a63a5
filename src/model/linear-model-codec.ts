import { LinearModel } from "./linear-model.js";

/** How a fitted {@link LinearModel} is kept as an artifact; handed to the store's codecs once, when the package is set up. */
export const linearModelCodec = {
  name: "LinearModel",
  version: 1,
  accepts: (value: unknown): value is LinearModel => value instanceof LinearModel,
  toText: (model: LinearModel): string => model.toText(),
  fromText: (text: string): LinearModel => LinearModel.fromText(text),
} as const;
