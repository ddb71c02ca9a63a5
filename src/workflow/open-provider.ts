import { existsSync } from "node:fs";
import { homedir } from "node:os";
import path from "node:path";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import type { ConfigPath } from "../config/places.js";
import type { Market } from "../data/market.js";
import { openMarket, type OpenMarketOptions } from "../data/open-market.js";
import { WorkflowError } from "../errors.js";
import { shown, valueAt } from "./check-structure.js";
import { HANDLER } from "./check-components.js";
import { placed } from "./at-its-place.js";
import { mistakeIn, type LoadedWorkflow } from "./load-workflow.js";

const INIT: ConfigPath = ["qlib_init"];

/**
 * The market that a workflow works on: that of its handler, else the one `qlib_init.provider_uri` names.
 *
 * A relative address is looked for from the workflow's folder, then from the working directory; `~` is the home folder. Of
 * addresses by frequency (`{ day: …, 1min: … }`) the days are taken.
 *
 * @throws ConfigError with its place for an address that cannot be opened.
 */
export async function openProvider(workflow: LoadedWorkflow): Promise<Market> {
  const own = [...HANDLER, "kwargs", "market"];
  const given = valueAt(workflow.config, own);
  const at = given == null ? providerPath(workflow) : own;
  const source = given ?? valueAt(workflow.config, at);
  const { address, ...options } = addressOf(workflow, at, source);
  const place = resolved(workflow, at, address);
  const region = valueAt(workflow.config, [...INIT, "region"]);
  const freq = valueAt(workflow.config, [...HANDLER, "kwargs", "freq"]);
  try {
    return await openMarket(place, {
      ...options,
      ...(typeof region === "string" && given == null && { region }),
      ...(typeof freq === "string" && { freq }),
    });
  } catch (cause) {
    if (!(cause instanceof WorkflowError)) throw cause;
    throw placed(workflow, at, cause);
  }
}

function providerPath(workflow: LoadedWorkflow): ConfigPath {
  const at = [...INIT, "provider_uri"];
  const named = valueAt(workflow.config, at);
  if (!isPlainObject(named)) return at;
  const keys = Object.keys(named);
  const day = keys.find((key) => key === "day" || key === "1day") ?? (keys.length === 1 ? keys[0] : undefined);
  if (day !== undefined) return [...at, day];
  throw mistakeIn(workflow, {
    ...{ path: at, state: "of several frequencies none is day" },
    known: { what: "there are", names: keys },
  });
}

function addressOf(
  workflow: LoadedWorkflow,
  path: ConfigPath,
  source: unknown,
): OpenMarketOptions & { address: string } {
  if (typeof source === "string") return { address: source };
  if (isPlainObject(source) && typeof source.address === "string") return source as { address: string };
  throw mistakeIn(workflow, { path, state: `${shown(source)} is no market: an address is expected` });
}

function resolved(workflow: LoadedWorkflow, at: ConfigPath, address: string): string {
  if (address.startsWith("synthetic:")) return address;
  const homely = address.replace(/^~(?=[\\/]|$)/, homedir());
  const candidates = [...new Set([workflow.folder, process.cwd()].map((folder) => path.resolve(folder, homely)))];
  const found = candidates.find((each) => existsSync(each));
  if (found !== undefined) return found;
  throw mistakeIn(workflow, {
    ...{ path: at, state: `there are no prices at "${address}"` },
    next: [
      `looked for: ${candidates.join(", ")}`,
      "expected: a folder or file of prices (Parquet, CSV, Qlib's store), or synthetic://",
      "to try without a change to the file: -p qlib_init.provider_uri=synthetic://",
    ],
  });
}
