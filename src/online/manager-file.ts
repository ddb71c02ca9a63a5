import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { camelKeys } from "../config/component-config.js";
import { isPlainObject } from "../config/deepcopy-basic-type.js";
import { formatDatetime, parseDatetime, type DatetimeInput } from "../engine/datetime.js";
import { ConfigError, UnknownNameError } from "../errors.js";
import type { MarketAddress } from "../dataset/market-address.js";
import type { RollingGeneratorOptions } from "../task/rolling-generator.js";
import type { Task } from "../task/task.js";
import { DelayedLocalTrainer } from "../trainer/delayed-local-trainer.js";
import type { OnlineManagerOptions } from "./online-manager.js";
import { RollingStrategy } from "./rolling-strategy.js";

const KEYS = ["name", "market", "begin_time", "freeze", "delay", "strategies"];
const STRATEGY_KEYS = ["name", "rolling", "task"];

/**
 * The options of a manager from a YAML file:
 *
 *     name: daily
 *     market: data                 # an address, or { address, universe, … }; a folder is seen from the file
 *     begin_time: 2024-01-15
 *     delay: false                 # true: a simulation fits at its end
 *     strategies:
 *       - name: ridge
 *         rolling: { step: 20, rtype: sliding, horizon: 1 }
 *         task: { model: …, dataset: … }
 *
 * @throws ConfigError with file and place of what is wrong; UnknownNameError for a key that is not there, with the nearest.
 */
export async function readManagerFile(file: string): Promise<OnlineManagerOptions> {
  if (!existsSync(file)) throw new ConfigError(`Cannot read online manager ${file}: there is no such file`);
  const { readYaml } = await import("../config/read-yaml.js");
  const { config } = readYaml(readFileSync(file, "utf8"), file);
  const { name, market, strategies, ...rest } = checked(config, KEYS, file);
  if (typeof name !== "string") throw missing(file, "name", "a text");
  if (!Array.isArray(strategies) || strategies.length === 0) throw missing(file, "strategies", "a list");
  return {
    name,
    ...(market !== undefined && { market: addressAt(market, path.dirname(path.resolve(file)), file) }),
    ...(rest.beginTime !== undefined && { beginTime: dayOf(rest.beginTime, file) }),
    ...(rest.freeze !== undefined && { freeze: freezeOf(rest.freeze, file) }),
    ...(isDelayed(rest.delay, file) && { trainer: new DelayedLocalTrainer() }),
    strategies: strategies.map((one: unknown, i) => {
      const place = `strategies[${i}]`;
      if (!isPlainObject(one)) throw missing(file, place, "a mapping");
      const { name: own, rolling, task } = checked(one, STRATEGY_KEYS, `${file} at ${place}`);
      if (typeof own !== "string") throw missing(file, `${place}.name`, "a text");
      if (!isPlainObject(rolling)) throw missing(file, `${place}.rolling`, "a mapping such as { step: 20 }");
      if (!isPlainObject(task) && !Array.isArray(task))
        throw missing(file, `${place}.task`, "a task, or a list of tasks");
      try {
        return new RollingStrategy({
          name: own,
          taskTemplate: task as unknown as Task | readonly Task[],
          rollingGen: camelKeys(rolling) as RollingGeneratorOptions,
        });
      } catch (error) {
        throw new ConfigError(`In online manager ${file} at ${place}: ${(error as Error).message}`, { cause: error });
      }
    }),
  };
}

/** With camelCase keys; both spellings are read. */
function checked(given: Record<string, unknown>, known: readonly string[], where: string): Record<string, unknown> {
  const both = new Set([...known, ...Object.keys(camelKeys(Object.fromEntries(known.map((key) => [key, true]))))]);
  for (const key of Object.keys(given))
    if (!both.has(key)) throw new UnknownNameError("key", key, known, { context: `Cannot read ${where}` });
  return camelKeys(given);
}

function freezeOf(value: unknown, file: string): "issued" | "past" {
  if (value === "issued" || value === "past") return value;
  throw new UnknownNameError("freeze rule", String(value), ["issued", "past"], {
    context: `Cannot read online manager ${file} at freeze`,
  });
}

function isDelayed(value: unknown, file: string): boolean {
  if (value === undefined || typeof value === "boolean") return value === true;
  throw missing(file, "delay", "true or false");
}

function dayOf(value: unknown, file: string): string {
  try {
    return formatDatetime(parseDatetime(value as DatetimeInput));
  } catch (error) {
    throw new ConfigError(
      `Cannot read online manager ${file} at begin_time: "${String(value)}" is no date\n  expected: YYYY-MM-DD`,
      { cause: error },
    );
  }
}

/** Folders and files are seen from the file that names them. */
function addressAt(market: unknown, folder: string, file: string): string | MarketAddress {
  const seen = (address: string) => (/^[a-z]+:\/\//.test(address) ? address : path.resolve(folder, address));
  if (typeof market === "string") return seen(market);
  if (isPlainObject(market) && typeof market.address === "string")
    return { ...(camelKeys(market) as unknown as MarketAddress), address: seen(market.address) };
  throw missing(file, "market", "an address, or { address, … }");
}

const missing = (file: string, place: string, expected: string): ConfigError =>
  new ConfigError(`Cannot read online manager ${file} at ${place}: ${expected} expected`);
