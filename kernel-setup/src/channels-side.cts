import type { FromChannels, Take, ToChannels, Urgent } from "./line.cjs";

/** What `channels.cts` needs of the way in which it runs. */
export interface ChannelsSide {
  readonly connectionFile: string;
  /** Hands a request to the kernel. */
  tell(message: FromChannels): void;
  /**
   * Sees to it that the kernel comes to an urgent request that it will be told.
   * @param beforeKill Answers what the kernel cannot answer any more.
   */
  press(urgent: Urgent, beforeKill: () => void): void;
  /** @param onGone Called when the kernel has ended without a word. */
  receive(take: Take<ToChannels>, onGone: () => void): void;
  /** Without sockets there can be no kernel. */
  endKernel(): void;
  /** All sockets are closed; what was sent last may still be on its way. */
  closed(): void;
}

/** What a thread is handed over. */
export interface ChannelsData {
  /** Path of the connection file. */
  readonly connection: string;
  readonly memory: SharedArrayBuffer;
}
