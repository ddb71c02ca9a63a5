import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { refuseUnknownOptions } from "../engine/refuse-unknown-options.js";
import { InvalidArgumentError } from "../errors.js";
import { host } from "../host/host.js";
import { findStore } from "../store/find-store.js";
import { checkFormat } from "../store/format.js";
import { FilePool } from "./files/file-pool.js";
import { PostgresPool } from "./postgres/postgres-pool.js";
import { TaskPool, type TaskPoolOptions } from "./task-pool.js";

export interface OpenTaskPoolOptions extends TaskPoolOptions {
  /** The store whose folder `tasks` has the pool. Default: the store in use. */
  readonly store?: string;
  /**
   * A pool on a PostgreSQL server, for workers on several hosts: `postgres://user@host/database`, with the password in
   * PGPASSWORD or `~/.pgpass`. Default: the environment variable ALPHABOOK_POOL when no `store` is given, else files.
   */
  readonly url?: string;
}

/** Where each pool is, for whoever opens it in another process. */
const places = new WeakMap<TaskPool, Pick<OpenTaskPoolOptions, "store" | "url">>();

let storeInUse: (() => string) | undefined;

/** Tells which store is in use; called once where the rooms are tied together. */
export function provideStore(root: () => string): void {
  storeInUse = root;
}

/** What another process is told, so that it uses the same store. */
export function storeEnv(): Readonly<Record<string, string>> {
  return storeInUse === undefined ? {} : { ALPHABOOK_STORE: storeInUse() };
}

/**
 * A task pool by its name; it comes into being with the first task submitted.
 *
 * @param name Letters, digits, `.`, `_` and `-`.
 * @throws InvalidArgumentError for another name, or one that differs from an existing pool's only in upper and lower case;
 * StoreError when a newer alphabook made the store or the pool.
 * @example
 * openTaskPool("rolls", { store: "/data/history" }).place // -> "/data/history/tasks/rolls"
 */
export function openTaskPool(name: string, given: OpenTaskPoolOptions = {}): TaskPool {
  checkName(name);
  refuseUnknownOptions(`Cannot open task pool "${name}"`, given, ["store", "url", "leaseMs", "backoffMs"]);
  const { store, url, ...options } = given;
  if (store !== undefined && url !== undefined)
    throw new InvalidArgumentError(`Cannot open task pool "${name}": store and url are two places\n  give one of them`);
  const server = url ?? (store === undefined ? process.env.ALPHABOOK_POOL || undefined : undefined);
  if (server !== undefined) return remembered({ url: server }, new TaskPool(new PostgresPool(server, name), options));
  const root = storeRoot(store);
  checkFormat(root);
  const twin = poolNames(root).find((other) => other !== name && other.toLowerCase() === name.toLowerCase());
  if (twin !== undefined)
    throw new InvalidArgumentError(
      `Cannot open task pool "${name}": there is one named "${twin}", and names that differ only in upper and lower case are one folder on some disks\n  write "${twin}", or choose another name`,
    );
  return remembered({ store: root }, new TaskPool(new FilePool(path.join(root, "tasks", name), name), options));
}

function remembered(place: Pick<OpenTaskPoolOptions, "store" | "url">, pool: TaskPool): TaskPool {
  places.set(pool, place);
  return pool;
}

/** What another process opens the same pool with; it may hold a password. */
export function placeToOpen(pool: TaskPool): Pick<OpenTaskPoolOptions, "store" | "url"> {
  return places.get(pool) ?? {};
}

/**
 * The names of the pools in a store, in alphabetical order.
 * @example
 * listTaskPools({ store: "/no/such/folder/yet" }) // -> []
 */
export function listTaskPools(options: { readonly store?: string } = {}): string[] {
  refuseUnknownOptions("Cannot list task pools", options, ["store"]);
  return poolNames(storeRoot(options.store));
}

function storeRoot(store: string | undefined): string {
  if (store !== undefined) return path.resolve(store);
  const notebook = host.cell?.notebook;
  return storeInUse?.() ?? findStore(notebook === undefined ? {} : { from: notebook });
}

function poolNames(root: string): string[] {
  const folder = path.join(root, "tasks");
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => existsSync(path.join(folder, name, "FORMAT")))
    .sort();
}

function checkName(name: string): void {
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/.test(name)) return;
  throw new InvalidArgumentError(
    `Cannot open task pool "${name}"\n  expected: letters, digits, ".", "_" and "-", beginning with a letter or digit, at most 100`,
  );
}
