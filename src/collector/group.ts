import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { entriesOf, type MapLike } from "./map-like.js";
import { rollingEnsemble } from "./rolling-ensemble.js";
import { keyText, TupleMap } from "./tuple-map.js";

/** How a {@link Group} sorts a map into several, and what it makes of each. */
export interface GroupOptions {
  /** Sorts a map into maps by group. */
  readonly groupFunc?: (map: MapLike) => TupleMap<TupleMap>;
  /** Makes one value of the map of a group. */
  readonly ens?: (map: TupleMap) => unknown;
}

/**
 * Sorts values into groups and makes one value of each.
 *
 * Given as two functions, or by overriding `group` and `reduce`. It can stand in a collector's `processList`.
 *
 * In Qlib: qlib.model.ens.group.Group.
 *
 * @example
 * const bySign = new Group({
 *   groupFunc: (map) => new TupleMap([["all", map]]),
 *   ens: (map) => map.size,
 * });
 * (await bySign.run(new TupleMap([["a", 1], ["b", 2]]))).get("all") // -> 2
 */
export class Group {
  readonly #groupFunc: GroupOptions["groupFunc"];
  readonly #ens: GroupOptions["ens"];

  constructor(options: GroupOptions = {}) {
    refuseUnknownOptions("Cannot make a group", options, ["groupFunc", "ens"]);
    const { groupFunc, ens } = options;
    this.#groupFunc = groupFunc;
    this.#ens = ens;
  }

  /** @throws InvalidArgumentError when there is no `groupFunc` and the method is not overridden. */
  group(map: MapLike): TupleMap<TupleMap> {
    if (this.#groupFunc) return this.#groupFunc(map);
    throw new InvalidArgumentError("Cannot group: there is no groupFunc\n  expected: new Group({ groupFunc, ens })");
  }

  /** @throws InvalidArgumentError when there is no `ens` and the method is not overridden. */
  reduce(map: TupleMap): unknown {
    if (this.#ens) return this.#ens(map);
    throw new InvalidArgumentError(
      "Cannot make one of a group: there is no ens\n  expected: new Group({ groupFunc, ens })",
    );
  }

  /** Groups in the order in which they come first, each made one value. */
  async run(map: MapLike): Promise<TupleMap> {
    const reduced = new TupleMap();
    for (const [key, members] of this.group(map)) {
      await host.breathe();
      reduced.set(key, await this.reduce(members));
    }
    return reduced;
  }
}

/**
 * Groups by all parts of the key but the last, and makes one of each group: keys (model, test segment) become (model).
 *
 * A group's key is a tuple, also where one part is left: `["LGBModel"]`. The last part may be a list itself, such as a
 * segment.
 *
 * In Qlib: qlib.model.ens.group.RollingGroup.
 *
 * @param ens What makes one of a group; default {@link rollingEnsemble}.
 * @returns A {@link Group} for a collector's `processList`; its `run` throws InvalidArgumentError for a key that is no
 * tuple.
 * @example
 * const count = rollingGroup((map) => map.size);
 * (await count.run(new TupleMap([[["M", "s1"], 1], [["M", "s2"], 2], [["N", "s1"], 3]]))).entries() // -> [[["M"], 2], [["N"], 1]]
 */
export function rollingGroup(ens: (map: TupleMap) => unknown = rollingEnsemble): Group {
  return new Group({ groupFunc: byAllButLast, ens });
}

function byAllButLast(map: MapLike): TupleMap<TupleMap> {
  const groups = new TupleMap<TupleMap>();
  for (const [key, value] of entriesOf(map)) {
    if (!Array.isArray(key) || key.length === 0)
      throw new InvalidArgumentError(
        `Cannot group for rolling: key ${keyText(key)} is no tuple\n  expected: recKeyFunc that gives a list, such as [model, segment]`,
      );
    const group = key.slice(0, -1);
    if (!groups.has(group)) groups.set(group, new TupleMap());
    groups.get(group)!.set(key.at(-1), value);
  }
  return groups;
}
