import { InvalidArgumentError } from "../errors.js";
import type { StoreEvent } from "./events.js";

/** An event as JSON; NaN and ±∞ of a metric as texts. @throws InvalidArgumentError for a value JSON cannot carry. */
export function eventText(event: StoreEvent): string {
  const sayable =
    event.e === "m" && typeof event.v === "number" && !Number.isFinite(event.v)
      ? { ...event, v: String(event.v) }
      : event;
  try {
    return JSON.stringify(sayable);
  } catch (error) {
    const key = "k" in event ? ` "${event.k}"` : "";
    throw new InvalidArgumentError(
      `Cannot log${key}: the value cannot be written as JSON (${(error as Error).message})`,
      { cause: error },
    );
  }
}
