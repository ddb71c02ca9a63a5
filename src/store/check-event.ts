import type { LoggedEvent } from "./log-tail.js";
import { PATCH_KINDS, type PatchColumn, type PatchKind } from "./patch-kinds.js";

type Fields = Readonly<Record<string, unknown>>;

const isText = (value: unknown) => typeof value === "string";
const isWhole = (value: unknown) => Number.isSafeInteger(value);
const METRIC_WORDS: readonly unknown[] = ["NaN", "Infinity", "-Infinity"];

/** Whether a line's content is an event this version can fold; anything else is skipped and counted. */
export function isLoggedEvent(value: unknown): value is LoggedEvent {
  if (typeof value !== "object" || value === null) return false;
  const event = value as Fields;
  if (!isWhole(event.t) || !isWhole(event.q)) return false;
  switch (event.e) {
    case "m":
      return (
        isText(event.r) &&
        isText(event.k) &&
        isWhole(event.s) &&
        (event.at === undefined || isWhole(event.at)) &&
        (typeof event.v === "number" || METRIC_WORDS.includes(event.v))
      );
    case "p":
    case "g":
      return isText(event.r) && isText(event.k) && event.v !== undefined;
    case "a":
      return (
        isText(event.r) &&
        isText(event.name) &&
        isText(event.kind) &&
        isWhole(event.bytes) &&
        isText(event.sha256) &&
        isText(event.path)
      );
    case "h":
      return isText(event.r);
    case "purge":
      return isText(event.id);
    default: {
      const kind = PATCH_KINDS.find(({ event: name }) => name === event.e);
      return kind !== undefined && fits(kind, event);
    }
  }
}

function fits({ keys, fields }: PatchKind, event: Fields): boolean {
  return (
    keys.every((key) => isOfType(key, event[key.field])) &&
    fields.every((field) => event[field.field] == null || isOfType(field, event[field.field]))
  );
}

function isOfType({ type }: PatchColumn, value: unknown): boolean {
  if (type === "text") return isText(value);
  return type === "boolean" ? typeof value === "boolean" : typeof value === "number" && Number.isFinite(value);
}
