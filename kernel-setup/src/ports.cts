import { createServer, type AddressInfo, type Server } from "node:net";

/**
 * `count` different TCP ports of this host that were free a moment ago. All are held together before any is let go, so they
 * differ from each other; another process can still take one before it is used, which whoever binds them must expect.
 */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(Array.from({ length: count }, listenAnywhere));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}

function listenAnywhere(): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => resolve(server));
  });
}
