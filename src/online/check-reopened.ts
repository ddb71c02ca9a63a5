import { ConfigError } from "../errors.js";
import { canonicalJson } from "../task/task-hash.js";
import { strategyName, type ManagerConfig } from "./manager-store.js";

/** What is given of a manager that is in the store already; undefined: not given. */
export interface Reopened extends Pick<ManagerConfig, "strategies" | "market"> {
  readonly beginTime: string | undefined;
  readonly freeze: ManagerConfig["freeze"] | undefined;
}

/** What is given once more must be what the manager began with; strategies may be new. @throws ConfigError naming both. */
export function checkReopened(stored: ManagerConfig, given: Reopened): void {
  for (const strategy of given.strategies) {
    const name = strategyName(strategy);
    const before = stored.strategies.find((one) => strategyName(one) === name);
    if (before !== undefined && !isSame(before, strategy))
      refuse(
        stored,
        `strategy "${name}" was defined otherwise when it was trained`,
        "to change it: give the strategy, or the manager, another name",
      );
  }
  const another = "for another practice: give another name";
  const moved = `when the data have moved: load("${stored.name}", { market }); ${another}`;
  const [was, is] = [stored.market, given.market] as unknown as Record<string, unknown>[];
  for (const key of Object.keys({ ...was, ...is }))
    if (!isSame(was![key], is![key]))
      refuse(stored, differs(key === "address" ? "market" : `market's ${key}`, was![key], is![key]), moved);
  for (const [key, what] of [
    ["beginTime", "begin time"],
    ["freeze", "freeze"],
  ] as const)
    if (given[key] !== undefined && given[key] !== stored[key])
      refuse(stored, differs(what, stored[key], given[key]), another);
}

const isSame = (a: unknown, b: unknown): boolean => canonicalJson(a ?? null) === canonicalJson(b ?? null);

const differs = (what: string, stored: unknown, given: unknown): string =>
  `its ${what} is ${JSON.stringify(stored)}, given is ${JSON.stringify(given)}`;

function refuse({ name }: ManagerConfig, why: string, next: string): never {
  throw new ConfigError(
    `Cannot go on with online manager "${name}": ${why}\n  to go on as it was: await OnlineManager.load("${name}"), a command takes the name in place of the file; ${next}`,
  );
}
