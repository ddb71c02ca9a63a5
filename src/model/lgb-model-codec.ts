import { LGBModel } from "./lgb-model.js";

/** How a fitted {@link LGBModel} is kept as an artifact: as a LightGBM model file. */
export const lgbModelCodec = {
  name: "LGBModel",
  version: 1,
  accepts: (value: unknown): value is LGBModel => value instanceof LGBModel,
  toText: (model: LGBModel): string => model.toText(),
  fromText: (text: string): LGBModel => LGBModel.fromText(text),
} as const;
