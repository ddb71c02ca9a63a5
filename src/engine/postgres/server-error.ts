import { StoreError, WorkflowError } from "../../errors.js";

/** The server was not there, went away, or is about to be there: another try may succeed. */
export function isConnectionLoss(error: unknown): boolean {
  const { code = "", message = "" } = (error ?? {}) as { code?: string; message?: string };
  if (/^(ECONN|EPIPE|ETIMEDOUT|EHOST|ENET|ENOTFOUND|EAI_AGAIN|08|57P0|53300)/.test(code)) return true;
  return /Connection terminated|connection timeout|timeout exceeded when trying to connect|Client has encountered a connection error|not queryable/.test(
    message,
  );
}

/** It undid the statement to let another one through; the same statement may be given again. */
export function isRolledBack(error: unknown): boolean {
  return /^(40P01|40001)$/.test((error as { code?: string }).code ?? "");
}

/** The server is there and about to take connections. */
export const isStarting = (error: unknown): boolean => (error as { code?: string }).code === "57P03";

/** What the server or the network said, in the words of who works with it; never an address with its password. */
export function serverError(error: unknown, place: string, doing: string, password: string): Error {
  if (error instanceof WorkflowError) return error;
  const { code = "", message = String(error) } = (error ?? {}) as { code?: string; message?: string };
  const [host, database] = place.split(/\/(?=[^/]*$)/);
  const because = (why: string, next: string) => new StoreError(`Cannot ${doing} at ${place}: ${why}\n  ${next}`);
  if (/^28/.test(code) || /password must be a string|SASL|no password/i.test(message))
    return because(
      "the server refused user or password",
      "give the password in PGPASSWORD, in ~/.pgpass, or in the address: postgres://user:password@host/database",
    );
  if (code === "3D000")
    return because(`there is no database "${database}"`, `create it (createdb ${database}), or name another one`);
  if (code === "42501")
    return because(
      "this user lacks a right",
      `its schema "alphabook" is made at the first use, which needs CREATE on database "${database}"; whoever made it lets others in: GRANT ALL ON SCHEMA alphabook, and on ALL TABLES and ALL SEQUENCES in it`,
    );
  if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code)) return because("no such host", `is "${host}" spelled right?`);
  if (isConnectionLoss(error))
    return because("no server answers", `is it running, and may this machine reach it? try: pg_isready -d ${database}`);
  const shown = password === "" ? message : message.replaceAll(password, "***");
  return because(`${shown}${code === "" ? "" : ` (${code})`}`, "see the server's log");
}
