import { createHmac, randomUUID } from "node:crypto";
import { decodeMessage, PROTOCOL_VERSION, type ConnectionInfo, type Header, type Message } from "./wire.cjs";

const DELIMITER = "<IDS|MSG>";
/** How long what was sent last may take to leave when the process ends. */
const LINGER_MS = 1_000;
/**
 * zeromq.js sends at most 512 messages of one tick at once, and after that refuses a second one as busy; then messages are
 * lost. Without a limit and without waiting there is no such state.
 */
export const SENDING = { linger: LINGER_MS, sendHighWaterMark: 0, sendTimeout: 0 } as const;

/** Where a socket of the kernel listens. */
export function addressOf(connection: ConnectionInfo, channel: "shell" | "control" | "stdin" | "iopub" | "hb"): string {
  const { transport, ip } = connection;
  return `${transport}://${ip}${transport === "tcp" ? ":" : "-"}${connection[`${channel}_port`]}`;
}

/** A message from a client, with the way back to it. */
export interface Request<Content = Record<string, unknown>> extends Message<string, Content> {
  readonly identities: readonly Buffer[];
}

/** @throws Error when the frames are no message, or the signature is wrong. */
export function decodeRequest(channel: "shell" | "control", frames: readonly Buffer[], key: string): Request {
  const message = decodeMessage(channel, frames, key);
  const end = frames.findIndex((frame) => frame.toString() === DELIMITER);
  return { ...message, identities: frames.slice(0, end) };
}

/**
 * The frames of a message from the kernel.
 * @param content As JSON.
 * @param to The identities of a reply, or a broadcast's topic.
 */
export function encodeFromKernel(
  type: string,
  content: string,
  {
    key,
    session,
    parent,
    to,
  }: { key: string; session: string; parent: Header | undefined; to: readonly (Buffer | string)[] },
): (Buffer | string)[] {
  const header: Header = {
    msg_id: randomUUID(),
    session: parent?.session ?? session,
    username: parent?.username ?? "kernel",
    date: new Date().toISOString(),
    msg_type: type,
    version: PROTOCOL_VERSION,
  };
  const parts = [JSON.stringify(header), JSON.stringify(parent ?? {}), "{}", content];
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return [...to, DELIMITER, mac.digest("hex"), ...parts];
}
