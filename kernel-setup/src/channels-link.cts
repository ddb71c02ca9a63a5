// The kernel's end of its line to `channels.cts`. They are started, where they have not been, as soon as this is loaded: they take
// as long to come up as all the rest, on another core.
import type { FromChannels, Take, ToChannels } from "./line.cjs";
import { ProcessLink } from "./process-link.cjs";
import { StopSignal } from "./stop-signal.cjs";
import { ThreadLink } from "./thread-link.cjs";

export interface ChannelsLink {
  /** @param text JSON that belongs to the message. */
  send(message: ToChannels, text?: string): void;
  /** @param onGone Called when there are no sockets any more, though nobody closed them. */
  receive(take: Take<FromChannels>, onGone: () => void): void;
  /** For the end of the process: returns when what was sent has left, or it takes too long. */
  close(): void;
}

/** The word after the connection file in the command line of a kernel beside which the channels have been started. */
const PIPED = "piped";

export const stopSignal = new StopSignal();

/** undefined when the process was given no connection file. */
export const channels = link(process.argv[2], process.argv[3]);

function link(connection: string | undefined, how: string | undefined): ChannelsLink | undefined {
  if (connection === undefined) return undefined;
  return how === PIPED ? new ProcessLink(stopSignal) : new ThreadLink(connection, stopSignal);
}
