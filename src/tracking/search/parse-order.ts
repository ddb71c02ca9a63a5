import type { RunOrder } from "../../store/run-condition.js";
import { toField } from "./filter-field.js";
import { filterFault } from "./filter-fault.js";
import { filterTokens } from "./filter-tokens.js";

/**
 * A term of an order: a field as in a filter, then `ASC` (the default) or `DESC`.
 *
 * @throws ExpressionError with a caret under the fault.
 * @example
 * parseOrder('metrics."Rank IC" DESC') // -> { field: { of: "metric", key: "Rank IC" }, descending: true }
 */
export function parseOrder(term: string): RunOrder {
  const [name, direction, ...rest] = filterTokens(term);
  const field = toField(term, name!);
  if (direction === undefined || direction.type === "end") return { field, descending: false };
  const word = direction.type === "word" ? direction.text.toUpperCase() : "";
  if (word !== "ASC" && word !== "DESC") throw filterFault(term, direction.at, "ASC, DESC or the end is expected");
  if (rest[0]?.type !== "end")
    throw filterFault(term, rest[0]!.at, "the end is expected", "each term is a text of its own");
  return { field, descending: word === "DESC" };
}
