import { InvalidArgumentError } from "../../errors.js";

/**
 * Where a PostgreSQL server is, as it may be shown to anybody: without user and password.
 *
 * What the address leaves open comes from PGHOST, PGPORT and PGDATABASE, as every PostgreSQL client does it.
 *
 * @param address `postgres://user@host:port/database`. @throws InvalidArgumentError, which does not repeat the address.
 * @example
 * serverPlace("postgres://ann:secret@db.example.org/research") // -> "db.example.org:5432/research"
 */
export function serverPlace(address: string): string {
  const url = parsed(address);
  const { PGHOST = "localhost", PGPORT = "5432", PGDATABASE = "" } = process.env;
  const host = url.searchParams.get("host") ?? (decodeURIComponent(url.hostname) || PGHOST);
  const database = decodeURIComponent(url.pathname.slice(1)) || PGDATABASE || decodeURIComponent(url.username);
  return `${host}:${url.port || PGPORT}/${database}`;
}

/** The password an address contains, "" for none. */
export function passwordOf(address: string): string {
  return decodeURIComponent(parsed(address).password);
}

function parsed(address: string): URL {
  try {
    const url = new URL(address);
    for (const part of [url.hostname, url.pathname, url.username, url.password]) decodeURIComponent(part);
    if (/^postgres(ql)?:$/.test(url.protocol)) return url;
  } catch {
    // The parser's error holds the address with its password.
  }
  throw new InvalidArgumentError(
    'Cannot read the address of a PostgreSQL server (not shown, it may hold a password)\n  expected: postgres://user@host:5432/database, with the password in PGPASSWORD or ~/.pgpass, or as user:password\n  in a password, "%", "@", "/", "#", "?" and ":" are written %25, %40, %2F, %23, %3F and %3A',
  );
}
