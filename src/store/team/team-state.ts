import { randomUUID } from "node:crypto";
import {
  existsSync,
  linkSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { flushToDisk, temporaryNameFor } from "../../engine/durable-file.js";
import { findTeam } from "./team-address.js";

/** The folder in a store that shares its history. */
export const TEAM_FOLDER = "team";

/** Where the bytes of another store's log file are kept here. */
export interface Received {
  /** Name in `log/`. */
  readonly name: string;
  /** Byte of the other store's file it begins at. */
  readonly base: number;
  /** Byte of the other store's file up to which it is here. */
  readonly end: number;
  /** Epoch ms of the last piece. */
  readonly time: number;
}

/** What a store knows of its exchange with the others; all of it can be found out again. */
export interface TeamState {
  /** The history this is about. */
  history: string;
  cursor: number;
  /** Own files: bytes that the shared history has. */
  shipped: Record<string, number>;
  /** Other stores' files, by their name there. */
  received: Record<string, Received>;
}

/** An entry without news for so long is forgotten; a piece that comes later goes to a file of its own. */
const FORGET_MS = 86_400_000;

const fileOf = (root: string, name: string) => path.join(root, TEAM_FOLDER, name);

/** Whether the store has shared a history before. */
export const isMember = (root: string): boolean => existsSync(fileOf(root, "id"));

/** The store's id among the others: made once, whoever is first. */
export function storeId(root: string): string {
  const file = fileOf(root, "id");
  if (!existsSync(file)) {
    mkdirSync(path.dirname(file), { recursive: true });
    const temporary = temporaryNameFor(file);
    writeFileSync(temporary, randomUUID(), { flush: true });
    try {
      linkSync(temporary, file);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    } finally {
      rmSync(temporary, { force: true });
    }
  }
  return readFileSync(file, "utf8");
}

export function readState(root: string): TeamState {
  try {
    return JSON.parse(readFileSync(fileOf(root, "state.json"), "utf8")) as TeamState;
  } catch {
    return { history: "", cursor: 0, shipped: {}, received: {} };
  }
}

/** Replaces it, without what nobody will ask for. */
export function writeState(root: string, state: TeamState, now: number): void {
  const isHere = (name: string) => existsSync(path.join(root, "log", name));
  state.shipped = Object.fromEntries(Object.entries(state.shipped).filter(([name]) => isHere(name)));
  state.received = Object.fromEntries(
    Object.entries(state.received).filter(([, { name, time }]) => now - time < FORGET_MS || isHere(name)),
  );
  const file = fileOf(root, "state.json");
  const temporary = temporaryNameFor(file);
  writeFileSync(temporary, JSON.stringify(state));
  flushToDisk(temporary);
  renameSync(temporary, file);
}

/** A file that holds a later part of another store's log; see `Received.base`. */
export const isLaterPart = (name: string): boolean => /@\d+\.jsonl$/.test(name);

/**
 * Whether a log may be deleted once it is compacted: always in a store of its own; in one that shares its history only
 * when the others can have it.
 */
export function shippedCheck(root: string): (name: string) => boolean {
  if (!existsSync(path.join(root, TEAM_FOLDER))) return () => true;
  const { shipped, received } = readState(root);
  const taken = new Set(Object.values(received).map(({ name }) => name));
  return (name) => {
    if (taken.has(name) || isLaterPart(name)) return true;
    const size = statSync(path.join(root, "log", name), { throwIfNoEntry: false })?.size ?? 0;
    return (shipped[name] ?? -1) >= size;
  };
}

/** Notes that this store has all that others had shared a moment ago. */
export function noteInStep(root: string, now: number): void {
  const file = fileOf(root, "in-step");
  if (!existsSync(file)) writeFileSync(file, "");
  utimesSync(file, now / 1000, now / 1000);
}

/**
 * Up to when the silence of another host means something, epoch ms: now in a store of its own; in one that shares its
 * history the last moment at which it was in step with the others, so that nobody is taken for dead in an outage.
 */
export function heardUntil(root: string, now: number): number {
  if (!existsSync(path.join(root, TEAM_FOLDER)) || findTeam(root) === undefined) return now;
  return lastInStep(root) ?? 0;
}

export const lastInStep = (root: string): number | undefined =>
  statSync(fileOf(root, "in-step"), { throwIfNoEntry: false })?.mtimeMs;
