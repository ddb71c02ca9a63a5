import { writeSync } from "node:fs";
import net from "node:net";
import type { Request } from "./messages.cjs";
import type { Header } from "./wire.cjs";

/** A request without the way back to its client, which stays with the sockets. */
export type Asked = Omit<Request, "identities" | "buffers">;
/** To the kernel, from the channels. */
export interface FromChannels {
  readonly kind: "request";
  readonly id: number;
  readonly request: Asked;
  /** Cannot wait for the running cell. */
  readonly urgent: boolean;
}
/** From the kernel, to the channels. Content goes beside it, as JSON that need not be read on the way. */
export type ToChannels =
  /** From now on requests are handed over. Beside it: what is answered to `kernel_info_request` on control, without asking. */
  | { readonly kind: "open" }
  | { readonly kind: "publish"; readonly type: string; readonly parent?: Header | undefined }
  | { readonly kind: "reply"; readonly id: number }
  /** There will be no reply. */
  | { readonly kind: "dropped"; readonly id: number }
  | { readonly kind: "close" };
/** To the thread that sees to urgent requests, from the channels. */
export interface Urgent {
  /** The kernel may be killed for it. */
  readonly mayKill: boolean;
}

/** Takes a message and the text beside it, which is empty where there is none. */
export type Take<Message> = (message: Message, text: string) => void;

/** A message as it goes through a pipe: two lines of JSON. */
export function lines(message: object, text = ""): string {
  return `${JSON.stringify(message)}\n${text}\n`;
}

/** Puts a message into a pipe before it returns, however busy this process is. */
export function writePipe(fd: number, message: object, text?: string): void {
  const bytes = Buffer.from(lines(message, text));
  for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
}

/**
 * Reads the messages of a pipe.
 * @param onEnd Called once when nobody can write into it any more.
 */
export function readPipe<Message>(fd: number, take: Take<Message>, onEnd: () => void): void {
  const pipe = new net.Socket({ fd, readable: true, writable: false });
  let head: string | undefined;
  const takeLine = (line: string) => {
    if (head === undefined) head = line;
    else {
      const message = JSON.parse(head) as Message;
      head = undefined;
      take(message, line);
    }
  };
  const parts: string[] = [];
  pipe.setEncoding("utf8").on("data", (chunk: string) => {
    let from = 0;
    for (let at = chunk.indexOf("\n"); at >= 0; at = chunk.indexOf("\n", from)) {
      parts.push(chunk.slice(from, at));
      takeLine(parts.splice(0).join(""));
      from = at + 1;
    }
    parts.push(chunk.slice(from));
  });
  pipe.on("error", () => {}).once("close", onEnd);
}
