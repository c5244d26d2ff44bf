import { createServer } from "node:net";

/** A TCP port of 127.0.0.1 on which nothing listens now. For processes that must come back on the same port after a restart. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() =>
        typeof address === "object" && address !== null ? resolve(address.port) : reject(new Error("no address")),
      );
    });
  });
}

/** How far above its own port a broker listens for other brokers. */
const RPC_PORT_OFFSET = 10_000;

/**
 * The first of `count` neighbouring ports for brokers, all free, and so are those on which these speak to each other.
 */
export async function freeBrokerPorts(count: number): Promise<number> {
  for (;;) {
    const first = await freePort();
    if (first + count + RPC_PORT_OFFSET > 65_535) continue;
    const needed = Array.from({ length: count }, (_, i) => [first + i, first + i + RPC_PORT_OFFSET]).flat();
    const free = await Promise.all(needed.map(isFree));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}
