import { readFileSync } from "node:fs";
import path from "node:path";
import { passwordOf, serverPlace } from "../../engine/postgres/server-address.js";
import { StoreError } from "../../errors.js";
import { isMissing, reason } from "../format.js";

/** In a store's folder: `{ "url": "postgres://user@host/database" }`. */
export const TEAM_FILE = "team.json";

/**
 * The server whose history a store shares: ALPHABOOK_TEAM, else the store's file `team.json`; undefined for a store of its
 * own. The file goes around with the store, so it must not hold a password (PGPASSWORD or `~/.pgpass` does).
 *
 * @throws StoreError for a file that is none of these, InvalidArgumentError for an address that is none; neither repeats the
 * address.
 * @example
 * findTeam("/no/such/folder/yet") // -> undefined
 */
export function findTeam(root: string): string | undefined {
  const given = process.env.ALPHABOOK_TEAM || undefined;
  const address = given ?? readFile(path.join(root, TEAM_FILE));
  if (address === undefined) return undefined;
  serverPlace(address);
  if (given === undefined && passwordOf(address) !== "")
    throw new StoreError(
      `Cannot use ${path.join(root, TEAM_FILE)}: its url holds a password, which everybody who gets the folder would have\n  write postgres://user@host/database, and give the password in PGPASSWORD or ~/.pgpass`,
    );
  return address;
}

function readFile(file: string): string | undefined {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw new StoreError(`Cannot read ${file}: ${reason(error)}`, { cause: error });
  }
  try {
    const { url } = JSON.parse(text) as { url?: unknown };
    if (typeof url === "string") return url;
  } catch {
    // Told below, without the text.
  }
  throw new StoreError(`Cannot use ${file}\n  expected: { "url": "postgres://user@host/database" }`);
}
