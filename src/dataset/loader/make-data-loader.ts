import { camelKeys, isComponentConfig, type ComponentConfig } from "../../config/component-config.js";
import { registry } from "../../config/registry.js";
import { InvalidArgumentError } from "../../errors.js";
import { isDataLoader, type DataLoader } from "./data-loader.js";

/** A loader of what a user may give: the object, or `{ class, kwargs }` with a class of the registry. */
export function makeDataLoader(input: DataLoader | ComponentConfig): DataLoader {
  if (isDataLoader(input)) return input;
  if (!isComponentConfig(input))
    throw new InvalidArgumentError("Cannot use a data loader: it is neither a loader nor { class, kwargs }");
  const Loader = registry.get(input.class, "data loader") as unknown as new (
    options: Record<string, unknown>,
  ) => unknown;
  const loader = new Loader(camelKeys(input.kwargs ?? {}));
  if (isDataLoader(loader)) return loader;
  throw new InvalidArgumentError(`Cannot use "${input.class}" as a data loader: it has no load()`);
}
