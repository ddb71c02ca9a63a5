import { homedir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { InvalidArgumentError } from "../errors.js";

/**
 * The folder that a store's address means: a path, `~/…`, or `file:…`.
 *
 * @throws InvalidArgumentError for an address of another kind.
 * @example
 * toFolder("file:///srv/history") // -> "/srv/history"
 */
export function toFolder(uri: string): string {
  if (typeof uri !== "string" || uri === "")
    throw new InvalidArgumentError(
      `Cannot use "${String(uri)}" as a store: a folder's path or file: address is expected`,
    );
  if (uri.startsWith("file://")) return path.resolve(fileURLToPath(uri));
  const plain = uri.replace(/^file:/, "");
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(plain))
    throw new InvalidArgumentError(
      `Cannot use "${uri}" as a store: only folders are known\n  a path such as ./history, or file:./history`,
    );
  return path.resolve(plain === "~" || plain.startsWith("~/") ? path.join(homedir(), plain.slice(1)) : plain);
}
