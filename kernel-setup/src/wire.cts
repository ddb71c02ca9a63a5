import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";

/** The Jupyter protocol version that client and kernel speak. */
export const PROTOCOL_VERSION = "5.3";
const DELIMITER = "<IDS|MSG>";

/** What a Jupyter connection file holds: where a kernel listens and the key that signs every message. */
export interface ConnectionInfo {
  readonly transport: "tcp";
  readonly ip: string;
  readonly shell_port: number;
  readonly iopub_port: number;
  readonly stdin_port: number;
  readonly control_port: number;
  readonly hb_port: number;
  readonly key: string;
  readonly signature_scheme: "hmac-sha256";
  readonly kernel_name?: string;
}

export interface Header {
  readonly msg_id: string;
  readonly session: string;
  readonly username: string;
  readonly date: string;
  readonly msg_type: string;
  readonly version: string;
}

/** One message as it came from the kernel. */
export interface Message<Type extends string = string, Content = Record<string, unknown>> {
  /** `header.msg_type`, lifted up so that it tells the kinds of `content` apart. */
  readonly type: Type;
  readonly channel: "shell" | "control" | "iopub";
  readonly header: Header;
  /** Header of the request this answers; empty for what the kernel says by itself. */
  readonly parent: Partial<Header>;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly content: Content;
  readonly buffers: readonly Buffer[];
  /** When it arrived, in ms of `performance.now()`. */
  readonly receivedAt: number;
}

/** Data by MIME type, as nbformat keeps it: text as a string, JSON types as values, binary types as base64. */
export type MimeBundle = Record<string, unknown>;
interface Displayed {
  readonly data: MimeBundle;
  readonly metadata: Record<string, unknown>;
  readonly transient?: { readonly display_id?: string };
}
/** What a thrown value becomes on the wire and in a notebook. */
export interface CellError {
  readonly ename: string;
  readonly evalue: string;
  readonly traceback: readonly string[];
}

/** Everything a kernel broadcasts; `type` tells them apart. */
export type IopubMessage =
  | Message<"status", { readonly execution_state: "busy" | "idle" | "starting" }>
  | Message<"execute_input", { readonly code: string; readonly execution_count: number }>
  | Message<"stream", { readonly name: "stdout" | "stderr"; readonly text: string }>
  | Message<"display_data", Displayed>
  | Message<"update_display_data", Displayed>
  | Message<"execute_result", Displayed & { readonly execution_count: number }>
  | Message<"error", CellError>
  | Message<"clear_output", { readonly wait: boolean }>;

/** What a reply says of the request's fate; an error carries its name, text and traceback. */
export type ReplyStatus =
  { readonly status: "ok" } | ({ readonly status: "error" } & CellError) | { readonly status: "aborted" | "abort" };

/** Makes the frames of a request and its id; `metadata` is free (JupyterLab sends `cellId` there). */
export function encodeRequest(
  type: string,
  content: unknown,
  { key, session, metadata = {} }: { key: string; session: string; metadata?: Record<string, unknown> },
): { id: string; frames: string[] } {
  const header: Header = {
    msg_id: randomUUID(),
    session,
    username: "alphabook",
    date: new Date().toISOString(),
    msg_type: type,
    version: PROTOCOL_VERSION,
  };
  const parts = [header, {}, metadata, content].map((part) => JSON.stringify(part));
  return { id: header.msg_id, frames: [DELIMITER, sign(key, parts), ...parts] };
}

/**
 * Reads the frames of one message.
 * @throws Error when a frame is missing, the signature is wrong or a part is no JSON.
 */
export function decodeMessage(channel: Message["channel"], frames: readonly Buffer[], key: string): Message {
  const start = frames.findIndex((frame) => frame.toString() === DELIMITER);
  const [signature, ...parts] = start < 0 ? [] : frames.slice(start + 1, start + 6);
  if (signature === undefined || parts.length < 4) {
    throw new Error(
      `Cannot read a message on ${channel}: expected signature, header, parent, metadata, content, got ${frames.length} frames`,
    );
  }
  const expected = Buffer.from(sign(key, parts));
  if (signature.length !== expected.length || !timingSafeEqual(signature, expected)) {
    throw new Error(`Cannot trust a message on ${channel}: its signature does not fit the connection's key`);
  }
  const [header, parent, metadata, content] = parts.map((part) => JSON.parse(part.toString()) as unknown);
  return {
    type: (header as Header).msg_type,
    channel,
    header: header as Header,
    parent: parent as Partial<Header>,
    metadata: metadata as Record<string, unknown>,
    content: content as Record<string, unknown>,
    buffers: frames.slice(start + 6),
    receivedAt: performance.now(),
  };
}

function sign(key: string, parts: readonly (string | Buffer)[]): string {
  const mac = createHmac("sha256", key);
  for (const part of parts) mac.update(part);
  return mac.digest("hex");
}
